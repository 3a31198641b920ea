package metrics_test

import (
	"fmt"
	"testing"

	"github.com/dogwatch/dogwatch/metrics"
	"github.com/dogwatch/dogwatch/model/signal"
)

// That nothing is open is told as such, and is another thing than that nobody knows.
func TestThatNothingIsOpenIsTold(t *testing.T) {
	for want, open := range map[string]map[signal.Severity]int{
		"[]": nil,
		"[{[critical] 0} {[info] 0} {[warning] 0}]": {},
		"[{[critical] 0} {[info] 0} {[warning] 2}]": {signal.Warning: 2},
	} {
		families := metrics.OfSignals(func() map[signal.Severity]int { return open })()
		if got := fmt.Sprint(families[0].Samples); len(families) != 1 || got != want {
			t.Errorf("of %v it tells %s, want %s", open, got, want)
		}
	}
}
