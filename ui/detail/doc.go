// Package detail is the side pane: the YAML of one object, followed live.
//
// The pane is told which object to show and how to read it; reading, turning
// JSON into lines, comparing and searching happen in commands, off the program
// loop, one at a time, and the newest wish wins. The pane's state is touched on
// the program loop only, and a frame costs what its visible lines cost, however
// big the object is.
package detail
