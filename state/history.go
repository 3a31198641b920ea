package state

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"sync"

	"k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/klog/v2"
)

// Kind says what a line was entered for. It is the sign that the line stands
// behind, on the screen and in the file.
type Kind byte

const (
	// Command is a line of the command prompt.
	Command Kind = ':'
	// Filter is a filter of the list.
	Filter Kind = '/'
)

// Entry is one line of the history.
type Entry struct {
	Kind Kind
	Line string
}

// History keeps entered lines in a file, each as soon as it was entered. Other
// processes may use the same file: their lines are kept too. It is safe for
// concurrent use.
type History struct {
	path string
	wake chan struct{} // one slot: something waits to be saved
	stop chan struct{}
	done chan struct{}

	mu      sync.Mutex
	waiting []Entry
	closed  bool

	failed bool // the last write did; only the goroutine looks
}

// OpenHistory keeps the history in a file, which need not exist. It does not
// touch the disk itself. Close ends it.
func OpenHistory(path string) *History {
	h := &History{path: path, wake: make(chan struct{}, 1), stop: make(chan struct{}), done: make(chan struct{})}
	go h.run()
	return h
}

// Load reads the lines of earlier sessions, the oldest first. It reads the disk,
// so the program loop must not call it. What cannot be read is logged and left
// out.
func (h *History) Load() []Entry {
	entries, err := read(h.path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		klog.Warningf("the history of earlier sessions is not there: %v", err)
	}
	return entries
}

// Add has a line saved. It returns at once.
func (h *History) Add(kind Kind, line string) {
	e := Entry{kind, line}
	if !e.valid() {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return
	}
	h.waiting = append(h.waiting, e)
	select {
	case h.wake <- struct{}{}:
	default:
	}
}

// Close saves what waits and ends the history. It waits for that as long as ctx
// lets it: a dead network drive holds nobody up.
func (h *History) Close(ctx context.Context) error {
	h.mu.Lock()
	if !h.closed {
		h.closed = true
		close(h.stop)
	}
	h.mu.Unlock()
	select {
	case <-h.done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("saving the history: %w", ctx.Err())
	}
}

func (h *History) run() {
	defer close(h.done)
	defer runtime.HandleCrash()
	for {
		select {
		case <-h.wake:
			h.save()
		case <-h.stop:
			h.save()
			return
		}
	}
}

// save adds what waits to the file.
func (h *History) save() {
	h.mu.Lock()
	fresh := h.waiting
	h.waiting = nil
	h.mu.Unlock()
	if len(fresh) == 0 {
		return
	}
	err := merge(h.path, fresh)
	if err != nil && !h.failed {
		klog.Warningf("the history is not kept: %v", err)
	}
	h.failed = err != nil
}
