package model

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"k8s.io/apimachinery/pkg/types"
)

// plainSpots gives the rows as spots, sorted in the plainest way.
func plainSpots(rows []*row, k *keyer) []*spot {
	var spots []*spot
	for _, r := range rows {
		spots = append(spots, k.spot(r, r))
	}
	slices.SortFunc(spots, (*spot).compare)
	return spots
}

func randomRow(rnd *rand.Rand, n int) *row {
	name := fmt.Sprintf("p-%d", n)
	return &row{source: rnd.IntN(2), obj: &Object{
		Key: Key{fmt.Sprintf("ns-%d", rnd.IntN(5)), name}, UID: types.UID(name), Columns: podColumns,
		Cells: []string{name, "1/1", []string{"Running", "running", "a-long-prefix-and-x", "a-long-prefix-and-y"}[rnd.IntN(4)], fmt.Sprint(rnd.IntN(9)), ""},
	}}
}

func testOrder(by ...SortKey) *order {
	return &order{sources: []Source{{Kind: "Pod"}, {Kind: "Job"}}, by: by}
}

// checkList compares a list with plain rows, and looks at its chunks.
func checkList(t *testing.T, l list, want []*spot, k *keyer) {
	t.Helper()
	if l.len != len(want) {
		t.Fatalf("%d items, want %d", l.len, len(want))
	}
	i := 0
	for it := range l.from(0) {
		if it != want[i].item {
			t.Fatalf("item %d is %v, want %v", i, it.obj.Key, want[i].id)
		}
		if i%97 == 0 {
			if at, ok := l.find(want[i], k); at != i || !ok {
				t.Fatalf("item %d found at %d, %v", i, at, ok)
			}
			for first := range l.from(i) {
				if first != it {
					t.Fatalf("from %d begins with another item", i)
				}
				break
			}
		}
		i++
	}
	if i != l.len {
		t.Fatalf("walked over %d items of %d", i, l.len)
	}
	for c, chunk := range l.chunks {
		if len(chunk) == 0 || len(chunk) > chunkSize {
			t.Errorf("chunk %d has %d items", c, len(chunk))
		}
	}
}

// TestListEqualsPlainSlice takes random rows out of a list of several chunks
// and puts others in; the list before it must stay as it was.
func TestListEqualsPlainSlice(t *testing.T) {
	for _, by := range [][]SortKey{nil, {{Column: "Restarts"}}, {{Column: "Status", Descending: true}, {Column: "NAME"}}} {
		rnd := rand.New(rand.NewPCG(1, uint64(len(by))))
		k := testOrder(by...).keyer()
		var l list
		var rows []*row
		for round, n := range []int{0, 3000, 1, 2000, 4000, 0, 5000, 3, 50, 9000} {
			var s splice
			before, beforeRows := l, slices.Clone(rows)
			rnd.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
			leave := rnd.IntN(len(rows) + 1)
			if round == 5 {
				leave = len(rows)
			}
			for _, r := range rows[:leave] {
				s.move(k.spot(r, r), nil, true, false)
			}
			rows = rows[leave:]
			for i := range n {
				r := randomRow(rnd, round*10000+i)
				rows = append(rows, r)
				s.move(nil, k.spot(r, r), false, true)
			}
			l = l.apply(s, k)
			checkList(t, l, plainSpots(rows, k), k)
			checkList(t, before, plainSpots(beforeRows, k), k)
		}
	}
}

func TestSpliceMovesARowWithinAList(t *testing.T) {
	rnd := rand.New(rand.NewPCG(2, 2))
	k := testOrder(SortKey{Column: "Restarts"}).keyer()
	var fill splice
	rows := make([]*row, 2000)
	for i := range rows {
		rows[i] = randomRow(rnd, i)
		fill.move(nil, k.spot(rows[i], rows[i]), false, true)
	}
	l := list{}.apply(fill, k)
	for range 20 {
		var s splice
		next := map[*row]*Object{}
		for _, r := range rows[:rnd.IntN(len(rows))] {
			o := &Object{
				Key: r.obj.Key, UID: r.obj.UID, ResourceVersion: r.obj.ResourceVersion, Created: r.obj.Created,
				Columns: r.obj.Columns, Cells: slices.Clone(r.obj.Cells), Labels: r.obj.Labels, Health: r.obj.Health,
			}
			o.Cells[3] = fmt.Sprint(rnd.IntN(9))
			next[r] = o
			state := *r
			state.obj = o
			s.move(k.spot(r, r), k.spot(r, &state), true, true)
		}
		l = l.apply(s, k)
		for r, o := range next {
			r.obj = o
		}
		checkList(t, l, plainSpots(rows, k), k)
		rnd.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
	}
}

// TestBulkSortEqualsPlainSort also splits the rows into more runs than this
// machine may have processors for.
func TestBulkSortEqualsPlainSort(t *testing.T) {
	for _, by := range [][]SortKey{
		{{Column: "Status"}},
		{{Column: "Restarts", Descending: true}},
		{{Column: "NAME", Descending: true}},
		{{Column: "Status", Descending: true}, {Column: "Restarts"}},
		{{Column: "KIND"}, {Column: "NAMESPACE", Descending: true}},
		{{Column: "no such column"}},
	} {
		for _, n := range []int{0, 1, 700, 20000} {
			rnd := rand.New(rand.NewPCG(3, uint64(n)))
			rows := make([]*row, n)
			for i := range rows {
				rows[i] = randomRow(rnd, i)
			}
			var base list
			for _, s := range plainSpots(rows, testOrder().keyer()) {
				base.addSplit([]item{s.item})
			}
			o := testOrder(by...)
			want := plainSpots(rows, o.keyer())
			for _, runs := range []int{1, 3, 8} {
				sorted, ok := o.sortRuns(base, runs, func() bool { return false })
				if !ok {
					t.Fatal("gave up")
				}
				checkList(t, sorted, want, o.keyer())
			}
			if _, ok := o.sortRuns(base, 2, func() bool { return true }); ok {
				t.Error("did not give up what was outdated")
			}
		}
	}
}
