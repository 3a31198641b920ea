// Package process tests what becomes of the terminal, the exit code, the last words and the files when something happens to
// the process: signals, a terminal that closes or takes nothing, a fault in any goroutine, a home that is not there. It needs
// no control plane: dogwatch shows a recording, or what another dogwatch serves of one.
package process
