// Package yamldoc turns an object's JSON into the lines of YAML that a pane
// shows, and knows of each line what it stands for: its path, its value, and
// what of it has changed since an earlier version.
//
// The text is what kubectl prints (keys sorted, lists not indented, the same
// quotes), but that a long string is never folded: a value stays on its line.
// Documents are pure data, made off the program loop, and never changed after,
// so any number of readers may share one.
package yamldoc
