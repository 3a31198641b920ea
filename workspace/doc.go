// Package workspace turns what the user wants to see into watches: a tab names
// types as the user spelled them, and the workspace resolves them against a
// cluster's catalog, adds and drops the watches that serve them, and keeps a
// view over each tab's stores.
//
// Intent is kept apart from state: a tab outlives a dead connection, a type
// that is not served yet and a change of namespace or context.
//
// The screen reads it by snapshots and commands it by plain values; no command
// blocks. The package does not know the terminal.
package workspace
