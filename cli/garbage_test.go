package cli

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"testing"
)

func TestGarbageIsCollectedLaterAtTheStartAndSoonerAfterwards(t *testing.T) {
	const usual = 90
	before := debug.SetGCPercent(usual)
	defer debug.SetGCPercent(before)
	percent := func() uint64 {
		now := []metrics.Sample{{Name: "/gc/gogc:percent"}}
		metrics.Read(now)
		return now[0].Value.Uint64()
	}
	t.Setenv("GOGC", "")
	end := paceGarbage()
	if got := percent(); got != startGarbage {
		t.Errorf("GOGC is %d at the start", got)
	}
	for percent() == startGarbage {
		runtime.Gosched()
	}
	if got := percent(); got != steadyGarbage {
		t.Errorf("GOGC is %d after the start", got)
	}
	end()
	if got := percent(); got != usual {
		t.Errorf("GOGC is %d afterwards, was %d", got, usual)
	}
	t.Setenv("GOGC", "50")
	defer paceGarbage()()
	if got := percent(); got != usual {
		t.Errorf("the user's GOGC was changed to %d", got)
	}
}
