package phase_test

import (
	"testing"
	"time"

	"github.com/dogwatch/dogwatch/informers"
	"github.com/dogwatch/dogwatch/ui/phase"
	"github.com/dogwatch/dogwatch/ui/text"
)

var now = time.Unix(1_800_000_000, 0)

func TestBriefSaysWhatIsSo(t *testing.T) {
	for want, s := range map[string]informers.State{
		"live":           {Phase: informers.Live},
		"waiting":        {Phase: informers.WaitingForDiscovery},
		"listing":        {Phase: informers.Listing},
		"listing 12,400": {Phase: informers.Listing, Listed: 12400},
		"listing 12,400 of 49,600 ━━────────":   {Phase: informers.Listing, Listed: 12400, Remaining: 37200},
		"listing 999 of 1,000 ━━━━━━━━━─":       {Phase: informers.Listing, Listed: 999, Remaining: 1},
		"listing 1 of 1,000,000,500 ──────────": {Phase: informers.Listing, Listed: 1, Remaining: 1_000_000_499}, // the most there is
		"stale 41s":   {Phase: informers.Stale, LastHeard: now.Add(-41 * time.Second)},
		"retry in 8s": {Phase: informers.Retrying, NextTry: now.Add(7500 * time.Millisecond)},
		"retry now":   {Phase: informers.Retrying},
		"forbidden":   {Phase: informers.Forbidden},
		"gone":        {Phase: informers.Gone},
		"stopped":     {Phase: informers.Stopped},
	} {
		if got := phase.Brief(s, now); got != want {
			t.Errorf("%v: %q, want %q", s.Phase, got, want)
		}
	}
}

func TestEachPhaseHasAGlyphOfOneCell(t *testing.T) {
	for p := informers.WaitingForDiscovery; p <= informers.Stopped; p++ {
		if g := phase.Glyph(p); text.Width(g) != 1 {
			t.Errorf("%v: %q", p, g)
		}
	}
}

func TestWorstStateIsTheOneToLookAt(t *testing.T) {
	states := []informers.State{{Phase: informers.Live}, {Phase: informers.Forbidden}, {Phase: informers.Stale}}
	if got := phase.Worst(states); got.Phase != informers.Forbidden {
		t.Errorf("%v", got.Phase)
	}
	if got := phase.Worst(nil); got.Phase != informers.Live {
		t.Errorf("of none: %v", got.Phase)
	}
}

func TestCountSetsThousandsApart(t *testing.T) {
	for want, n := range map[string]int{"0": 0, "999": 999, "1,000": 1000, "1,000,007": 1000007, "-1,200": -1200} {
		if got := phase.Count(n); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
}
