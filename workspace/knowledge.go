package workspace

import (
	"sync"
	"time"

	"github.com/dogwatch/dogwatch/informers"
	"github.com/dogwatch/dogwatch/model/rewind"
	"github.com/dogwatch/dogwatch/model/timeline"
)

// mostGaps bounds what is kept of a watch's breaks; the oldest become one.
const mostGaps = 256

// gap is a time in which a watch was not live; gone tells that its type was not served.
type gap struct {
	from, to time.Time
	gone     bool
}

// reason says in words why nothing is known of it.
func (g gap) reason() string {
	if g.gone {
		return "it was not served"
	}
	return "its watch was not live"
}

// knowledge is since when all changes of a watch are remembered, and when it could not see any. It is told of each state of the watch, since
// a break may be over before anybody looks. Its methods are safe for concurrent use.
type knowledge struct {
	mu     sync.Mutex // guards what follows
	listed bool
	// from is the Seq of the first change behind its first list, since the time of that.
	from  uint64
	since time.Time
	gaps  []gap
	// broken is since when it is not live, zero while it is; gone tells that its type is not served since then.
	broken time.Time
	gone   bool
}

// begin tells that of what was before nothing is known: a first list has brought another object.
func (k *knowledge) begin(t *timeline.Timeline, at time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.beginLocked(t, at)
}

// reach tells that all is remembered from a Seq on, since a moment.
func (k *knowledge) reach(from uint64, since time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.listed, k.from, k.since = true, from, since
}

// setGaps tells all times in which nothing was seen.
func (k *knowledge) setGaps(gaps []gap) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.gaps = gaps
}

func (k *knowledge) beginLocked(t *timeline.Timeline, at time.Time) {
	_, k.from = t.Range()
	k.since = at
}

// look takes in what a watch is doing.
func (k *knowledge) look(s informers.State, t *timeline.Timeline, now time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if s.Synced && !k.listed {
		k.listed = true
		k.beginLocked(t, now)
	}
	live, gone := s.Phase == informers.Live, s.Phase == informers.Gone
	switch {
	case live && !k.broken.IsZero():
		k.end(now, time.Time{}, false)
	case !live && !k.broken.IsZero() && gone != k.gone:
		k.end(s.Since, s.Since, gone)
	case !live && k.listed && k.broken.IsZero():
		k.broken = s.Since
		if !s.LastHeard.IsZero() && s.LastHeard.Before(s.Since) {
			k.broken = s.LastHeard // it did not know of anything since
		}
		k.gone = gone
	}
}

// end ends the gap that is under way. Another begins at broken, unless that is zero.
func (k *knowledge) end(at, broken time.Time, gone bool) {
	k.add(gap{k.broken, at, k.gone})
	k.broken, k.gone = broken, gone
}

func (k *knowledge) add(g gap) {
	k.gaps = append(k.gaps, g)
	if len(k.gaps) > mostGaps {
		k.gaps[1].from, k.gaps[1].gone = k.gaps[0].from, k.gaps[0].gone && k.gaps[1].gone
		k.gaps = k.gaps[1:]
	}
}

// sees tells whether anything of the time between two moments was seen.
func (k *knowledge) sees(from, to time.Time) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	gaps := k.gaps
	if !k.broken.IsZero() {
		gaps = append(gaps[:len(gaps):len(gaps)], gap{from: k.broken, to: to})
	}
	return k.listed && isSeen(from, to, k.since, gaps)
}

// isSeen tells whether anything of the time between two moments was seen by who saw all since a moment, but for some gaps.
func isSeen(from, to, since time.Time, gaps []gap) bool {
	for _, g := range gaps {
		if !g.from.After(from) && g.to.After(from) {
			from = g.to // where another may begin
		}
	}
	return to.After(since) && from.Before(to)
}

// fill tells what is known up to now: a gap that is under way ends there.
func (k *knowledge) fill(w *cutWatch, now time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	w.source.From, w.source.Since, w.listed = k.from, k.since, k.listed
	w.gaps = append(w.gaps, k.gaps...)
	if !k.broken.IsZero() {
		w.gaps = append(w.gaps, gap{k.broken, now, k.gone})
	}
}

// cut is what the watches have at one moment, and what led there.
type cut struct {
	at       time.Time
	timeline *timeline.Timeline // frozen
	watches  []cutWatch
}

type cutWatch struct {
	watch  *informers.Watch
	source rewind.Source // without what judges
	gaps   []gap
	listed bool
}

// cut takes all that waits, and gives what has come of it.
func (h *history) cut() cut {
	h.step()
	c := cut{at: time.Now()}
	for _, f := range h.followed {
		deltas, objects := f.changes.Cut()
		for _, d := range deltas {
			h.batch = append(h.batch, heard{f, d})
		}
		c.watches = append(c.watches, cutWatch{
			watch: f.watch, source: rewind.Source{ID: f.id, Columns: f.watch.Store().Columns(), Objects: objects},
		})
	}
	h.takeBatch()
	c.timeline = h.timeline.Freeze()
	for i, f := range h.followed {
		f.fill(&c.watches[i], c.at)
	}
	return c
}
