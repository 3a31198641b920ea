package cli

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync"
)

const (
	// startGarbage is GOGC before the first collection: a process that starts has little memory and much to do, and would collect a dozen
	// times before there are rows.
	startGarbage = 400
	// garbageRoom is how many bytes of garbage may lie about where little else does: most of them that a quiet program makes are its
	// frames, and each collection wakes it up.
	garbageRoom = 32 << 20
	// leastGarbage is GOGC where much is held. It is objects that stay and have few pointers, so that going through them costs little, and
	// as much room again for garbage would be the larger part of what the process takes.
	leastGarbage = 40
)

// garbagePacer sets GOGC by what is held, after each collection. The memory limit counts all the same.
type garbagePacer struct {
	mu      sync.Mutex
	percent int
	stopped bool
}

// paceGarbage readies the heap and begins to set GOGC by what is held, unless the user has set it. end has it as it was.
func paceGarbage() (end func()) {
	if os.Getenv("GOGC") != "" {
		return func() {}
	}
	p := &garbagePacer{percent: startGarbage}
	usual := debug.SetGCPercent(startGarbage)
	collected := readyHeap()
	p.awaitCollection()
	return func() {
		collected()
		p.mu.Lock()
		defer p.mu.Unlock()
		p.stopped = true
		debug.SetGCPercent(usual)
	}
}

// awaitCollection has collected be called behind the next collection, which finds that nobody needs the mark.
func (p *garbagePacer) awaitCollection() {
	type mark struct{ of *garbagePacer } // with a pointer, or it could share memory with what is needed
	runtime.SetFinalizer(&mark{p}, func(*mark) { p.collected() })
}

func (p *garbagePacer) collected() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stopped {
		return
	}
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(live)
	if percent := garbageFor(live[0].Value.Uint64()); percent != p.percent {
		p.percent = percent
		debug.SetGCPercent(percent)
	}
	p.awaitCollection()
}

// garbageFor is GOGC for what is held, in steps of ten: to set it stops the program for a moment.
func garbageFor(live uint64) int {
	percent := int(min(garbageRoom*100/max(live, 1), startGarbage))
	return max(percent-percent%10, leastGarbage)
}
