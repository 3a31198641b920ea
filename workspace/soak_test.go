package workspace_test

import (
	"os"
	"runtime"
	"runtime/pprof"
	"strings"
	"testing"
	"time"

	"github.com/dogwatch/dogwatch/replay/apiserver"
	"github.com/dogwatch/dogwatch/workspace"
)

// A hundred times to another cluster and back, now and then before the rows are there, leaves nothing behind.
func TestSoakOfContextSwitches(t *testing.T) {
	b := newBench(t, apiserver.Options{}, workspace.Options{AllNamespaces: true})
	other := startOther(t)
	b.addContext("other", other)
	b.mustOpen("po")
	b.mustOpen("gauges")
	tick := time.NewTicker(time.Second) // connections are closed when they were idle for a while, and their buffers freed later
	defer tick.Stop()
	before := settled(tick, b.switchToAndFro(other, 5))
	after := b.switchToAndFro(other, 100)
	for end := time.After(2 * time.Minute); !after.like(before); after = hold() {
		select {
		case <-tick.C:
		case <-end:
			var running strings.Builder
			if err := pprof.Lookup("goroutine").WriteTo(&running, 1); err != nil {
				t.Error(err)
			}
			t.Fatalf("%+v were held before, and %+v after: %s", before, after, &running)
		}
	}
	t.Logf("%+v were held before, and %+v after", before, after)
}

// switchToAndFro goes so many times to the other cluster and back, and gives what is held in the end.
func (b *bench) switchToAndFro(other *apiserver.Server, times int) holdings {
	b.t.Helper()
	home := func(s workspace.Snapshot) bool {
		return live(s) && s.Context == "sample" && s.Tabs[0].Sources[0].Count == 20
	}
	for i := range times {
		b.switchTo("other")
		if i%3 > 0 {
			b.await("the other cluster's pods are live", func(s workspace.Snapshot) bool {
				return live(s) && s.Tabs[0].Sources[0].Count == otherPods
			})
		}
		b.switchTo("sample")
		if i%5 > 0 {
			b.await("pods are live again", home)
		}
	}
	b.await("pods are live at last", home)
	b.await("the other cluster is left", func(workspace.Snapshot) bool { return allOpen(other) == 0 })
	return hold()
}

func (b *bench) switchTo(name string) {
	b.t.Helper()
	if err := b.ws.SetContext(name); err != nil {
		b.t.Fatal(err)
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

// settled gives what is held once that stays the same for longer than connections are kept that are idle: at any one moment something may not have begun, or
// not have ended.
func settled(tick *time.Ticker, now holdings) holdings {
	const calm, most = 35, 120
	for same, n := 0, 0; same < calm && n < most; n++ {
		<-tick.C
		last := now
		if now = hold(); now.goroutines == last.goroutines && now.descriptors == last.descriptors {
			same++
		} else {
			same = 0
		}
	}
	return now
}

// like tells whether no more is held than before, but for what the test's servers remember of each request.
func (h holdings) like(before holdings) bool {
	const remembered = 1 << 20
	return h.goroutines <= before.goroutines && h.descriptors <= before.descriptors && h.heap <= before.heap+remembered
}
