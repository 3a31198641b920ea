package recorder

import (
	"slices"
	"time"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/replay/recording"
)

// ordered is a Writer whose lines never go back in time: who looks for a moment reads up to the first line that is later.
type ordered struct {
	Writer
	last time.Time
}

// at is a moment, or that of the last line where it is before it: by the wall clock, which is what is written.
func (o *ordered) at(moment time.Time) time.Time {
	if moment = moment.Round(0); moment.After(o.last) {
		o.last = moment
	}
	return o.last
}

// Write writes the entry, with a moment that is not before the last line's.
func (o *ordered) Write(e recording.Entry) error {
	e.At = o.at(e.At)
	return o.Writer.Write(e)
}

// longestDrain is how long changes are taken in before the recorder looks at what else there is to do.
const longestDrain = flushEvery

// arrival is a change that is to be taken in.
type arrival struct {
	source *source
	delta  model.Delta
	merged uint64 // changes before it that were merged
}

// drain takes in the changes of all sources and writes them, in the order in which they came. Where they come as fast as they
// are written it leaves the rest for later, so that who waits for the recorder need not wait for the cluster to be quiet.
func (r *Recorder) drain() error {
	began := r.opts.Clock.Now()
	for {
		// What comes from now on may be found at one source and not yet at another that brought something before it.
		now := r.opts.Clock.Now()
		all := r.later
		for _, s := range r.sources {
			all = s.appendArrivals(all)
		}
		if len(all) == 0 {
			return nil
		}
		slices.SortStableFunc(all, func(a, b arrival) int { return a.delta.At.Compare(b.delta.At) })
		n := len(all)
		if i := slices.IndexFunc(all, func(a arrival) bool { return a.delta.At.After(now) }); i >= 0 {
			n = i
		}
		r.later = slices.Clone(all[n:])
		for _, w := range all[:n] {
			if err := r.take(w.source, w.delta, w.merged); err != nil {
				return err
			}
		}
		if now.Sub(began) >= longestDrain {
			return nil
		}
	}
}

func (s *source) appendArrivals(all []arrival) []arrival {
	deltas := s.changes.TryNext()
	merged := s.changes.Merged()
	for _, d := range deltas {
		d.ManagedFields = slices.Clone(d.ManagedFields) // it may wait longer than they are good for
		all = append(all, arrival{s, d, merged - s.merged})
		s.merged = merged
	}
	return all
}
