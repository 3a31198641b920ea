package cli

import (
	"context"
	"fmt"
	"io"
	"reflect"
	"regexp"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	utilruntime "k8s.io/apimachinery/pkg/util/runtime"

	"github.com/dogwatch/dogwatch/setup"
	"github.com/dogwatch/dogwatch/state"
)

const (
	// giveBackLimit is how long giving back the terminal may take, whatever the panic has left behind.
	giveBackLimit = 3 * time.Second
	// loopLimit is how long the program loop may take to end by itself: where it is the loop that panicked it never does.
	loopLimit = time.Second
	// reportLimit is how long the report may take, and then what is said of it: a disk or a terminal may hold up a write for ever.
	reportLimit = 2 * time.Second
)

// crashHandler ends the process in order when any goroutine panics: every one
// of them defers Kubernetes' HandleCrash, which calls it.
type crashHandler struct {
	once sync.Once
	// end is that of the terminal program.
	end     programEnd
	restore atomic.Pointer[func()]
	// temporary guards remove, which takes away what is of use to this process only. Who ends the process keeps it: nothing is made then.
	temporary sync.Mutex
	remove    func()
	stderr    io.Writer
	exit      func(code int)
}

// install makes h the process's only panic handler, until uninstall. Kubernetes' own would log the panic with its value.
func (h *crashHandler) install() (uninstall func()) {
	before := utilruntime.PanicHandlers
	utilruntime.PanicHandlers = []func(context.Context, any){func(_ context.Context, value any) { h.crash(value, debug.Stack()) }}
	return func() { utilruntime.PanicHandlers = before }
}

// restoreBy says how the terminal is given back. f may be called from any goroutine.
func (h *crashHandler) restoreBy(f func()) { h.restore.Store(&f) }

// makeTemporary makes what is of use to this process only: it is taken away by remove, however the process ends. It is called once.
func (h *crashHandler) makeTemporary(create func() (remove func(), err error)) (remove func(), err error) {
	h.temporary.Lock()
	defer h.temporary.Unlock()
	h.remove, err = create()
	return h.remove, err
}

// leave ends the process where its functions do not return, and leaves nothing behind.
func (h *crashHandler) leave(code int) {
	within(reportLimit, false, func() bool {
		h.temporary.Lock() // for ever
		if h.remove != nil {
			h.remove()
		}
		return true
	})
	h.exit(code)
}

// crash restores the terminal, writes a report, says where it is and exits.
func (h *crashHandler) crash(value any, stack []byte) {
	h.once.Do(func() {
		h.giveBack()
		report := crashReport(value, stack)
		where := within(reportLimit, "It took too long to write a report, so here it is:\n"+string(report)+"\n", func() string {
			return writeReport(report)
		})
		within(reportLimit, false, func() bool {
			_, err := fmt.Fprintf(h.stderr, "dogwatch crashed: %s\n%s", panicText(value), where)
			return err == nil
		})
		h.leave(setup.ExitCrash)
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

// giveBack waits for the terminal, but not for ever: the goroutine that panicked
// may be the one that the screen waits for.
func (h *crashHandler) giveBack() {
	h.end.forbid()
	if restore := h.restore.Load(); restore != nil {
		within(giveBackLimit, false, func() bool {
			(*restore)()
			return true
		})
	}
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

// crashReport is what a developer needs to find the fault, and nothing of a cluster: no state of the program, no command
// line, and of panic and stack only what the program's text decides.
func crashReport(value any, stack []byte) []byte {
	return fmt.Appendf(nil, "%s\ndogwatch %s, %s, %s/%s\n\npanic: %s\n\n%s", time.Now().Format(time.RFC3339), setup.Version(),
		runtime.Version(), runtime.GOOS, runtime.GOARCH, panicText(value), withoutArguments(stack))
}

// panicText is what a panic says, if it cannot be text of a cluster: the runtime's own errors tell types, numbers and
// constants.
func panicText(value any) string {
	switch value := value.(type) {
	case runtime.Error:
		return value.Error()
	case *reflect.ValueError:
		return value.Error()
	default:
		return fmt.Sprintf("a value of type %T, whose text may be of the cluster and is left out", value)
	}
}

// frameArguments are those of a function in a stack. They are numbers, but numbers may be the bytes of a value.
var frameArguments = regexp.MustCompile(`(?m)^(\S.*)\([^()]*\)$`)

// withoutArguments leaves of a stack where it was, not with what.
func withoutArguments(stack []byte) []byte {
	return frameArguments.ReplaceAll(stack, []byte("$1(...)"))
}
