// Package heat counts how much each object changed in each of the last minutes, noise left out. That of all objects of a watch together
// the timeline counts by itself.
package heat

import (
	"time"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/timeline"
)

// Unknown stands for the count of a minute of which nothing is known.
const Unknown = -1

// Minutes are the counts of the last minutes, the one under way last.
type Minutes [timeline.HeatMinutes]int

// span is how long before the minute under way the first of Minutes begins.
const span = (timeline.HeatMinutes - 1) * time.Minute

// MinutesOf gives the counts up to a moment. known tells whether anything is known of a minute; one in which something was counted is.
func MinutesOf(h timeline.Heat, now time.Time, known func(from, to time.Time) bool) Minutes {
	var m Minutes
	first := now.Truncate(time.Minute).Add(-span)
	for i, n := range h.At(now) {
		m[i] = int(n)
		from := first.Add(time.Duration(i) * time.Minute)
		to := from.Add(time.Minute)
		if to.After(now) {
			to = now.Add(time.Microsecond) // a minute that begins now is a time, too
		}
		if n == 0 && !known(from, to) {
			m[i] = Unknown
		}
	}
	return m
}

// Lately is how much changed in the last minutes in what somebody sees. The zero Lately knows nothing.
type Lately struct {
	Counts timeline.Heat
	// Sees tells whether anything of the time between two moments was seen; nil is that nothing was.
	Sees func(from, to time.Time) bool
}

// At gives the counts of the last minutes up to a moment.
func (l Lately) At(now time.Time) Minutes {
	sees := l.Sees
	if sees == nil {
		sees = func(time.Time, time.Time) bool { return false }
	}
	return MinutesOf(l.Counts, now, sees)
}

// Plus adds another's counts. Where only one of both is known and counted nothing, that says nothing of both.
func (m Minutes) Plus(other Minutes) Minutes {
	for i, n := range other {
		switch {
		case n > 0 && m[i] > 0:
			m[i] += n
		case n > 0 || n == Unknown && m[i] == 0:
			m[i] = n
		}
	}
	return m
}

// object is one that a watch has seen; without a key it stands for all that the watch has.
type object struct {
	source timeline.SourceID
	key    model.Key
}

// counts have the heat of what changed lately.
type counts struct {
	objects map[object]timeline.Heat
	swept   int64 // the minute at which what was long ago was dropped last
}

func (c *counts) add(r *timeline.Record) {
	if c.objects == nil {
		c.objects = map[object]timeline.Heat{}
	}
	for _, of := range []object{{r.Source, r.Key}, {source: r.Source}} {
		h := c.objects[of]
		h.Add(r.At)
		c.objects[of] = h
	}
}

// takeOut undoes add.
func (c *counts) takeOut(r *timeline.Record) {
	for _, of := range []object{{r.Source, r.Key}, {source: r.Source}} {
		if h, ok := c.objects[of]; ok {
			h.TakeOut(r.At)
			c.objects[of] = h
		}
	}
}

// sweep drops what did not change lately, once a minute.
func (c *counts) sweep(now time.Time) {
	minute := now.Unix() / 60
	if minute == c.swept {
		return
	}
	c.swept = minute
	for of, h := range c.objects {
		if h.At(now) == [timeline.HeatMinutes]uint32{} {
			delete(c.objects, of)
		}
	}
}
