package workspace

import (
	"iter"
	"slices"
	"sort"
	"sync/atomic"
	"time"

	"github.com/dogwatch/dogwatch/informers"
	"github.com/dogwatch/dogwatch/model/timeline"
	"github.com/dogwatch/dogwatch/replay/playback"
	"github.com/dogwatch/dogwatch/replay/recording"
)

// Recorded is a recording that is played, of which the history is read, for the watches know nothing of what is jumped over. Its methods are safe for
// concurrent use.
type Recorded interface {
	// State tells which times the recording knows nothing of.
	State() playback.State
	// Spot is the place that is shown; Follow has f, which must not wait, called when it is another one, until stop.
	Spot() playback.Spot
	Follow(f func()) (stop func())
	// Parts are the recording's parts; Retell tells what watches were told in one of them.
	Parts() []playback.Part
	Retell(part int, scopes []playback.Scope) iter.Seq[playback.Told]
}

const (
	// readAtOnce is how long the recording is read before it is looked what else there is to do, as for as long as a pause.
	readAtOnce = historyPause
	// mostAhead is how many bytes are kept of changes that are behind the place that is shown, since it was further on; more are read again.
	mostAhead = 8 << 20
	// mostLeft is of how many watches that there are no more it is still told what changed.
	mostLeft = 32
)

// recorded keeps the timeline equal to what a recording tells up to the place that is shown: what its part tells first, then, as far as there is memory,
// what the parts before it tell, the newest first. It is for the history's goroutine.
type recorded struct {
	of       Recorded
	timeline *timeline.Timeline
	taker    *timeline.Taker
	parts    []playback.Part
	reading  atomic.Bool
	forget   func()

	// sources are the watches that there are or were, of those mostLeft at most, and scopes what they ask for.
	sources []*followed
	scopes  []playback.Scope

	// now is the part that is read up to the place; nil until it is begun. first is the earliest part that is in the timeline, begins says
	// with which Seq each part begins there.
	now    *chapter
	first  int
	begins map[int]uint64
	// spots are where the changes of the present part are, in the order of the timeline; ahead are those behind the place, the next one
	// last, and aheadBytes what they take.
	spots      []playback.Spot
	ahead      []ahead
	aheadBytes int64
	// before is the part before the first, which is being read; full tells that there is no memory for it.
	before *prelude
	full   bool
}

// ahead is a change that is behind the place.
type ahead struct {
	timeline.Kept
	spot playback.Spot
}

// prelude is a part that is read into a timeline of its own.
type prelude struct {
	*chapter
	timeline *timeline.Timeline
	taker    *timeline.Taker
}

func newRecorded(of Recorded, t *timeline.Timeline, taker *timeline.Taker, wake func()) *recorded {
	t.LeaveRoom()
	r := &recorded{of: of, timeline: t, taker: taker, parts: of.Parts()}
	r.forget = of.Follow(wake)
	r.reading.Store(true)
	return r
}

func (r *recorded) leave() {
	r.forget()
	r.drop()
}

// drop forgets all that is being read.
func (r *recorded) drop() {
	if r.now != nil {
		r.now.close()
	}
	if r.before != nil {
		r.before.close()
	}
	r.now, r.before, r.full = nil, nil, false
	r.forgetSpots()
}

// forgetSpots forgets where changes of the present part are.
func (r *recorded) forgetSpots() { r.spots, r.ahead, r.aheadBytes = nil, nil, 0 }

// stepRecorded reads the recording on, once the watches have listed what is there now: that is wanted first.
func (h *history) stepRecorded() {
	for _, f := range h.followed {
		if s := f.watch.State(); s.Phase == informers.Listing && !s.Synced {
			return
		}
	}
	r, before := h.recorded, h.state()
	for _, f := range h.followed {
		r.add(f, h.followed)
	}
	if r.step() {
		h.nudge()
	}
	if h.state() != before {
		h.redraw()
	}
}

// add has the history of a watch read too, for which all is read anew. One that there was before is read already. now are those that there are.
func (r *recorded) add(f *followed, now []*followed) {
	id := f.watch.Identity()
	if i := slices.IndexFunc(r.sources, func(s *followed) bool { return s.watch.Identity() == id }); i >= 0 {
		if r.sources[i] != f {
			r.sources[i] = f
			r.reach()
		}
		return
	}
	scope := playback.Scope{Resource: id.GVR, Namespace: id.Namespace, LabelSelector: id.LabelSelector, FieldSelector: id.FieldSelector}
	if served := f.watch.State().Type.GVR; !served.Empty() {
		scope.Resource = served
	}
	r.drop()
	r.sources, r.scopes = append(r.sources, f), append(slices.Clone(r.scopes), scope)
	r.leaveOut(now)
}

// leaveOut leaves out the watches that there are no more and that came first, where they are too many. All is to be read anew.
func (r *recorded) leaveOut(now []*followed) {
	left := func(s *followed) bool {
		return !slices.ContainsFunc(now, func(f *followed) bool { return f.watch.Identity() == s.watch.Identity() })
	}
	gone := 0
	for i, s := range slices.Backward(r.sources) {
		if !left(s) {
			continue
		}
		if gone++; gone > mostLeft {
			r.sources, r.scopes = slices.Delete(r.sources, i, i+1), slices.Delete(r.scopes, i, i+1)
		}
	}
}

