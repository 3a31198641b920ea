package activity

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/change"
	"github.com/dogwatch/dogwatch/model/noise"
	"github.com/dogwatch/dogwatch/model/timeline"
)

// reader is the part of a Feed that its goroutine has for itself.
type reader struct {
	feed     *Feed
	timeline *timeline.Timeline
	judge    *noise.Judge
	matcher  matcher
	window   window
	sources  []source // by their SourceID

	reach     timeline.Reach
	stop      func() // ends listening; nil while the Feed is shut
	query     Query
	asked     uint64
	following bool
	// floor and ceiling bound what is looked at: floor <= Seq < ceiling.
	floor, ceiling uint64

	search search
}

// source is one of a timeline's sources.
type source struct {
	timeline.Source
	// shared tells that others are of the same type, which may tell of the same changes.
	shared bool
}

// search is the work under way.
type search struct {
	ctx    context.Context
	stale  uint64
	looked int
	total  int
	told   time.Time
	shown  bool // a page has been told of it
}

// obey does what was asked for.
func (r *reader) obey(ctx context.Context) {
	o, stale := r.feed.take()
	r.search = search{ctx: ctx, stale: stale, told: time.Now()}
	if o.isOpen && !o.open {
		r.shut()
		r.feed.changed()
		return
	}
	if o.isOpen && r.stop == nil {
		r.stop = r.timeline.Listen(r.feed.grown)
	}
	if r.stop == nil {
		return
	}
	if o.query != nil {
		r.query, r.asked = *o.query, o.asked
		r.matcher.filter = o.query.Filter
	}
	switch {
	case o.place == around:
		r.around(o.at + 1)
	case o.query != nil && o.query.In == nil && !o.query.Moment.IsZero():
		r.around(r.timeline.After(o.query.Moment))
	case o.place == newest:
		r.begin(newest)
		r.following = !o.hold && r.query.In == nil
		r.back()
	case o.place == oldest:
		r.begin(oldest)
		r.following = false
		r.forth(portion)
	case o.hold:
		r.following = false
	}
	if o.older {
		r.following = false
		r.back()
	}
	if o.newer && !r.following {
		r.forth(portion)
	}
	r.tell(false)
}

// shut lets go of all.
func (r *reader) shut() {
	if r.stop != nil {
		r.stop()
	}
	r.stop = nil
	r.window.runs, r.window.told, r.sources = nil, timeline.Told{}, nil
	r.feed.page.Store(&Page{Asked: r.asked})
}

// begin empties the window, at one end of all that is held.
func (r *reader) begin(at place) {
	first, next := r.timeline.Range()
	r.floor, r.ceiling = 0, timeline.Newest
	if in := r.query.In; in != nil {
		r.floor, r.ceiling = in.First, in.Last+1
		first, next = max(first, r.floor), min(next, r.ceiling)
	}
	edge := next
	if at == oldest {
		edge = min(first, next)
	}
	r.window.runs, r.window.from, r.window.to, r.window.told = nil, edge, edge, timeline.Told{}
}

// around looks for lines on both sides of a Seq.
func (r *reader) around(seq uint64) {
	r.begin(newest)
	edge := min(r.window.to, seq)
	r.window.from, r.window.to = edge, edge
	r.following = false
	r.back()
	r.forth(portion)
}

// catchUp takes in what was added. It tells only of how much, while nobody follows.
func (r *reader) catchUp(ctx context.Context) {
	if r.stop == nil {
		return
	}
	r.search = search{ctx: ctx, stale: r.feed.stale.Load(), told: time.Now()}
	undone, _ := r.reach.Follow(r.timeline)
	first, next := r.timeline.Range()
	if undone || first == next && r.window.to < next || r.window.to > next {
		r.begin(newest) // all was dropped, or what has not happened
		r.following = r.query.In == nil
	}
	r.window.forget(first)
	if len(r.window.runs) == 0 && r.query.In == nil {
		r.following = true // there is nothing that could stand still
	}
	if r.following {
		r.forth(most)
	}
	if r.window.from > max(first, r.floor) && r.window.count() < screenful {
		r.back() // where there is room for what has come before it
	}
	r.tell(false)
}

// tell gives out a page.
func (r *reader) tell(busy bool) {
	r.search.shown = true
	first, next := r.timeline.Range()
	r.window.forget(first)
	next, first = min(next, r.ceiling), max(first, r.floor)
	p := &Page{
		Asked: r.asked, Lines: r.window.lines(), Following: r.following, Next: r.window.to,
		AtOldest: r.window.from <= first, AtNewest: r.window.to >= next,
		Busy: busy, Looked: r.search.looked, Total: r.search.total,
	}
	if !p.AtNewest {
		p.Newer = int(next - r.window.to)
	}
	if len(r.window.runs) > 0 {
		p.Reached = r.window.runs[0].at
	}
	r.feed.publish(p)
}

// goOn counts a record that was looked at, and tells whether the search is to go on. If it takes long, it tells how far it has come.
func (r *reader) goOn() bool {
	const often = 512
	s := &r.search
	if s.looked++; s.looked%often != 0 {
		return true
	}
	if s.ctx.Err() != nil || r.feed.stale.Load() != s.stale {
		return false
	}
	if now := time.Now(); now.Sub(s.told) > patience {
		s.told = now
		r.tell(true)
	}
	return true
}

// back looks for lines before the window.
func (r *reader) back() {
	before := min(r.window.from, r.ceiling)
	r.search.total = r.total(before, true)
	want := r.window.count() + portion
	for rec := range r.timeline.Backward(before, timeline.Filter{}) {
		if rec.Seq < r.floor {
			break
		}
		r.window.from = rec.Seq
		if isNew := r.take(&rec, older); isNew {
			n := r.window.count()
			if n > want {
				break
			}
			if n >= screenful && !r.search.shown {
				r.tell(true)
			}
		}
		if !r.goOn() {
			return
		}
	}
	if r.window.trim(newer, most) {
		r.following = false
	}
}

