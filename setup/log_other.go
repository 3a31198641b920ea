//go:build !unix

package setup

// openAtOnce is nothing here: there are no pipes in the file system.
const openAtOnce = 0
