package activity

import (
	"cmp"
	"slices"
	"time"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/change"
	"github.com/dogwatch/dogwatch/model/timeline"
)

const (
	// together is within how many seconds changes are grouped.
	together = 5
	// many is from how many objects on changes are a Group, and oftenAt from how many changes of fewer objects.
	many    = 3
	oftenAt = 12
)

// run is the records of some seconds, as lines.
type run struct {
	bucket int64
	// from is the Seq of the first record, to that behind the last.
	from, to uint64
	at       time.Time
	groups   []*group
	byKey    map[groupKey]*group
	noise    tally
	lines    []Line // nil where they are to be made anew
}

// group is changes that become one line if they are many.
type group struct {
	first, last uint64
	at, until   time.Time
	changes     int
	objects     map[model.Key]struct{}
	namespace   string
	mixed       bool
	path        change.Path // of all changes; empty where they are not of the same
	members     []Line      // as long as there are few
}

func bucketOf(at time.Time) int64 { return at.Unix() / together }

// isQuiet tells that the run has nothing but noise.
func (r *run) isQuiet() bool { return len(r.groups) == 0 }

// covers widens the run to a record.
func (r *run) covers(rec *timeline.Record) {
	if r.to == 0 {
		r.from, r.to, r.at = rec.Seq, rec.Seq+1, rec.At
	}
	if rec.Seq < r.from {
		r.from, r.at = rec.Seq, rec.At
	}
	r.to = max(r.to, rec.Seq+1)
}

// add takes a change in. line is asked for where it is needed.
func (r *run) add(rec *timeline.Record, key groupKey, path change.Path, line func() Line) {
	r.covers(rec)
	r.lines = nil
	g := r.byKey[key]
	if g == nil {
		g = &group{first: rec.Seq, last: rec.Seq, at: rec.At, until: rec.At, namespace: rec.Key.Namespace, path: path, objects: map[model.Key]struct{}{}}
		if r.byKey == nil {
			r.byKey = map[groupKey]*group{}
		}
		r.byKey[key] = g
		r.groups = append(r.groups, g)
	}
	g.add(rec, path)
	if g.isOne() {
		g.members = append(g.members, line())
		return
	}
	if len(g.members) > 1 {
		g.members = slices.Clone(g.members[:1])
	}
}

func (g *group) add(rec *timeline.Record, path change.Path) {
	g.changes++
	g.objects[rec.Key] = struct{}{}
	g.mixed = g.mixed || rec.Key.Namespace != g.namespace
	if path != g.path {
		g.path = ""
	}
	if rec.Seq < g.first {
		g.first, g.at = rec.Seq, rec.At
	}
	if rec.Seq > g.last {
		g.last, g.until = rec.Seq, rec.At
	}
}

// isOne tells that each change has a line of its own.
func (g *group) isOne() bool { return len(g.objects) < many && g.changes < oftenAt }

// made gives the lines of what means something, in the order of their records.
func (r *run) made(spell *names) []Line {
	if r.lines != nil || r.isQuiet() {
		return r.lines
	}
	for _, g := range r.groups {
		if g.isOne() {
			r.lines = append(r.lines, g.members...)
		} else {
			r.lines = append(r.lines, g.line(spell))
		}
	}
	slices.SortFunc(r.lines, func(a, b Line) int { return cmp.Compare(a.First, b.First) })
	return r.lines
}

// line is that of many changes.
func (g *group) line(spell *names) Line {
	l := g.members[0]
	l.Kind, l.First, l.Last, l.At, l.Until = Group, g.first, g.last, g.at, g.until
	l.Changes, l.Objects, l.Mixed = g.changes, len(g.objects), g.mixed
	l.Namespace, l.Old, l.New, l.Moved, l.More = g.namespace, "", "", "", 0
	if g.mixed {
		l.Namespace = ""
	}
	if len(g.objects) > 1 {
		l.Name = ""
	}
	l.Path = l.key.what
	if g.path != "" {
		l.Path = spell.of(g.path)
	}
	return l
}
