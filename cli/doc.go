// Package cli is dogwatch's command line: commands and flags, the wiring of
// everything below, and signals. With setup it is the only package that
// changes what belongs to the whole process: panic handlers, signal handling,
// the log's destination.
package cli
