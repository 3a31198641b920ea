//go:build !unix

package cli

import (
	"os"
	"syscall"
)

// stopSignal is none that comes.
const stopSignal = syscall.Signal(-1)

func notifyStops(chan<- os.Signal) {}

func ignoreStops(chan<- os.Signal) {}

func stopProcess(chan os.Signal) {}
