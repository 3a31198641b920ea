// Package state keeps what outlives the process: that hints were put away, and the lines that the user
// entered. They are the user's own words, so nothing of a cluster's objects gets
// into the file.
//
// The file is a convenience: where it cannot be read or written the log says so,
// once, and dogwatch goes on without. It may have been damaged or made by
// somebody else, so what is read of it is bounded and checked.
package state
