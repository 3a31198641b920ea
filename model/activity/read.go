package activity

import (
	"fmt"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/timeline"
)

// Change is one change in full.
type Change struct {
	timeline.Record
	Source timeline.Source
	// LastVersion is the JSON of an object that was deleted, as it was; nil where that is not kept.
	LastVersion []byte
}

// Read gives the change that has a Seq. It is false where it is not remembered any more. An error is of a last version that cannot be
// unpacked.
func Read(t *timeline.Timeline, seq uint64) (c Change, ok bool, err error) {
	for r := range t.Forward(seq, timeline.Filter{}) {
		if c.Record, ok = r, r.Seq == seq; ok {
			break
		}
		return Change{}, false, nil
	}
	if !ok {
		return Change{}, false, nil
	}
	c.Source, _ = t.Source(c.Record.Source)
	if c.Type == model.Deleted {
		if c.LastVersion, _, err = t.Last(seq); err != nil {
			return Change{}, false, fmt.Errorf("reading the last version of %s: %w", c.Key, err)
		}
	}
	return c, true, nil
}
