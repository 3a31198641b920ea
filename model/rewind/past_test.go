package rewind

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/dogwatch/dogwatch/model"
)

func TestAnyMomentIsMadeAgain(t *testing.T) {
	for seed := range uint64(12) {
		w := newWorld(t, seed, 1<<20, 1+int(seed%3))
		for range 10 + w.random.IntN(80) {
			w.step()
		}
		p := w.past()
		w.expect(p, w.moments[len(w.moments)-1], "at the end")
		for i := range 30 {
			at := begin.Add(time.Duration(w.random.Int64N(int64(w.clock.Since(begin) + 1))))
			if err := p.Seek(context.Background(), at); err != nil {
				t.Fatal(err)
			}
			w.expect(p, w.at(at), fmt.Sprintf("seed %d, seek %d", seed, i))
			w.walk(p, seed)
		}
	}
}

// walk steps to and fro.
func (w *world) walk(p *Past, seed uint64) {
	place := slices.IndexFunc(w.moments, func(m moment) bool { return m.at.Equal(w.at(p.Now()).at) })
	for range w.random.IntN(5) {
		back := w.random.IntN(2) == 0
		err := p.Step(back)
		if back && place == 0 || !back && place == len(w.moments)-1 {
			if !errors.Is(err, ErrNoMoment) {
				w.t.Fatalf("seed %d: a step beyond the ends: %v", seed, err)
			}
			return
		}
		if err != nil {
			w.t.Fatalf("seed %d: a step from %d: %v", seed, place, err)
		}
		if place++; back {
			place -= 2
		}
		w.expect(p, w.moments[place], fmt.Sprintf("seed %d, a step", seed))
	}
}

// Of what the ring has dropped, and of what a watch did not know yet, nothing is shown.
func TestWhatIsNotKnownIsNotShown(t *testing.T) {
	for seed := range uint64(6) {
		w := newWorld(t, seed, 8<<10, 2)
		for range 100 {
			w.step()
		}
		late := w.watches[1] // begins anew: what was before is not known of it
		_, late.from = w.timeline.Range()
		late.since = w.clock.Now()
		for range 100 {
			w.step()
		}
		p := w.past()
		if first, _ := w.timeline.Range(); first == 0 || !p.Begin().Equal(w.timeline.Oldest()) {
			t.Fatalf("seed %d: the past begins at %s, the first record is %d", seed, p.Begin(), first)
		}
		for range 30 {
			at := begin.Add(time.Duration(w.random.Int64N(int64(w.clock.Since(begin) + 1))))
			if err := p.Seek(context.Background(), at); err != nil {
				t.Fatal(err)
			}
			want := w.at(p.Now())
			if at.Before(p.Begin()) && !p.Now().Equal(p.Begin()) {
				t.Fatalf("%s is shown, which is before the beginning", p.Now())
			}
			if known := !p.Now().Before(late.since); known != p.Known(1) {
				t.Fatalf("at %s, since %s, the watch is known: %t", p.Now(), late.since, p.Known(1))
			}
			if !p.Known(1) {
				want = moment{at: want.at, state: []map[model.Key]seen{want.state[0], {}}}
			}
			w.expect(p, want, fmt.Sprintf("seed %d", seed))
		}
	}
}

// Where the last version of what was deleted is no longer kept, its cells still are.
func TestDeletedObjectsWithoutTheirJSONHaveTheirCells(t *testing.T) {
	w := newWorld(t, 1, 1<<20, 1)
	v, key := w.watches[0], model.Key{Namespace: "n", Name: "gone"}
	w.clock.Step(time.Minute)
	w.write(v, key)
	held, _ := v.store.Get(key)
	w.take()
	v.store.Delete(key, nil)
	for _, d := range v.changes.TryNext() {
		d.Old = &model.Object{Key: d.Old.Key, UID: d.Old.UID, ResourceVersion: d.Old.ResourceVersion, Cells: d.Old.Cells, Columns: columns}
		d.Held = d.Old
		if err := w.taker.Take(v.id, d); err != nil {
			t.Fatal(err)
		}
	}
	p := w.past()
	if err := p.Step(true); err != nil {
		t.Fatal(err)
	}
	o, ok := p.Store(0).Get(key)
	if !ok || !slices.Equal(o.Cells, held.Cells) || o.Packed().Size() > 0 || o.UID != held.UID {
		t.Errorf("there is %+v, %t", o, ok)
	}
}

// What does not fit together is given up, and counted.
func TestWhatDoesNotFitTogetherIsLost(t *testing.T) {
	w := newWorld(t, 2, 1<<20, 1)
	for range 30 {
		w.step()
	}
	v := w.watches[0]
	var key model.Key
	v.store.Each(func(o *model.Object) bool { key = o.Key; return false })
	o, _ := v.store.Get(key)
	changed := &model.Object{Key: key, UID: o.UID, ResourceVersion: "from nowhere", Columns: columns, Cells: o.Cells}
	changed.SetJSON(v.packer, []byte(`{}`))
	p := New(w.timeline.Freeze(), w.clock.Now(), []Source{{ID: v.id, Columns: columns, Objects: []*model.Object{changed}, Since: begin}})
	defer p.Close()
	if err := p.Seek(context.Background(), begin); err != nil {
		t.Fatal(err)
	}
	if _, ok := p.Store(0).Get(key); ok || p.Lost() == 0 {
		t.Errorf("it is there: %t, and %d are lost", ok, p.Lost())
	}
}

// A move that is not wanted any more ends, and what is shown is right for where it ended.
func TestMoveEndsWithItsContext(t *testing.T) {
	w := newWorld(t, 5, 1<<20, 2)
	for range 50 {
		w.step()
	}
	p := w.past()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := p.Seek(ctx, begin); !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v", err)
	}
	w.expect(p, w.at(p.Now()), "after a move that was given up")
}
