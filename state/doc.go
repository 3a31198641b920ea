// Package state keeps what outlives the process, in files that only their owner may read and that are replaced as a whole:
// that hints were put away, which signals are muted, the lines that the user entered, reports of crashes. The lines are the user's own words, so
// nothing of a cluster's objects gets into a file.
//
// The history is a convenience: where it cannot be read or written the log says so,
// once, and dogwatch goes on without. It may have been damaged or made by
// somebody else, so what is read of it is bounded and checked.
package state
