package workspace

import (
	"time"

	"github.com/dogwatch/dogwatch/informers"
	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/heat"
	"github.com/dogwatch/dogwatch/model/noise"
)

// newHeats counts how much changed before the moment that is shown, of each object and of each watch.
func (r *Rewind) newHeats(rules *noise.Rules) *heat.Rows {
	heats := heat.New(heat.Options{
		Timeline: r.changes, IsNoise: isNoise(rules.NewJudge()), Now: r.past.Now, IsSteered: true, Changed: r.ws.opts.Changed,
	})
	heats.Open()
	return heats
}

// heatOf is how much an object had changed lately or, without a key, all that a watch saw.
func (r *Rewind) heatOf(of informers.Identity, key model.Key) heat.Lately {
	for watch, place := range r.places {
		if watch.Identity() == of {
			return r.heatAt(place, key)
		}
	}
	return heat.Lately{}
}

func (r *Rewind) heatAt(place int, key model.Key) heat.Lately {
	since := r.since[place]
	return both(r.heats.Of(r.ids[place], key), func(from, to time.Time) bool { return isSeen(from, to, since, r.gaps[place]) })
}

// knownSince is since when all changes of a watch are remembered that lead to a cut.
func (r *Rewind) knownSince(w *cutWatch, at time.Time) time.Time {
	switch begin := r.past.Begin(); {
	case !w.listed:
		return at
	case w.source.Since.Before(begin):
		return begin
	}
	return w.source.Since
}
