package cli

import (
	"runtime/debug"
	"testing"
)

func TestGarbageIsCollectedAsUsualAfterTheStart(t *testing.T) {
	const usual = 90
	before := debug.SetGCPercent(usual)
	defer debug.SetGCPercent(before)
	percent := func() int {
		now := debug.SetGCPercent(usual)
		debug.SetGCPercent(now)
		return now
	}
	t.Setenv("GOGC", "")
	end := letGarbageLie()
	if got := percent(); got != startGarbage {
		t.Errorf("GOGC is %d at the start", got)
	}
	end()
	if got := percent(); got != usual {
		t.Errorf("GOGC is %d afterwards, was %d", got, usual)
	}
	t.Setenv("GOGC", "50")
	defer letGarbageLie()()
	if got := percent(); got != usual {
		t.Errorf("the user's GOGC was changed to %d", got)
	}
}
