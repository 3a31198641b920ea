package recording

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A type that is gone, or not recorded any more, is missed no longer.
func TestGapsEndWithTheirType(t *testing.T) {
	at := func(second int) Entry { return podEntry(Watch, second, 0) }
	want := []Gap{{From: at(1).At, To: at(3).At, Type: "pods.v1", Reason: "retrying"}}
	for name, end := range map[string]func(*GapFinder){
		"not served":     func(g *GapFinder) { e := at(3); e.Kind = Served; g.Served(&e) },
		"not in a state": func(g *GapFinder) { g.Begin(&Header{At: at(3).At, Continues: true}) },
	} {
		var g GapFinder
		g.Begin(&Header{At: start, Types: sampleTypes()})
		blind := at(1)
		blind.Reason = "retrying"
		g.Watch(&blind)
		still := at(2)
		still.Kind, still.Types = Served, sampleTypes()
		g.Served(&still)
		end(&g)
		g.See(at(9).At)
		if diff := cmp.Diff(want, g.Gaps()); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
