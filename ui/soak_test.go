package ui_test

import (
	"math/rand/v2"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
)

// A thousand panes that are opened and closed, and a thousand sizes of the terminal meanwhile, leave nothing behind.
func TestSoakOfPanesAndSizes(t *testing.T) {
	s := newScreen(t, 120, 40)
	s.openAndResize(100)
	before := hold()
	s.openAndResize(1000)
	after := hold()
	tick := time.NewTicker(100 * time.Millisecond) // commands that wait for the clock end by themselves
	defer tick.Stop()
	for end := time.After(time.Minute); !after.like(before); after = hold() {
		select {
		case <-tick.C:
		case <-end:
			t.Fatalf("%+v were held before, and %+v after", before, after)
		}
	}
	t.Logf("%+v were held before, and %+v after", before, after)
}

// openAndResize opens a pane on some row in one of its parts, resizes the terminal and closes the pane, so many times.
func (s *screen) openAndResize(times int) {
	s.t.Helper()
	random := rand.New(rand.NewPCG(1, 3))
	opened := 0
	for range times {
		s.press([]string{"up", "down"}[random.IntN(2)], "enter")
		if strings.Contains(s.view(), "YAML") {
			opened++
		}
		s.app.Update(tea.WindowSizeMsg{Width: 20 + random.IntN(200), Height: 5 + random.IntN(60)})
		s.view()
		s.app.Update(tea.WindowSizeMsg{Width: s.width, Height: s.height}) // a terminal that is too small takes no keys
		s.press("esc", "esc")                                             // to the list, and closed
		if strings.Contains(s.view(), "YAML") {
			s.t.Fatalf("the pane stays open:\n%s", s.view())
		}
	}
	if opened < times {
		s.t.Errorf("%d panes of %d were opened", opened, times)
	}
}

// holdings are what a process could leak. Descriptors are counted where there is a /proc.
type holdings struct {
	goroutines, descriptors int
	heap                    uint64
}

func hold() holdings {
	runtime.GC()
	runtime.GC() // what finalizers free
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	h := holdings{goroutines: runtime.NumGoroutine(), heap: m.HeapAlloc}
	if files, err := os.ReadDir("/proc/self/fd"); err == nil {
		h.descriptors = len(files)
	}
	return h
}

// like tells whether as much is held as before, but for what is under way at the moment.
func (h holdings) like(before holdings) bool {
	return h.goroutines <= before.goroutines+5 && h.descriptors <= before.descriptors+5 && h.heap <= before.heap+1<<20
}
