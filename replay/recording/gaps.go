package recording

import (
	"cmp"
	"slices"
	"time"
)

// GapFinder finds the gaps of a recording whose segments are told to it in order. The zero value is ready for use, by one
// goroutine.
type GapFinder struct {
	begun bool
	to    time.Time // the last moment that was told
	found []Gap
	blind map[TypeName]Gap // of types whose watch is not live
}

// Begin takes in a segment's header.
func (g *GapFinder) Begin(h *Header) {
	if g.begun && !h.Continues {
		g.found = append(g.found, Gap{From: g.to, To: h.At, Reason: "nobody recorded"})
	}
	g.begun = true
	g.See(h.At)
}

// See takes in the moment of any line.
func (g *GapFinder) See(at time.Time) {
	if at.After(g.to) {
		g.to = at
	}
}

// Watch takes in an entry of that kind.
func (g *GapFinder) Watch(e *Entry) {
	gap, blind := g.blind[e.Type]
	switch {
	case e.Live && blind:
		gap.To = e.At
		if gap.To.After(gap.From) {
			g.found = append(g.found, gap)
		}
		delete(g.blind, e.Type)
	case !e.Live && !blind:
		if g.blind == nil {
			g.blind = map[TypeName]Gap{}
		}
		g.blind[e.Type] = Gap{From: e.At, Type: e.Type, Reason: e.Reason}
	}
}

// To is the last moment that was told.
func (g *GapFinder) To() time.Time { return g.to }

// Gaps are those found so far, in order; those that are open yet end at the last moment that was told.
func (g *GapFinder) Gaps() []Gap {
	gaps := slices.Clone(g.found)
	for _, gap := range g.blind {
		gap.To = g.to
		gaps = append(gaps, gap)
	}
	slices.SortFunc(gaps, func(x, y Gap) int {
		return cmp.Or(x.From.Compare(y.From), cmp.Compare(x.Type, y.Type))
	})
	return gaps
}
