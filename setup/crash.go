package setup

import (
	"context"
	"fmt"
	"io"
	"runtime/debug"
	"sync"
	"time"

	utilruntime "k8s.io/apimachinery/pkg/util/runtime"

	"github.com/dogwatch/dogwatch/state"
)

const (
	// giveBackLimit is how long giving back the terminal may take, whatever the panic has left behind.
	giveBackLimit = 3 * time.Second
	// reportLimit is how long the report may take, and then what is said of it: a disk or a terminal may hold up a write for ever.
	reportLimit = 2 * time.Second
)

// CrashHandler ends the process in order when any goroutine panics: every one of them defers Kubernetes' HandleCrash, which calls it.
type CrashHandler struct {
	Stderr io.Writer
	Exit   func(code int)
	// GiveBack gives back what the process has taken of its surroundings; nil where that is nothing.
	GiveBack func()

	once sync.Once
}

// Install makes h the process's only panic handler, until uninstall. Kubernetes' own would log the panic with its value.
func (h *CrashHandler) Install() (uninstall func()) {
	before := utilruntime.PanicHandlers
	utilruntime.PanicHandlers = []func(context.Context, any){func(_ context.Context, value any) { h.crash(value, debug.Stack()) }}
	return func() { utilruntime.PanicHandlers = before }
}

// crash gives back what is taken, writes a report, says where it is and exits.
func (h *CrashHandler) crash(value any, stack []byte) {
	h.once.Do(func() {
		if h.GiveBack != nil {
			within(giveBackLimit, false, func() bool { h.GiveBack(); return true })
		}
		report := crashReport(value, stack)
		where := within(reportLimit, "It took too long to write a report, so here it is:\n"+string(report)+"\n", func() string {
			return writeReport(report)
		})
		within(reportLimit, false, func() bool {
			_, err := fmt.Fprintf(h.Stderr, "dogwatch crashed: %s\n%s", panicText(value), where)
			return err == nil
		})
		h.Exit(ExitCrash)
	})
	// Another goroutine is ending the process already: let it.
	select {}
}

// writeReport puts a report into a file, and says where it is.
func writeReport(report []byte) string {
	path, err := state.Write("crash-"+time.Now().UTC().Format("20060102T150405.000Z")+".txt", report)
	if err != nil {
		return fmt.Sprintf("No report could be written (%v), so here it is:\n%s\n", err, report)
	}
	return "A report is in " + path + ". It holds no data of the cluster.\n"
}

// within gives what f does, or otherwise where f takes longer than the limit, or panics: one fault is enough to tell of.
func within[T any](limit time.Duration, otherwise T, f func() T) T {
	done := make(chan T, 1)
	go func() {
		result := otherwise
		defer func() {
			_ = recover()
			done <- result
		}()
		result = f()
	}()
	select {
	case result := <-done:
		return result
	case <-time.After(limit):
		return otherwise
	}
}
