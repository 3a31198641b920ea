package workspace

import (
	"bytes"
	"fmt"
	"iter"
	"strconv"
	"testing"
	"time"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/change"
	"github.com/dogwatch/dogwatch/model/timeline"
	"github.com/dogwatch/dogwatch/replay/playback"
)

// blank is a recording of one part, in which nothing is told.
type blank struct{}

func (blank) State() playback.State       { return playback.State{} }
func (blank) Spot() playback.Spot         { return playback.Spot{} }
func (blank) Follow(func()) (stop func()) { return func() {} }
func (blank) Parts() []playback.Part      { return []playback.Part{{}} }

func (blank) Retell(int, []playback.Scope) iter.Seq[playback.Told] {
	return func(func(playback.Told) bool) {}
}

func versionsOf(t *timeline.Timeline) (versions []string) {
	for r := range t.Forward(0, timeline.Filter{}) {
		versions = append(versions, r.New)
	}
	return versions
}

// What is behind the place takes no more than it may, however large changes are: what has no room is read again.
func TestWhatIsBehindThePlaceIsBounded(t *testing.T) {
	const changes, size = 160, 64 << 10
	tl := timeline.New(64 << 20)
	r := newRecorded(blank{}, tl, timeline.NewTaker(tl), func() {})
	defer r.leave()
	r.begin(0)
	for i := 1; i <= changes; i++ {
		value := append(append([]byte{'"'}, bytes.Repeat([]byte{byte('a' + i%26)}, size)...), '"')
		record := timeline.Record{
			At: time.Unix(int64(i), 0), Key: model.Key{Name: "big"}, Type: model.Updated, Old: strconv.Itoa(i - 1), New: strconv.Itoa(i),
			Fields: []timeline.Field{{Change: change.Change{Path: "data.a", New: value}}},
		}
		tl.Add(&record, model.Packed{})
		r.spots = append(r.spots, playback.Spot{Changes: i})
	}
	most, anew := 0, 0
	for at := changes - 1; at >= 0; at -= 13 {
		place := playback.Spot{Changes: at}
		r.goBack(place)
		if r.aheadBytes > mostAhead {
			t.Fatalf("%d bytes are kept of what is behind change %d, of at most %d", r.aheadBytes, at, mostAhead)
		}
		if got := len(versionsOf(tl)); got == 0 { // it is to be read again
			anew++
			break
		} else if got != at {
			t.Fatalf("%d changes are remembered up to the %dth", got, at)
		}
		most = max(most, len(r.ahead))
		before := r.aheadBytes
		further := min(at+3, changes)
		r.goOn(playback.Spot{Changes: further}, time.Now().Add(time.Hour))
		if got := versionsOf(tl); len(got) != further || got[further-1] != fmt.Sprint(further) {
			t.Fatalf("going on from %d to %d, %d are remembered", at, further, len(got))
		}
		r.goBack(place)
		if r.aheadBytes != before {
			t.Fatalf("%d bytes are kept, %d were", r.aheadBytes, before)
		}
	}
	if most < 50 || anew == 0 || len(r.ahead) > 0 || r.aheadBytes != 0 {
		t.Errorf("%d changes were kept, %d times all was dropped, and %d are still kept", most, anew, len(r.ahead))
	}
}
