package cli

import (
	"os"
	"runtime/debug"
	"sync"
	"time"

	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
)

const (
	// startLength is longer than a start takes to the first rows.
	startLength = time.Second
	// startGarbage is GOGC meanwhile: the memory limit counts all the same.
	startGarbage = 400
	// steadyGarbage is GOGC from then on. Nearly all memory is objects that stay and have few pointers: it costs little to go through them,
	// and as much room again for garbage would be the larger part of what the process takes.
	steadyGarbage = 40
)

// paceGarbage has garbage collected less often for a moment, since a process that starts has little memory and much to do, and would
// collect a dozen times before there are rows; and more often than usual from then on. It does nothing where the user has set
// GOGC. end has it as it was.
func paceGarbage() (end func()) {
	if os.Getenv("GOGC") != "" {
		return func() {}
	}
	usual := debug.SetGCPercent(startGarbage)
	settle := sync.OnceFunc(func() { debug.SetGCPercent(steadyGarbage) })
	timer := time.AfterFunc(startLength, func() {
		defer utilruntime.HandleCrash()
		settle()
	})
	return func() {
		timer.Stop()
		settle()
		debug.SetGCPercent(usual)
	}
}
