// Package recorder writes what watches deliver into a recording.
//
// It is one subscriber more of each watch and asks the server nothing itself. What it holds is one pointer for each object
// that is present, shared with the watch's store, and the changes that wait; neither grows with the recording's length.
package recorder
