package ui_test

import (
	"errors"
	"testing"
	"time"

	sig "github.com/dogwatch/dogwatch/model/signal"
	"github.com/dogwatch/dogwatch/ui/golden"
)

// That rules are not applied is said wherever one is, and why on the page, with when that is tried again; so is that they are again.
func TestThatRulesAreNotAppliedIsSaid(t *testing.T) {
	s, r := newSignalsScreen(t, 80, 24)
	why := "it\x1b[2J fell over, and says so in more words than a line has room for, which end here"
	r.fail(errors.New(why), now.Add(8*time.Second))
	s.frame()
	s.mustShow("✖ rules are not applied (S says more): it␛[2J fell over, and says so")
	s.press("S")
	s.mustShow("rules are not applied: it␛[2J fell over, and", "which end here   that is tried again in 8s", "2 over")
	r.fail(errors.New(why), time.Time{})
	s.mustShow("that is tried again now")
	r.list.EndAll(now)
	s.told(r, func(w sig.Window) bool { return w.Counts.Over == 4 && !w.Counts.Ready })
	s.mustShow("not judged   4 over", "? 0s", "when it was judged no longer")
	s.press("S")
	r.fail(errors.New("it fell over again"), time.Time{})
	s.frame()
	s.mustShow("it fell over again")
	r.fail(nil, time.Time{})
	s.frame()
	s.mustShow("rules are applied again")
	s.mustNotShow("not applied")
}

// Rules that are applied and come no further are no quiet cluster: that is said wherever one is, and on the page, until they go on.
func TestThatRulesDoNotGoOnIsSaid(t *testing.T) {
	s, r := newSignalsScreen(t, 80, 24)
	r.behind(12 * time.Second)
	s.frame()
	s.mustShow("✖ rules do not go on (S says more): what is new is missing among signals")
	s.press("S")
	s.mustShow("nothing more is judged for 12s: what is new is missing", "may be over", "2 over")
	golden.Screen(t, "signals-behind-80x24", s.view(), 80, 24)
	r.behind(0)
	s.frame()
	s.mustShow("rules are applied again to what happens")
	s.mustNotShow("nothing more is judged", "do not go on")
	r.behind(13 * time.Second)
	s.frame()
	s.mustShow("✖ rules do not go on: what is new") // which is no hint to where one is
}

// Where nothing is open nobody is told so by what was not judged.
func TestThatNothingIsOpenIsNotSaidOfWhatIsNotJudged(t *testing.T) {
	s, r := newSignalsScreen(t, 80, 24)
	r.list.Clear()
	s.told(r, func(w sig.Window) bool { return w.Len == 0 })
	s.press("S")
	r.mu.Lock()
	r.state.Since = now.Add(-3 * time.Second)
	r.mu.Unlock()
	s.frame()
	s.mustShow("not judged yet   0 over", "what there is is being judged ")
	r.mu.Lock()
	r.state.Since = now.Add(-70 * time.Second)
	r.mu.Unlock()
	s.frame()
	s.mustShow("what there is is being judged, for 70s")
	r.list.SetReady()
	s.told(r, func(w sig.Window) bool { return w.Counts.Ready })
	s.mustShow("none open", "nothing to tell of what is watched")
	r.behind(12 * time.Second)
	s.frame()
	s.mustShow("not judged   0 over", "nobody knows what there is to tell")
}
