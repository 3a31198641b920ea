package model

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/types"
	clocktesting "k8s.io/utils/clock/testing"
)

// TestViewEqualsPlainModel drives a View over two stores with random changes
// and Specs, and compares it with the stores' objects sorted and filtered in
// the plainest way.
func TestViewEqualsPlainModel(t *testing.T) {
	for seed := range uint64(8) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) { testViewEqualsPlainModel(t, seed) })
	}
}

func testViewEqualsPlainModel(t *testing.T, seed uint64) {
	rnd := rand.New(rand.NewPCG(seed, 1))
	clock := clocktesting.NewFakeClock(time.Unix(1000, 0))
	m := &plainModel{gone: map[RowID]goneRow{}, clock: clock}
	for i := range 2 {
		m.sources = append(m.sources, Source{
			Store: NewStore(WithClock(clock)), Kind: []string{"Pod", "Job"}[i], Cluster: "c",
		})
	}
	spec := Spec{}
	v, w := viewOf(t, spec, []Option{WithClock(clock)}, m.sources...)
	for _, s := range m.sources {
		s.Store.Apply(pod("ns0", "p-0", "0", "0/2", "Running", "0", "1000"))
	}
	// What comes and goes before a View has seen the present state is not
	// known to it.
	w.until("the first rows", func() bool { return v.Window(0, 0).Len == 2 })
	for round := range 30 {
		for range rnd.IntN(30) {
			m.change(rnd)
		}
		if rnd.IntN(3) == 0 {
			spec = randomSpec(rnd)
			v.SetSpec(spec)
		}
		want := m.rows(spec)
		counts := m.counts(spec)
		w.until(fmt.Sprintf("round %d, %+v, want %v, %+v", round, spec, want, counts), func() bool {
			got := v.Window(0, 0)
			return tally{got.Total, got.Matched, got.Unhealthy} == counts && !got.Rebuilding && slices.Equal(plainRows(v), want)
		})
		checkFind(t, v)
		// Only once the view has seen all may time go on.
		if rnd.IntN(4) == 0 {
			clock.Step(time.Duration(rnd.IntN(int(2 * DeletedFor))))
			m.expire()
		}
	}
}

// plainRows gives each row as a line.
func plainRows(v *View) []string {
	var lines []string
	for _, r := range v.Window(0, 1<<30).Rows {
		lines = append(lines, plainRow(r.Source, r.Object, r.Mark == Gone))
	}
	return lines
}

func plainRow(source int, o *Object, gone bool) string {
	return fmt.Sprintf("%d %s %s %v %v", source, o.Key, o.ResourceVersion, o.Cells, gone)
}

type plainModel struct {
	sources []Source
	clock   *clocktesting.FakeClock
	gone    map[RowID]goneRow
	version int
}

type goneRow struct {
	o  *Object
	at time.Time
}

// change changes a random object of a random store.
func (m *plainModel) change(rnd *rand.Rand) {
	source := rnd.IntN(len(m.sources))
	s := m.sources[source].Store
	m.version++
	o := pod(fmt.Sprintf("ns%d", rnd.IntN(3)), fmt.Sprintf("p-%d", rnd.IntN(12)), fmt.Sprint(m.version),
		fmt.Sprintf("%d/2", rnd.IntN(3)), []string{"Running", "Failed", "<none>"}[rnd.IntN(3)], fmt.Sprint(rnd.IntN(20)), fmt.Sprint(1000+rnd.IntN(50)))
	o.Health.Level = Level(rnd.IntN(4))
	o.Labels = MakeLabelSet(map[string]string{"app": fmt.Sprint(rnd.IntN(2))})
	id := RowID{Source: source, Key: o.Key}
	switch rnd.IntN(6) {
	case 0, 1:
		if old, ok := s.Get(o.Key); ok {
			s.Delete(o.Key, nil)
			m.gone[id] = goneRow{old, m.clock.Now()}
		}
	case 2:
		o.UID = types.UID(fmt.Sprint("again", m.version))
		fallthrough
	default:
		s.Apply(o)
		delete(m.gone, id)
	}
	if rnd.IntN(40) == 0 {
		s.Retain(func(Key) bool { return true })
	}
}

