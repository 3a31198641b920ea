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
	if g.begun && !h.Continues && !h.At.Before(g.to) { // recordings that were joined may overlap
		g.found = append(g.found, Gap{From: g.to, To: h.At, Reason: "nobody recorded"})
	}
	g.begun = true
	g.See(h.At)
	g.served(h.At, h.Types)
}

// See takes in the moment of any line.
func (g *GapFinder) See(at time.Time) {
	if at.After(g.to) {
		g.to = at
	}
}

// Watch takes in an entry of that kind.
func (g *GapFinder) Watch(e *Entry) {
	_, blind := g.blind[e.Type]
	switch {
	case e.Live && blind:
		g.end(e.Type, e.At)
	case !e.Live && !blind:
		if g.blind == nil {
			g.blind = map[TypeName]Gap{}
		}
		g.blind[e.Type] = Gap{From: e.At, Type: e.Type, Reason: e.Reason}
	}
}

// Served takes in an entry of that kind: nothing is missed of a type that is not served, or not recorded any more.
func (g *GapFinder) Served(e *Entry) { g.served(e.At, e.Types) }

func (g *GapFinder) served(at time.Time, types []Type) {
	for name := range g.blind {
		if !slices.ContainsFunc(types, func(t Type) bool { return t.Name == name }) {
			g.end(name, at)
		}
	}
}

// end ends the gap of a type.
func (g *GapFinder) end(name TypeName, at time.Time) {
	gap := g.blind[name]
	if gap.To = at; gap.To.After(gap.From) {
		g.found = append(g.found, gap)
	}
	delete(g.blind, name)
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
