//go:build unix

package main

import (
	"os/signal"
	"syscall"
)

// ignoreBrokenPipes lets writes to a pipe that nobody reads fail, instead of ending the process.
func ignoreBrokenPipes() { signal.Ignore(syscall.SIGPIPE) }
