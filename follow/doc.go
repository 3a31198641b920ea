// Package follow tells what a configuration says, and again whenever it says something else. What cannot be read, or is wrong anywhere, changes nothing: what was
// said before goes on, and why is told.
package follow