// step reads on for a moment, and tells whether there is more.
func (r *recorded) step() (more bool) {
	if len(r.sources) == 0 {
		return false
	}
	place, until := r.of.Spot(), time.Now().Add(readAtOnce)
	r.lookForGaps()
	if !r.mayGoOn(place.Part) {
		r.begin(place.Part)
	}
	r.goBack(place)
	more = !r.goOn(place, until) || r.readBefore(until)
	if r.reading.Swap(more) != more {
		r.timeline.Tell()
	}
	return more
}

// mayGoOn tells whether a part is, or follows, one that is in the timeline. Where what was before the parts there had no room, it is looked whether
// it has for an earlier one.
func (r *recorded) mayGoOn(part int) bool {
	switch {
	case r.now == nil || part > r.now.part+1:
		return false
	case r.full:
		return part >= r.now.part
	}
	return part >= r.first
}

// begin begins anew with a part.
func (r *recorded) begin(part int) {
	r.drop()
	r.timeline.Clear()
	r.first, r.begins = part, map[int]uint64{}
	r.open(part)
	r.reach()
}

// open begins to read a part, in the timeline behind all that is there.
func (r *recorded) open(part int) {
	if r.now != nil {
		r.now.close()
	}
	r.now = newChapter(r, part)
	r.forgetSpots()
	_, r.begins[part] = r.timeline.Range()
}

// reach says how far back changes are known.
func (r *recorded) reach() {
	if r.now == nil {
		return
	}
	for _, f := range r.sources {
		f.reach(r.begins[r.first], r.parts[r.first].Begin)
	}
}

// goBack takes out of the timeline what is behind the place.
func (r *recorded) goBack(place playback.Spot) {
	if place.Part < r.now.part {
		r.timeline.Cut(r.begins[place.Part], 0)
		r.open(place.Part)
		return
	}
	n := sort.Search(len(r.spots), func(i int) bool { return r.spots[i].Compare(place) > 0 })
	if n == len(r.spots) {
		return
	}
	begin := r.begins[r.now.part]
	cut, ok := r.timeline.Cut(begin+uint64(n), mostAhead-r.aheadBytes)
	if !ok {
		r.timeline.Cut(begin, 0)
		r.open(r.now.part)
		return
	}
	first := len(r.spots) - len(cut) // of those before it there are no changes any more
	for i, k := range slices.Backward(cut) {
		r.ahead = append(r.ahead, ahead{k, r.spots[first+i]})
		r.aheadBytes += k.Bytes()
	}
	r.spots = r.spots[:n]
	_, next := r.timeline.Range()
	r.begins[r.now.part] = next - uint64(n)
}

// next takes the next of the changes that are behind the place, if that has come to it.
func (r *recorded) next(place playback.Spot) (next ahead, ok bool) {
	last := len(r.ahead) - 1
	if last < 0 || r.ahead[last].spot.Compare(place) > 0 {
		return ahead{}, false
	}
	next, r.ahead[last] = r.ahead[last], ahead{}
	r.ahead = r.ahead[:last]
	r.aheadBytes -= next.Bytes()
	return next, true
}

// goOn takes into the timeline what comes up to the place, and tells whether that is all there.
func (r *recorded) goOn(place playback.Spot, until time.Time) (done bool) {
	for next, ok := r.next(place); ok; next, ok = r.next(place) {
		r.timeline.Add(&next.Record, next.Last)
		r.spots = append(r.spots, next.spot)
	}
	for len(r.ahead) == 0 {
		told, ok := r.now.peek()
		switch {
		case !ok && place.Part > r.now.part:
			r.turn()
			continue
		case !ok || told.Spot.Compare(place) > 0:
			return true
		}
		r.take(told)
		if time.Now().After(until) {
			return false
		}
	}
	return true
}

// turn goes on with the next part, whose state is what there is by now, but for what nobody saw.
func (r *recorded) turn() {
	former := r.now
	r.open(former.part + 1)
	r.now.replicas, r.now.types = former.replicas, former.types
}

// take takes in what is told.
func (r *recorded) take(told playback.Told) {
	_, before := r.timeline.Range()
	differs := r.now.take(told, r.taker)
	_, after := r.timeline.Range()
	for range after - before {
		r.spots = append(r.spots, told.Spot)
	}
	if f := r.sources[told.Scope]; differs {
		f.reach(after, told.At)
	}
}

// readBefore reads the part before the first one, and tells whether there is more to read.
func (r *recorded) readBefore(until time.Time) (more bool) {
	if r.first == 0 || r.full {
		return false
	}
	if r.before == nil {
		t := r.timeline.Prelude()
		r.before = &prelude{newChapter(r, r.first-1), t, timeline.NewTaker(t)}
	}
	for b := r.before; ; {
		told, ok := b.peek()
		if !ok {
			break
		}
		b.take(told, b.taker)
		if time.Now().After(until) {
			return true
		}
	}
	r.prepend()
	return r.first > 0 && !r.full
}

// prepend puts the part that was read before the first.
func (r *recorded) prepend() {
	b := r.before
	dropped, next := b.timeline.Range()
	first, _ := r.timeline.Range()
	r.timeline.Prepend(b.timeline)
	r.before, r.full = nil, dropped > 0
	r.first = b.part
	r.begins[b.part] = first - next // with those that were dropped
	b.close()
	r.reach()
}

// lookForGaps takes in which times the recording knows nothing of, which it finds out by and by.
func (r *recorded) lookForGaps() {
	gaps := r.of.State().Gaps
	for i, f := range r.sources {
		name := string(recording.NameOf(r.scopes[i].Resource))
		var of []gap
		for _, g := range gaps {
			if g.Type == "" || g.Type == name {
				of = append(of, gap{from: g.From, to: g.To})
			}
		}
		f.setGaps(of)
	}
}
