package timeline

import (
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/dogwatch/dogwatch/model"
)

const (
	// LatestTold is how much later than another a source may tell of a change for it to be known as the same.
	LatestTold = time.Minute
	// leastTold is how many changes are noted before those are looked for that are too far off to be told once more.
	leastTold = 4096
)

// Told notes changes of which several sources may tell, by what all of them say. The zero Told has none. It is for one goroutine at a time.
type Told struct {
	by      map[saying]telling
	pruneAt int
}

// saying is what is the same of a change, whoever tells of it.
type saying struct {
	uid     types.UID
	version string
	verb    model.DeltaType
}

// telling is the record that tells of it.
type telling struct {
	seq uint64
	at  time.Time
}

// Has tells whether another record that was noted, and has a Seq of at least from and below to, tells of the same change. If not, this one is noted.
func (t *Told) Has(r *Record, from, to uint64) bool {
	if r.UID == "" {
		return false
	}
	says := saying{r.UID, r.New, r.Type}
	if other, ok := t.by[says]; ok && other.seq != r.Seq && other.seq >= from && other.seq < to && other.at.Sub(r.At).Abs() <= LatestTold {
		return true
	}
	if t.by == nil {
		t.by, t.pruneAt = map[saying]telling{}, leastTold
	}
	t.by[says] = telling{r.Seq, r.At}
	if len(t.by) >= t.pruneAt {
		for says, other := range t.by {
			if other.at.Sub(r.At).Abs() > LatestTold {
				delete(t.by, says)
			}
		}
		t.pruneAt = max(leastTold, 2*len(t.by))
	}
	return false
}

// Len is how many changes are noted: those of a minute, and some thousands.
func (t *Told) Len() int { return len(t.by) }
