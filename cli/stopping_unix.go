//go:build unix

package cli

import (
	"os"
	"os/signal"
	"syscall"
	"time"
)

// stopSignal is what the terminal driver sends for ctrl-z.
const stopSignal = syscall.SIGTSTP

func notifyStops(to chan<- os.Signal) { signal.Notify(to, syscall.SIGTSTP, syscall.SIGCONT) }

func ignoreStops(to chan<- os.Signal) { signal.Stop(to) }

// stopProcess stops the process group, as the terminal driver would, and returns when it goes on. A group that no shell
// looks after cannot be stopped: then it returns soon.
func stopProcess(signals chan os.Signal) {
	signal.Stop(signals)
	goesOn := make(chan os.Signal, 1)
	signal.Notify(goesOn, syscall.SIGCONT)
	defer signal.Stop(goesOn)
	_ = syscall.Kill(0, syscall.SIGTSTP)
	const soon = 200 * time.Millisecond // passes also while the process is stopped
	select {
	case <-goesOn:
	case <-time.After(soon):
	}
	notifyStops(signals)
}
