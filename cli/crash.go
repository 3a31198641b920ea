package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync"
	"time"

	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
)

// crashHandler ends the process in order when any goroutine panics: every one
// of them defers Kubernetes' HandleCrash, which calls it.
type crashHandler struct {
	once sync.Once
	// restore gives the terminal back. It may be called from any goroutine.
	restore func()
	stderr  io.Writer
	exit    func(code int)
}

// install makes h the process's panic handler.
func (h *crashHandler) install() {
	utilruntime.PanicHandlers = append(utilruntime.PanicHandlers, func(_ context.Context, value any) {
		h.crash(value, debug.Stack())
	})
}

// crash restores the terminal, writes a report and exits. The report holds the
// panic and the stack, no state of the program: that may be secret.
func (h *crashHandler) crash(value any, stack []byte) {
	h.once.Do(func() {
		h.giveBack()
		fmt.Fprintf(h.stderr, "dogwatch crashed: %v\n", value)
		if path, err := writeCrashReport(value, stack); err == nil {
			fmt.Fprintf(h.stderr, "A report is in %s. It holds no data of the cluster.\n", path)
		} else {
			fmt.Fprintf(h.stderr, "%s\n", stack)
		}
		h.exit(exitCrash)
	})
	// Another goroutine is ending the process already: let it.
	select {}
}

// giveBack waits for the terminal, but not for ever: the goroutine that panicked
// may be the one that the screen waits for.
func (h *crashHandler) giveBack() {
	done := make(chan struct{})
	go func() { h.restore(); close(done) }()
	select {
	case <-done:
	case <-time.After(time.Second):
	}
}

func writeCrashReport(value any, stack []byte) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(cache, "dogwatch")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	now := time.Now()
	path := filepath.Join(dir, "crash-"+now.Format("20060102-150405")+".txt")
	text := fmt.Sprintf("%s\npanic: %v\n\n%s", now.Format(time.RFC3339), value, stack)
	return path, os.WriteFile(path, []byte(text), 0o600)
}
