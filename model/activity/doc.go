// Package activity tells what went on: the changes of all types that are watched, one after the other on lines, grouped where one manager
// changed many objects at once, with noise folded and counted.
//
// A Feed reads the timeline on a goroutine of its own and gives pages, a window of the lines that never holds all.
package activity
