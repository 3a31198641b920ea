package cli

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"testing"
)

// What the heap is readied with is given back to it, and counts neither as held nor for GOGC.
func TestReadyHeapHoldsNothing(t *testing.T) {
	before := debug.SetGCPercent(70)
	defer debug.SetGCPercent(before)
	held := func() uint64 {
		now := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
		metrics.Read(now)
		return now[0].Value.Uint64()
	}
	runtime.GC()
	already := held()
	for range 3 {
		readyHeap()()
		if got := held(); got >= already+startHeap {
			t.Errorf("%d bytes are held, %d were", got, already)
		}
		if got := gogc(); got != 70 {
			t.Errorf("GOGC is %d, was 70", got)
		}
	}
}
