package signals

import (
	"strings"
	"testing"
	"time"

	"github.com/dogwatch/dogwatch/model/relation"
)

// since is the rule of full tanks that says when they became so, if the tank does.
func since(t *testing.T, more string) (*world, relation.ID) {
	t.Helper()
	return tank(t, "since: object.?since.optMap(t, timestamp(t))\n  "+more), id("tanks.acme.io", "a")
}

// What was so before dogwatch began to watch has lasted as long as the object says: that dogwatch is started again makes no difference.
func TestForCountsFromWhenItBegan(t *testing.T) {
	for _, c := range []struct{ since, opened string }{
		{"11:00:00", "0s"},  // an hour ago
		{"11:59:40", "10s"}, // of the thirty seconds twenty are over
		{"12:10:00", "630s"},
	} {
		w, a := since(t, "for: 30s")
		w.present(a, "level: 95\nsince: '2026-11-29T"+c.since+"Z'")
		w.wait(time.Hour)
		if s := w.told[0]; s.Since.Format(time.TimeOnly) != c.since {
			t.Errorf("%s: it began at %s", c.since, s.Since)
		}
		w.tells(c.opened + " opened Full a at 95%")
	}
}

// An object that does not say when it became so has been since it was seen.
func TestForCountsFromWhenItWasSeenWhereNothingIsSaid(t *testing.T) {
	w, a := since(t, "for: 30s")
	w.present(a, "level: 95")
	w.wait(time.Minute)
	w.tells("30s opened Full a at 95%")
}

// When it began may be said anew, as long as it is not told: a deletion may be hastened.
func TestWhenItBeganMayChange(t *testing.T) {
	w, a := since(t, "for: 30s")
	w.set(a, "level: 95\nsince: '2026-11-29T13:00:00Z'")
	w.wait(10 * time.Second)
	w.set(a, "level: 95\nsince: '2026-11-29T12:00:20Z'")
	w.wait(time.Hour)
	w.tells("50s opened Full a at 95%")
	w.set(a, "level: 95\nsince: '2026-11-29T15:00:00Z'") // which is no end of it
	w.tells()
}

// What cannot be read as a time is said, and no reason to be silent.
func TestWhenItBeganMayBeWrong(t *testing.T) {
	for _, wrong := range []string{"{}", "5"} {
		w := tank(t, "since: object.since\n  for: 30s")
		w.present(id("tanks.acme.io", "a"), "level: 95\nsince: "+wrong)
		w.wait(time.Minute)
		faults := w.Faults()
		if len(faults) != 1 || !strings.Contains(faults[0].Err.Error(), "since: it gives no timestamp") {
			t.Errorf("faults are %v", faults)
		}
		clear(w.faults)
		w.tells("30s opened Full a at 95%")
	}
}

// What is over as it opens is told, and its end at once, as soon as that has held for long enough.
func TestWhatIsOverAsItOpensIsResolvedAtOnce(t *testing.T) {
	without := strings.Replace(strings.Replace(filling, "RESOLVED", "object.level >= object.wanted", 1), "every: 1m", "", 1)
	w, a := newWorld(t, load(t, without)), id("tanks.acme.io", "a")
	w.set(a, "{level: 9, wanted: 1}")
	w.set(a, "{level: 9, wanted: 5}")
	w.tells("0s opened Filling a to 5", "0s resolved Filling a to 5")
	w.set(a, "{level: 9, wanted: 6}")
	w.set(a, "{level: 6, wanted: 7}")
	w.tells("0s opened Filling a to 6", "0s resolved Filling a to 6", "0s opened Filling a to 7")

	w = newWorld(t, load(t, without+"  keep: 30s\n"))
	w.set(a, "{level: 9, wanted: 1}")
	w.set(a, "{level: 9, wanted: 5}")
	w.tells("0s opened Filling a to 5")
	w.wait(time.Hour)
	w.tells("30s resolved Filling a to 5")
	if len(w.states) != 0 || len(w.due.all) != 0 {
		t.Errorf("it remembers %v, %v", w.states, w.due.all)
	}
}
