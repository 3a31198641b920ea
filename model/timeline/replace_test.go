package timeline

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/dogwatch/dogwatch/model"
)

// story makes records at moments one after the other, some of which delete an object that has a last version.
type story struct {
	packer *model.Packer
	n      int
}

func (s *story) next(t *Timeline) Kept {
	records := odd(t)
	r := records[s.n%len(records)]
	r.At = time.Date(2026, 11, 24, 10, 0, s.n, 0, time.UTC)
	k := Kept{Record: r}
	if r.Type == model.Deleted {
		k.Last = s.packer.Pack(fmt.Appendf(nil, `{"n":%d}`, s.n))
	}
	s.n++
	return k
}

// A Timeline from which the end is cut, and which gets a beginning, tells the same as one that was filled from the first record to the last.
func TestATimelineIsCutAndBegun(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 3 {
		s := story{packer: model.NewPacker()}
		l := New(1 << 20)
		l.LeaveRoom()
		odd(l) // which gives the sources their numbers
		prelude := l.Prelude()
		var want []Kept
		for range random.IntN(700) {
			k := s.next(prelude)
			want = append(want, k)
			prelude.Add(&k.Record, k.Last)
		}
		begin := len(want)
		for range 3 {
			for range random.IntN(700) {
				k := s.next(l)
				want = append(want, k)
				l.Add(&k.Record, k.Last)
			}
			first, next := l.Range()
			from := first + uint64(random.IntN(int(next-first)+1))
			era := l.Era()
			dropped, ok := l.Cut(from, math.MaxInt64)
			if !ok || len(dropped) != int(next-from) || (l.Era() != era) != (len(dropped) > 0) {
				t.Fatalf("%d records were dropped, not %d", len(dropped), next-from)
			}
			for i, k := range dropped {
				if i < len(dropped)/2 {
					l.Add(&k.Record, k.Last)
				}
			}
			want = want[:len(want)-(len(dropped)-len(dropped)/2)]
		}
		told(t, l, want[begin:])
		l.Prepend(prelude)
		told(t, l, want)
		if heat := l.Heat(Source{Cluster: "a"}); heat != heatOf(t, want) {
			t.Errorf("heat %v, want %v", heat, heatOf(t, want))
		}
	}
}

// Of what takes more than it may nothing is given, and all is dropped.
func TestWhatIsCutIsGivenOnlyIfItIsLittle(t *testing.T) {
	for _, less := range []int64{0, 1} {
		s := story{packer: model.NewPacker()}
		l := New(1 << 20)
		odd(l)
		bytes := int64(0)
		for i := range 300 {
			k := s.next(l)
			l.Add(&k.Record, k.Last)
			if i >= 100 {
				bytes += k.Bytes()
			}
		}
		first, _ := l.Range()
		dropped, ok := l.Cut(first+100, bytes-less)
		if ok != (less == 0) || len(dropped) != 200*int(1-less) || l.Len() != 100 {
			t.Errorf("of 200 records that take %d bytes, with room for %d less: %d are given, %v, and %d are left", bytes, less, len(dropped), ok, l.Len())
		}
	}
}

func told(t *testing.T, l *Timeline, want []Kept) {
	t.Helper()
	first, _ := l.Range()
	records := make([]Record, len(want))
	for i, k := range want {
		records[i] = k.Record
		records[i].Seq = first + uint64(i)
		if k.Last.Size() == 0 {
			continue
		}
		text, ok, err := l.Last(records[i].Seq)
		if wanted, _ := k.Last.JSON(); !ok || err != nil || string(text) != string(wanted) {
			t.Fatalf("the last version is %s, %v, %v, want %s", text, ok, err, wanted)
		}
	}
	same(t, "all", slices.Collect(l.Forward(0, Filter{})), records)
	if l.Len() != len(want) || l.Bytes() < 0 {
		t.Errorf("%d records, want %d; %d bytes", l.Len(), len(want), l.Bytes())
	}
}

func heatOf(t *testing.T, all []Kept) Heat {
	t.Helper()
	l := New(1 << 20)
	odd(l)
	for _, k := range all {
		l.Add(&k.Record, k.Last)
	}
	return l.Heat(Source{Cluster: "a"})
}

// What does not fit is dropped, the oldest first, and the newest stay.
func TestWhatIsPrependedKeepsToTheLimit(t *testing.T) {
	s := story{packer: model.NewPacker()}
	l := New(200_000)
	l.LeaveRoom()
	add := func(to *Timeline, n int) {
		for range n {
			k := s.next(to)
			to.Add(&k.Record, k.Last)
		}
	}
	odd(l)
	prelude := l.Prelude()
	add(prelude, 5000)
	add(l, 1000)
	want := slices.Collect(l.Forward(0, Filter{}))
	l.Prepend(prelude)
	got := slices.Collect(l.Forward(0, Filter{}))
	if l.Bytes() > l.Limit() || len(got) <= len(want) {
		t.Fatalf("%d records in %d bytes, limit %d", len(got), l.Bytes(), l.Limit())
	}
	same(t, "the newest", got[len(got)-len(want):], want)
}