func (m *plainModel) expire() {
	for id, g := range m.gone {
		if m.clock.Since(g.at) >= DeletedFor {
			delete(m.gone, id)
		}
	}
}

// rows gives the lines that a View of the Spec must have.
func (m *plainModel) rows(spec Spec) []string {
	type plain struct {
		source int
		o      *Object
		gone   bool
	}
	var rows []plain
	for i, s := range m.sources {
		s.Store.Each(func(o *Object) bool { rows = append(rows, plain{i, o, false}); return true })
	}
	for id, g := range m.gone {
		rows = append(rows, plain{id.Source, g.o, true})
	}
	rows = slices.DeleteFunc(rows, func(r plain) bool {
		return r.o.Health.Level < spec.MinLevel || !spec.Filter.Match(r.o, m.sources[r.source].Kind, r.o.Health.Reason)
	})
	slices.SortFunc(rows, func(a, b plain) int {
		for _, k := range spec.Sort {
			if c := plainCompare(a.o, b.o, k); c != 0 {
				return c
			}
		}
		return cmp.Or(cmp.Compare(a.source, b.source), strings.Compare(a.o.Namespace, b.o.Namespace), strings.Compare(a.o.Name, b.o.Name))
	})
	var lines []string
	for _, r := range rows {
		lines = append(lines, plainRow(r.source, r.o, r.gone))
	}
	return lines
}

// plainCompare knows what the test's cells look like.
func plainCompare(a, b *Object, k SortKey) int {
	sign := 1
	if k.Descending {
		sign = -1
	}
	var x, y int
	switch k.Column {
	case "Restarts":
		x, y = cellNumber(a.Cells[3]), cellNumber(b.Cells[3])
	case "Age":
		x, y = cellNumber(b.Cells[4]), cellNumber(a.Cells[4])
	case "HEALTH":
		x, y = int(a.Health.Level), int(b.Health.Level)
	case "NAME":
		x, y = cellNumber(a.Name[len("p-"):]), cellNumber(b.Name[len("p-"):])
	case "Status":
		if a.Cells[2] == "<none>" || b.Cells[2] == "<none>" {
			return cmp.Compare(none(a.Cells[2]), none(b.Cells[2])) // missing values are last in both directions
		}
		return sign * strings.Compare(a.Cells[2], b.Cells[2])
	}
	return sign * cmp.Compare(x, y)
}

func cellNumber(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		panic(err) // the test's own cells
	}
	return n
}

func none(cell string) int {
	if cell == "<none>" {
		return 1
	}
	return 0
}

func randomSpec(rnd *rand.Rand) Spec {
	var spec Spec
	for range rnd.IntN(3) {
		column := []string{"Restarts", "Age", "HEALTH", "NAME", "Status"}[rnd.IntN(5)]
		spec.Sort = append(spec.Sort, SortKey{Column: column, Descending: rnd.IntN(2) == 0})
	}
	spec.Filter = ParseFilter([]string{"", "", "p-1", "p-", "!fail", "-l app=1", "p-[0-4]$", "-f nn", "-l (", "job"}[rnd.IntN(10)])
	if rnd.IntN(4) == 0 {
		spec.MinLevel = Level(rnd.IntN(4))
	}
	spec.Eager = rnd.IntN(2) == 0
	return spec
}

// counts gives what a View of the Spec must count.
func (m *plainModel) counts(spec Spec) tally {
	var t tally
	for _, s := range m.sources {
		s.Store.Each(func(o *Object) bool {
			t.total++
			if o.Health.Level == Unhealthy {
				t.unhealthy++
			}
			if o.Health.Level >= spec.MinLevel && spec.Filter.Match(o, s.Kind, o.Health.Reason) {
				t.matched++
			}
			return true
		})
	}
	return t
}

// checkFind looks each row up by its identity.
func checkFind(t *testing.T, v *View) {
	t.Helper()
	for i, r := range v.Window(0, 1<<30).Rows {
		if at, ok := v.Find(r.ID()); !ok || at != i {
			t.Fatalf("row %d found at %d, %v", i, at, ok)
		}
	}
}