// forth looks for lines behind the window.
func (r *reader) forth(lines int) {
	r.search.total = r.total(r.window.to, false)
	want := r.window.count() + lines
	for rec := range r.timeline.Forward(r.window.to, timeline.Filter{}) {
		if rec.Seq >= r.ceiling {
			break
		}
		r.window.to = rec.Seq + 1
		if isNew := r.take(&rec, newer); isNew && r.window.count() > want {
			if !r.following {
				break
			}
			r.window.trim(older, most)
			want = r.window.count() + lines
		}
		if !r.goOn() {
			return
		}
	}
	r.window.trim(older, most)
}

// total is how many records there are to look at on one side of a Seq.
func (r *reader) total(seq uint64, before bool) int {
	first, next := r.timeline.Range()
	first, next = max(first, r.floor), min(next, r.ceiling)
	if before {
		return int(max(seq, first) - first)
	}
	return int(next - min(seq, next))
}

// take adds a record to the window if it is wanted, and tells whether it began another run.
func (r *reader) take(rec *timeline.Record, at side) (isNew bool) {
	source := r.source(rec.Source)
	if !r.matcher.wants(&source.Source, rec) || source.shared && r.window.told.Has(rec, r.window.from, r.window.to) {
		return false
	}
	of := source.GVR.GroupResource()
	quiet := r.judge.IsNoise(of, rec)
	in := r.query.In
	if quiet && in == nil && r.query.Noise == Folded {
		run, isNew := r.window.runFor(rec, at, true)
		run.covers(rec)
		run.noise.add(rec.Seq, rec.At, of.Resource)
		return isNew
	}
	field := r.field(source, rec, quiet)
	key := r.key(source, rec, field, quiet)
	if in != nil {
		if in.Kind == Noise && !quiet || in.Kind != Noise && key != in.key {
			return false
		}
		key.what = strconv.FormatUint(rec.Seq, 10) // its own
	}
	run, isNew := r.window.runFor(rec, at, false)
	var path change.Path
	if field >= 0 {
		path = rec.Fields[field].Path
	}
	run.add(rec, key, path, func() Line { return r.line(source, rec, field, key) })
	return isNew
}

func (r *reader) source(id timeline.SourceID) *source {
	if int(id) > len(r.sources) {
		r.sources = r.sources[:0]
		types := map[timeline.Source]int{}
		all := r.timeline.Sources()
		for _, s := range all {
			types[timeline.Source{Cluster: s.Cluster, GVR: s.GVR}]++
		}
		for _, s := range all {
			r.sources = append(r.sources, source{s, types[timeline.Source{Cluster: s.Cluster, GVR: s.GVR}] > 1})
		}
	}
	if id == 0 || int(id) > len(r.sources) {
		return &source{}
	}
	return &r.sources[id-1]
}

// field is the one of a record that its line shows: what was searched for, else what tells most. It is -1 where there is none.
func (r *reader) field(s *source, rec *timeline.Record, quiet bool) int {
	if rec.Type != model.Updated {
		return -1
	}
	found := r.matcher.hits
	if best := r.mostTelling(s, rec, quiet, found); best >= 0 {
		return best
	}
	if len(found) > 0 {
		return r.mostTelling(s, rec, true, found) // all that was found is noise beside what is not
	}
	return -1
}

// mostTelling is the field that tells most, of those that were found if there are any; -1 for none. Noise counts where it is asked for.
func (r *reader) mostTelling(s *source, rec *timeline.Record, noise bool, found []int) int {
	best, rank := -1, 0
	of := s.GVR.GroupResource()
	for i := range rec.Fields {
		f := &rec.Fields[i]
		if len(found) > 0 && !slices.Contains(found, i) || !noise && r.judge.IsFieldNoise(of, &f.Change) {
			continue
		}
		if n := r.judge.Telling(of, &f.Change); best < 0 || n < rank {
			best, rank = i, n
		}
	}
	return best
}

// key is what a record has in common with others of its Group.
func (r *reader) key(s *source, rec *timeline.Record, field int, quiet bool) groupKey {
	k := groupKey{cluster: s.Cluster, of: s.GVR, verb: rec.Type, quiet: quiet, by: rec.By.Name}
	if field < 0 {
		return k
	}
	k.by = rec.ManagerOf(field).Name
	of := s.GVR.GroupResource()
	k.what = heads(rec.Fields, func(f *timeline.Field) bool { return quiet || !r.judge.IsFieldNoise(of, &f.Change) })
	return k
}

func (r *reader) line(s *source, rec *timeline.Record, field int, key groupKey) Line {
	l := Line{
		Kind: One, First: rec.Seq, Last: rec.Seq, At: rec.At, Until: rec.At, Resource: s.GVR.Resource,
		Namespace: rec.Key.Namespace, Name: rec.Key.Name, Verb: rec.Type, By: key.by, Quiet: key.quiet,
		Changes: 1 + rec.Merged, Objects: 1, key: key, Selected: s.LabelSelector != "" || s.FieldSelector != "",
	}
	if field < 0 {
		return l
	}
	f := &rec.Fields[field]
	l.Path, l.Old, l.New = r.window.spell.of(f.Path), valueText(f.Old), valueText(f.New)
	l.Moved = f.Moved()
	of := s.GVR.GroupResource()
	for i := range rec.Fields {
		if i != field && (key.quiet || !r.judge.IsFieldNoise(of, &rec.Fields[i].Change)) {
			l.More++
		}
	}
	return l
}
