package activity

import (
	"slices"
	"time"

	"github.com/dogwatch/dogwatch/model/timeline"
)

// window is a part of all lines: those of the records of which the Seq is at least from and below to. It is for one goroutine.
type window struct {
	runs     []*run // oldest first
	from, to uint64
	spell    *names
	told     timeline.Told // of which several watches may tell
}

// side says at which end of a window something is added.
type side uint8

const (
	older side = iota
	newer
)

// runFor finds or makes the run at one end for a record.
func (w *window) runFor(rec *timeline.Record, at side, noise bool) (r *run, isNew bool) {
	bucket := bucketOf(rec.At)
	if n := len(w.runs); n > 0 {
		r = w.runs[0]
		if at == newer {
			r = w.runs[n-1]
		}
		if r.bucket == bucket || noise && r.isQuiet() {
			return r, false
		}
	}
	r = &run{bucket: bucket}
	if at == newer {
		w.runs = append(w.runs, r)
	} else {
		w.runs = append([]*run{r}, w.runs...)
	}
	return r, true
}

// count tells how many lines the runs have, folded noise aside.
func (w *window) count() int {
	n := 0
	for _, r := range w.runs {
		n += len(r.made(w.spell))
	}
	return n
}

// trim drops runs at one end until no more lines than most are left, and tells whether it dropped any.
func (w *window) trim(at side, most int) bool {
	n, dropped := w.count(), false
	for n > most && len(w.runs) > 1 {
		dropped = true
		if at == older {
			n -= len(w.runs[0].made(w.spell))
			w.runs = w.runs[1:]
			w.from = w.runs[0].from
			continue
		}
		last := len(w.runs) - 1
		n -= len(w.runs[last].made(w.spell))
		w.to = w.runs[last].from
		w.runs = w.runs[:last]
	}
	return dropped
}

// forget drops the runs of records that are gone.
func (w *window) forget(first uint64) {
	for len(w.runs) > 0 && w.runs[0].to <= first {
		w.runs = w.runs[1:]
	}
	w.from, w.to = max(w.from, first), max(w.to, first)
}

// lines gives all lines in order. Noise is one line for each minute in which something else happened, where the first of it was.
func (w *window) lines() []Line {
	out := []Line{} // not the memory of pages that were given out
	var sum tally
	at := -1 // the place of the line that sum is of
	for _, r := range w.runs {
		own := r.made(w.spell)
		if r.noise.changes > 0 {
			if at < 0 || at < len(out)-1 && minuteOf(sum.at) != minuteOf(r.noise.at) {
				before := slices.IndexFunc(own, func(l Line) bool { return l.First > r.noise.first })
				if before < 0 {
					before = len(own)
				}
				out, own = append(out, own[:before]...), own[before:]
				sum, at = tally{}, len(out)
				out = append(out, Line{})
			}
			sum.plus(&r.noise)
			out[at] = sum.line()
		}
		out = append(out, own...)
	}
	return out
}

func minuteOf(t time.Time) int64 { return t.Unix() / 60 }
