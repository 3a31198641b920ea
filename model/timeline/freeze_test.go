package timeline

import (
	"slices"
	"testing"

	"github.com/dogwatch/dogwatch/model"
)

func TestAFrozenTimelineStaysAsItIs(t *testing.T) {
	l := New(20_000)
	fill := func() {
		for range 50 {
			for _, r := range odd(l) {
				l.Add(&r, model.Packed{})
			}
		}
	}
	fill()
	want := slices.Collect(l.Forward(0, Filter{}))
	frozen := l.Freeze()
	for l.firstSeq() == want[0].Seq {
		fill()
	}
	same(t, "frozen", slices.Collect(frozen.Forward(0, Filter{})), want)
	if frozen.Len() != len(want) || !frozen.Oldest().Equal(want[0].At) {
		t.Errorf("%d since %v, want %d since %v", frozen.Len(), frozen.Oldest(), len(want), want[0].At)
	}
	if s, ok := frozen.Source(want[0].Source); !ok || s.Cluster != "a" {
		t.Errorf("source %+v", s)
	}
}

func TestCellsAreUndoneAndRedone(t *testing.T) {
	columns := &model.Columns{}
	old := &model.Object{Cells: []string{"web", "Pending", "0"}, Columns: columns}
	new := &model.Object{Cells: []string{"web", "Running", "0"}, Columns: columns}
	r := Record{Type: model.Updated, Cells: appendDifferent(nil, old, new)}
	if len(r.Cells) != 1 || !r.Prints(new.Cells, true) || !r.Prints(old.Cells, false) || r.Prints(old.Cells, true) {
		t.Errorf("cells %+v", r.Cells)
	}
	if got := r.UndoCells(new.Cells); !slices.Equal(got, old.Cells) {
		t.Errorf("undone: %q", got)
	}
	if got := r.RedoCells(old.Cells); !slices.Equal(got, new.Cells) {
		t.Errorf("redone: %q", got)
	}
	gone := Record{Type: model.Deleted, Cells: appendDifferent(nil, old, nil)}
	if got := gone.UndoCells(nil); !slices.Equal(got, old.Cells) {
		t.Errorf("of a deleted object: %q", got)
	}
	other := Record{Type: model.Updated, Cells: appendDifferent(nil, &model.Object{Cells: []string{"web"}, Columns: &model.Columns{}}, new)}
	if got := other.UndoCells(new.Cells); !slices.Equal(got, []string{Unprinted, Unprinted, Unprinted}) {
		t.Errorf("printed under other columns: %q", got)
	}
}
