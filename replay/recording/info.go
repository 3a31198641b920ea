package recording

import (
	"cmp"
	"errors"
	"slices"
	"time"
)

// Info is what there is to say of a recording without opening it to a moment.
type Info struct {
	// From and To are its first and last moment.
	From, To time.Time
	// Context and ServerVersion are those of the last segment.
	Context, ServerVersion string
	Segments               int
	// Size is its bytes in the file, Text those of the objects and cells in it.
	Size, Text int64
	Types      []TypeInfo
	// Busiest are the moments with the most changes, the busiest first.
	Busiest []Moment
	// Gaps are the times of which nothing is known, in their order.
	Gaps []Gap
	// Broken are the segments that have no proper end, in their order.
	Broken []Broken
}

// Broken is a segment that has no proper end.
type Broken struct {
	// From is its beginning, To the last moment of it that can be read.
	From, To time.Time
	// Next is when the next segment begins, up to which what came after To is lost. It is zero for the last segment.
	Next time.Time
	// Open tells that it ends as one does that is still being written: nothing need be lost.
	Open   bool
	Reason string
}

// TypeInfo is what a recording has of one type.
type TypeInfo struct {
	Name   TypeName
	Scopes []Scope
	// Objects is the largest number that a state held, or the changes added.
	Objects int
	Events  int
	Merged  uint64
}

// Moment is a second and the changes in it.
type Moment struct {
	At     time.Time
	Events int
}

// Gap is a time of which something is missing, and why.
type Gap struct {
	From, To time.Time
	// Type is empty where all are meant.
	Type   TypeName
	Reason string
}

// busiest is how many moments Info names.
const busiest = 5

// Info reads the whole recording.
func (r *Recording) Info() Info {
	b := infoBuilder{types: map[TypeName]*typeCount{}, seconds: map[int64]int{}}
	for i := range r.segments {
		b.segment(&r.segments[i])
	}
	return b.done()
}

type typeCount struct {
	TypeInfo
	present int
}

type infoBuilder struct {
	info    Info
	types   map[TypeName]*typeCount
	seconds map[int64]int
	gaps    GapFinder
	broken  bool // the last segment breaks off
}

func (b *infoBuilder) segment(s *Segment) {
	if b.info.Segments == 0 {
		b.info.From = s.At
	}
	header := s.Header
	header.Continues = header.Continues && !b.broken
	if b.broken {
		b.info.Broken[len(b.info.Broken)-1].Next = s.At
	}
	b.gaps.Begin(&header)
	b.info.Segments++
	b.info.Size += s.Size()
	b.info.Context, b.info.ServerVersion = s.Context, s.ServerVersion
	b.declare(s.Types)
	for _, t := range b.types {
		t.present = 0
	}
	err := s.Read(func(e *Entry) error { b.entry(e); return nil })
	var cut *CutError
	if b.broken = errors.As(err, &cut); b.broken {
		b.info.Broken = append(b.info.Broken, Broken{From: s.At, To: b.gaps.To(), Open: s.Open(), Reason: cut.Err.Error()})
	}
}

func (b *infoBuilder) declare(types []Type) {
	for _, t := range types {
		b.of(t.Name).Scopes = t.Scopes
	}
}

func (b *infoBuilder) of(name TypeName) *typeCount {
	t, ok := b.types[name]
	if !ok {
		t = &typeCount{TypeInfo: TypeInfo{Name: name}}
		b.types[name] = t
	}
	return t
}

func (b *infoBuilder) entry(e *Entry) {
	b.gaps.See(e.At)
	b.info.Text += int64(len(e.Object) + len(e.Cells))
	switch e.Kind {
	case Present, Added, Modified, Deleted:
		b.change(e)
	case Served:
		b.declare(e.Types)
		b.gaps.Served(e)
	case Watch:
		b.gaps.Watch(e)
	}
}

func (b *infoBuilder) change(e *Entry) {
	t := b.of(e.Type)
	switch e.Kind {
	case Present, Added:
		t.present++
	case Deleted:
		t.present--
	}
	t.Objects = max(t.Objects, t.present)
	t.Merged += e.Merged
	if e.Kind != Present {
		t.Events++
		b.seconds[e.At.Unix()]++
	}
}

func (b *infoBuilder) done() Info {
	b.info.To, b.info.Gaps = b.gaps.To(), b.gaps.Gaps()
	for _, t := range b.types {
		b.info.Types = append(b.info.Types, t.TypeInfo)
	}
	slices.SortFunc(b.info.Types, func(x, y TypeInfo) int { return cmp.Compare(x.Name, y.Name) })
	for second, n := range b.seconds {
		b.info.Busiest = append(b.info.Busiest, Moment{time.Unix(second, 0).UTC(), n})
	}
	slices.SortFunc(b.info.Busiest, func(x, y Moment) int {
		return cmp.Or(cmp.Compare(y.Events, x.Events), x.At.Compare(y.At))
	})
	b.info.Busiest = b.info.Busiest[:min(busiest, len(b.info.Busiest))]
	return b.info
}
