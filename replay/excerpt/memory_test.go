package excerpt_test

import (
	"bytes"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/dogwatch/dogwatch/replay/excerpt"
	"github.com/dogwatch/dogwatch/replay/recording"
)

// long writes a recording of so many changes of ten objects, a hundred a segment.
func long(t *testing.T, changes int) *recording.Recording {
	t.Helper()
	var out bytes.Buffer
	w, err := recording.NewWriter(&out)
	if err != nil {
		t.Fatal(err)
	}
	object := func(i int) []byte {
		return fmt.Appendf(nil, `{"metadata":{"namespace":"n","name":"o%d","resourceVersion":"%d"}}`, i%10, i+1)
	}
	for i := range changes {
		at := second(float64(i))
		if i%100 == 0 {
			if err := w.Begin(recording.Header{At: at, Types: typesNamed("pods.v1"), Objects: 10, Continues: i > 0}); err != nil {
				t.Fatal(err)
			}
			for j := range 10 {
				if err := w.Write(recording.Entry{At: at, Kind: recording.Present, Type: "pods.v1", Object: object(i + j)}); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := w.Write(recording.Entry{At: at, Kind: recording.Modified, Type: "pods.v1", Object: object(i)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(second(float64(changes))); err != nil {
		t.Fatal(err)
	}
	return open(t, out.Bytes())
}

// watermark is a place to write to that looks now and then how much memory is in use.
type watermark struct {
	writes int
	most   uint64
}

func (w *watermark) Write(p []byte) (int, error) {
	if w.writes++; w.writes%50 == 1 {
		runtime.GC()
		var stats runtime.MemStats
		runtime.ReadMemStats(&stats)
		w.most = max(w.most, stats.HeapAlloc)
	}
	return len(p), nil
}

// Cutting what is ten times as long takes no more memory, but for the list of segments.
func TestMemoryDoesNotGrowWithTheLength(t *testing.T) {
	peak := func(changes int) int64 {
		rec := long(t, changes)
		mark := &watermark{}
		before := heapInUse()
		w, err := recording.NewWriter(mark)
		if err != nil {
			t.Fatal(err)
		}
		if err := excerpt.Cut(t.Context(), rec, second(50), start.Add(time.Duration(changes)*time.Second), w); err != nil {
			t.Fatal(err)
		}
		if mark.writes < 2 {
			t.Fatalf("%d writes", mark.writes)
		}
		runtime.KeepAlive(rec)
		return int64(mark.most) - before
	}
	short, long := peak(2000), peak(20000)
	if perChange := float64(long-short) / 18000; perChange > 5 {
		t.Errorf("memory in use grows by %.0f bytes a change: %d for 2000, %d for 20000", perChange, short, long)
	}
}

func heapInUse() int64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}
