package cli

import (
	"io"
	"os"
	"sync/atomic"
	"time"

	"github.com/dogwatch/dogwatch/setup"
)

// loopLimit is how long the program loop may take to end by itself after a panic: where it is the loop that panicked it never does.
const loopLimit = time.Second

// crashHandler is the process's panic handler, which gives back the terminal.
type crashHandler struct {
	setup.CrashHandler
	// end is that of the terminal program.
	end     programEnd
	restore atomic.Pointer[func()]
}

func newCrashHandler(stderr io.Writer) *crashHandler {
	h := &crashHandler{CrashHandler: setup.CrashHandler{Stderr: stderr, Exit: os.Exit}}
	h.GiveBack = h.giveBack
	return h
}

// restoreBy says how the terminal is given back. f may be called from any goroutine.
func (h *crashHandler) restoreBy(f func()) { h.restore.Store(&f) }

// giveBack waits for the terminal; the goroutine that panicked may be the one that the screen waits for.
func (h *crashHandler) giveBack() {
	h.end.forbid()
	if restore := h.restore.Load(); restore != nil {
		(*restore)()
	}
}
