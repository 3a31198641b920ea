//go:build unix

package cli

import (
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"
)

// stopSignal is what the terminal driver sends for ctrl-z.
const stopSignal = syscall.SIGTSTP

func notifyStops(to chan<- os.Signal) { signal.Notify(to, syscall.SIGTSTP, syscall.SIGCONT) }

func ignoreStops(to chan<- os.Signal) { signal.Stop(to) }

// stopProcess stops the process group, as the terminal driver would, and returns when it goes on; at once where no shell
// would let it go on.
func stopProcess(signals chan os.Signal) {
	if !hasShell() {
		return
	}
	signal.Stop(signals)
	defer notifyStops(signals)
	goesOn := make(chan os.Signal, 1)
	signal.Notify(goesOn, syscall.SIGCONT)
	defer signal.Stop(goesOn)
	// Go keeps its handler of SIGTSTP, which would do nothing.
	if err := syscall.Kill(0, syscall.SIGSTOP); err == nil {
		<-goesOn
	}
}

// hasShell tells whether the parent controls jobs: it is of the same session, but of another process group.
func hasShell() bool {
	parent := os.Getppid()
	group, err := unix.Getpgid(parent)
	if err != nil || group == unix.Getpgrp() {
		return false
	}
	theirs, err := unix.Getsid(parent)
	ours, ourErr := unix.Getsid(0)
	return err == nil && ourErr == nil && theirs == ours
}
