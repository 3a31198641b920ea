//go:build !linux

package cli

// preferLargePages does nothing: other systems choose by themselves.
func preferLargePages([]byte) {}
