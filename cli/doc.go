// Package cli is dogwatch's command line: commands and flags, the wiring of
// everything below, signals, the log, and exit codes.
//
// It is the only package that changes what belongs to the whole process: the
// log's destination, panic handlers, signal handling.
package cli
