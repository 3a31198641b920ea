package activity

import (
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/timeline"
)

const (
	// latest is how much later than another a watch may tell of a change for it to be known as the same.
	latest = time.Minute
	// leastTold is how many changes are noted before those are looked for that are too far off to be told once more.
	leastTold = 4096
)

// told notes the changes in a window of which several watches may tell, by what all of them say. The zero told has none.
type told struct {
	by      map[saying]telling
	pruneAt int
}

// saying is what is the same of a change, whoever tells of it.
type saying struct {
	uid     types.UID
	version string
	verb    model.DeltaType
}

// telling is the record that tells of it in the window.
type telling struct {
	seq uint64
	at  time.Time
}

// isTold tells whether another record in the window tells of the same change. If not, this one does from now on.
func (w *window) isTold(rec *timeline.Record) bool {
	if rec.UID == "" {
		return false
	}
	t, says := &w.told, saying{rec.UID, rec.New, rec.Type}
	// One that has left the window tells nothing any more.
	if other, ok := t.by[says]; ok && other.seq != rec.Seq && other.seq >= w.from && other.seq < w.to && other.at.Sub(rec.At).Abs() <= latest {
		return true
	}
	if t.by == nil {
		t.by, t.pruneAt = map[saying]telling{}, leastTold
	}
	t.by[says] = telling{rec.Seq, rec.At}
	if len(t.by) >= t.pruneAt {
		for says, other := range t.by {
			if other.at.Sub(rec.At).Abs() > latest {
				delete(t.by, says)
			}
		}
		t.pruneAt = max(leastTold, 2*len(t.by))
	}
	return false
}
