// Package history is the page of the pane that tells the versions of one object: who made them, when and what changed, and the difference
// of any two of them.
//
// The list follows the object live. What costs as much as an object is big (making versions again, comparing them) happens in commands, off
// the program loop; the page's state is touched on the program loop only.
package history
