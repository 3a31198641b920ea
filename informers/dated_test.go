package informers

import (
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	testclock "k8s.io/utils/clock/testing"

	"github.com/dogwatch/dogwatch/model"
)

// dated is a watch that was live at a time of the test's clock, 20 s ago.
type dated struct {
	*world
	clock  *testclock.FakeClock
	server *script
	lease  *Lease
	stream request
	was    time.Time
}

func newDated(t *testing.T) *dated {
	clock := testclock.NewFakeClock(time.Unix(1_000_000, 0))
	s := newScript(t, Options{Clock: clock})
	w, l := s.add()
	d := &dated{world: w, clock: clock, server: s, lease: l, stream: s.next(), was: clock.Now()}
	d.stream.say(row("ADDED", "a", "1"))
	d.stream.say(row("ADDED", "b", "2"))
	d.stream.say(bookmarkAt("9", true))
	d.phase(l, Live)
	clock.Step(20 * time.Second)
	return d
}

// asOf waits for a phase, and fails the test if rows have another date then.
func (d *dated) asOf(p Phase, want time.Time) {
	d.Helper()
	if s := d.phase(d.lease, p); !s.LastHeard.Equal(want) || !s.Synced {
		d.Errorf("%s: rows as of %v, want %v", p, s.LastHeard.Sub(d.was), want.Sub(d.was))
	}
}

func (d *dated) holds(version string) bool {
	o, ok := d.lease.Watch().Store().Get(model.Key{Namespace: "ns", Name: "a"})
	return ok && o.ResourceVersion == version
}

// Of a list that comes in anew some rows are those of before, until it is whole: it may lack them, or be broken off.
func TestRowsKeepTheirDateUntilAllAreListedAnew(t *testing.T) {
	expired := event1("ERROR", `{"kind":"Status","reason":"Expired","code":410,"message":"too old"}`)
	first := table(`{"cells":["a",3,"5d","9d"],"object":` + strings.Replace(widget, `"resourceVersion":"7"`, `"resourceVersion":"20"`, 1) + `}`)
	for name, c := range map[string]struct {
		paged             bool
		begin, rest, last string
	}{
		"streamed": {false, row("ADDED", "a", "20"), row("ADDED", "a", "20"), bookmarkAt("30", true)},
		"in pages": {true, first, strings.TrimSuffix(strings.Replace(first, `"continue":"c","remainingItemCount":9`, `"continue":""`, 1), "}"), "}"},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDated(t)
			d.lease.Watch().paged.Store(c.paged)
			d.stream.say(expired)
			list := d.server.next()
			if list.isStreamedList() == c.paged {
				t.Fatalf("asked for %s", list.query)
			}
			list.say(c.begin)
			d.eventually("a row of the list", func() bool { return d.holds("20") })
			d.asOf(Listing, d.was)
			if c.paged {
				list.body.Close()
				list = d.server.next()
			}
			list.body.CloseWithError(io.ErrUnexpectedEOF)
			d.asOf(Retrying, d.was)

			d.lease.Watch().RetryNow()
			list = d.server.next()
			list.say(c.rest)
			d.eventually("the row again", func() bool { return d.lease.Watch().State().Listed == 1 })
			d.asOf(Listing, d.was)
			list.say(c.last)
			list.body.Close()
			if c.paged {
				d.server.next()
			}
			d.state(d.lease, "the whole list", func(s State) bool { return s.Stats.Lists == 2 })
			if s := d.lease.Watch().State(); !s.LastHeard.Equal(d.clock.Now()) {
				t.Errorf("after the list: rows as of %v, want %v", s.LastHeard.Sub(d.was), d.clock.Since(d.was))
			}
		})
	}
}

// A server that takes a watch tells at once what happened before it, unless it breaks off as soon.
func TestStreamThatIsCutAtOnceDatesNothing(t *testing.T) {
	for name, c := range map[string]struct {
		lives time.Duration
		says  string
		dates bool
	}{
		"at once":        {},
		"within a blink": {lives: fruitful - time.Millisecond},
		"after a word":   {says: row("MODIFIED", "a", "20"), dates: true},
		"after a while":  {lives: fruitful, dates: true},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDated(t)
			d.stream.body.CloseWithError(io.ErrUnexpectedEOF)
			d.asOf(Retrying, d.was)
			d.lease.Watch().RetryNow()
			again := d.server.next()
			d.phase(d.lease, Live)
			opened := d.clock.Now()
			if c.says != "" {
				again.say(c.says)
				d.eventually("the row", func() bool { return d.holds("20") })
			}
			d.clock.Step(c.lives)
			again.body.CloseWithError(io.ErrUnexpectedEOF)
			want := d.was
			if c.dates {
				want = opened
			}
			d.asOf(Retrying, want)
		})
	}
}

// A streamed list that ends before it is complete is none: what it lacks may be there.
func TestStreamedListThatEndsEarlyIsNoList(t *testing.T) {
	d := newDated(t)
	d.stream.say(event1("ERROR", `{"kind":"Status","reason":"Expired","code":410,"message":"too old"}`))
	list := d.server.next()
	list.say(row("ADDED", "a", "20"))
	list.body.Close()
	state := d.phase(d.lease, Retrying)
	if !errors.Is(state.Err, errIncomplete) || state.Stats.Lists != 1 || d.lease.Watch().Store().Len() != 2 {
		t.Errorf("%d rows, %+v", d.lease.Watch().Store().Len(), state)
	}
}
