package player

import (
	"context"
	"fmt"
	"iter"
	"sort"
	"time"

	"github.com/dogwatch/dogwatch/replay/recording"
)

// part is a segment, as far as the next one does not know better.
type part struct {
	*recording.Segment
	until time.Time // zero for the last part
}

// partsOf are a recording's segments, which are in the order of time.
func partsOf(rec *recording.Recording) []part {
	segments := rec.Segments()
	parts := make([]part, len(segments))
	for i := range segments {
		parts[i].Segment = &segments[i]
		if i > 0 {
			parts[i-1].until = segments[i].At
		}
	}
	return parts
}

// partOf is the part that an instant lies in; the first for what lies before it.
func partOf(parts []part, at time.Time) int {
	i := sort.Search(len(parts), func(i int) bool { return parts[i].At.After(at) })
	return max(i-1, 0)
}

// lines are the part's lines. What is wrong with them comes last.
func (p part) lines() iter.Seq2[*recording.Line, error] {
	return func(yield func(*recording.Line, error) bool) {
		for line, err := range p.Lines() {
			if err != nil {
				yield(nil, fmt.Errorf("segment of %s: %w", p.At.UTC().Format(time.RFC3339), err))
				return
			}
			if late := !p.until.IsZero() && line.At.After(p.until); late || !yield(line, nil) {
				return
			}
		}
	}
}

// tell tells what is wrong with the part's lines, unless the recording told it when it was opened.
func (p part) tell(note func(error), err error) {
	if !p.Cut() {
		note(err)
	}
}

// changes tells whether a line changes what is served, and so counts as a step.
func changes(kind recording.Kind) bool {
	switch kind {
	case recording.Added, recording.Modified, recording.Deleted, recording.Served:
		return true
	}
	return false
}

// patience is how many lines are read before it is looked whether they are still wanted.
const patience = 256

// wanted ends the reading of many lines when its context ends.
type wanted struct {
	ctx context.Context
	n   int
}

func (w *wanted) err() error {
	if w.n++; w.n%patience != 0 || w.ctx.Err() == nil {
		return nil
	}
	return context.Cause(w.ctx)
}
