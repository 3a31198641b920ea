package cli

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"testing"
)

// gogc is GOGC at the moment.
func gogc() int {
	now := []metrics.Sample{{Name: "/gc/gogc:percent"}}
	metrics.Read(now)
	return int(now[0].Value.Uint64())
}

// collectUntil collects garbage until GOGC is as expected; what a collection brings about comes a little later.
func collectUntil(expected func() bool) {
	for !expected() {
		runtime.GC()
		runtime.Gosched()
	}
}

func TestGarbageIsPacedByWhatIsHeld(t *testing.T) {
	const usual = 90
	before := debug.SetGCPercent(usual)
	defer debug.SetGCPercent(before)
	t.Setenv("GOGC", "")
	end := paceGarbage()
	if got := gogc(); got != startGarbage {
		t.Errorf("GOGC is %d at the start", got)
	}
	held := make([]byte, 4*garbageRoom)
	collectUntil(func() bool { return gogc() == leastGarbage })
	runtime.KeepAlive(held)
	collectUntil(func() bool { return gogc() > leastGarbage })
	end()
	if got := gogc(); got != usual {
		t.Errorf("GOGC is %d afterwards, was %d", got, usual)
	}
	runtime.GC()
	t.Setenv("GOGC", "50")
	defer paceGarbage()()
	if got := gogc(); got != usual {
		t.Errorf("the user's GOGC was changed to %d", got)
	}
}

func TestGarbageFor(t *testing.T) {
	for live, want := range map[uint64]int{
		0: startGarbage, 4 << 20: startGarbage, 10 << 20: 320, 32 << 20: 100, 50 << 20: 60, 80 << 20: leastGarbage, 1 << 40: leastGarbage,
	} {
		if got := garbageFor(live); got != want {
			t.Errorf("with %d bytes held GOGC is %d, want %d", live, got, want)
		}
	}
}
