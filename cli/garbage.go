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
)

// letGarbageLie has garbage collected less often for a moment: a process that starts has little memory and much to do, and would
// collect a dozen times before there are rows. It does nothing where the user has set GOGC. end ends it sooner.
func letGarbageLie() (end func()) {
	if os.Getenv("GOGC") != "" {
		return func() {}
	}
	usual := debug.SetGCPercent(startGarbage)
	restore := sync.OnceFunc(func() { debug.SetGCPercent(usual) })
	timer := time.AfterFunc(startLength, func() {
		defer utilruntime.HandleCrash()
		restore()
	})
	return func() {
		timer.Stop()
		restore()
	}
}
