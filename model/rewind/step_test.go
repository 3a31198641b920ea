package rewind

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/timeline"
)

// One change that two watches saw is one step.
func TestChangeSeenTwiceIsOneStep(t *testing.T) {
	w := newWorld(t, 1, 1<<20, 2)
	key := model.Key{Namespace: "n", Name: "both"}
	w.clock.Step(time.Second)
	w.write(w.watches[0], key)
	o, _ := w.watches[0].store.Get(key)
	w.watches[1].store.Apply(o)
	w.take()
	p := w.past()
	if err := p.Step(true); err != nil {
		t.Fatal(err)
	}
	w.expect(p, w.moments[0], "before both")
	if err := p.Step(false); err != nil {
		t.Fatal(err)
	}
	for i := range w.watches {
		if _, ok := p.Store(i).Get(key); !ok {
			t.Errorf("watch %d does not have it", i)
		}
	}
	if err := p.Step(false); !errors.Is(err, ErrNoMoment) {
		t.Errorf("there is another step: %v", err)
	}
}

func TestStepsOfAnObject(t *testing.T) {
	w := newWorld(t, 3, 1<<20, 2)
	for range 60 {
		w.step()
	}
	key := model.Key{Namespace: "n", Name: "o1"}
	var changed []int // moments at which the first watch's object changed
	for i, m := range w.moments[1:] {
		if m.state[0][key].Version != w.moments[i].state[0][key].Version {
			changed = append(changed, i+1)
		}
	}
	if len(changed) < 3 {
		t.Fatalf("it changed at %v only", changed)
	}
	p := w.past()
	first := func(s timeline.Source) bool { return s.GVR.Resource == "type0" }
	walk := func(back bool, moments []int) {
		for _, i := range moments {
			if err := p.StepOf(context.Background(), back, key, first); err != nil {
				t.Fatalf("to moment %d of %v: %v", i, changed, err)
			}
			w.expect(p, w.moments[i], "behind a change of the object")
		}
		if err := p.StepOf(context.Background(), back, key, first); !errors.Is(err, ErrNoMoment) {
			t.Errorf("there is another: %v", err)
		}
	}
	if last := len(changed) - 1; changed[last] == len(w.moments)-1 {
		changed = changed[:last] // that is where it is
	}
	slices.Reverse(changed)
	walk(true, changed)
	slices.Reverse(changed)
	walk(false, append(changed[1:], w.lastOf(key, changed)...))
}

// lastOf is the last moment at which the object changed, unless it is among those.
func (w *world) lastOf(key model.Key, among []int) []int {
	last := len(w.moments) - 1
	if w.moments[last].state[0][key].Version != w.moments[last-1].state[0][key].Version && !slices.Contains(among, last) {
		return []int{last}
	}
	return nil
}
