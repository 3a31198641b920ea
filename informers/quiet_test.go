package informers

import (
	"testing"
	"time"

	testclock "k8s.io/utils/clock/testing"
)

// A quiet watch that is ended with 410 after a while, as a server does that goes to another time, has not failed.
func TestQuietWatchesThatExpireAreListedAtOnce(t *testing.T) {
	clock := testclock.NewFakeClock(time.Now())
	opts := quick()
	opts.Clock = clock
	opts.Backoff.Initial, opts.Backoff.Max = time.Hour, time.Hour
	s := newScript(t, opts)
	w, l := s.add()
	for range 5 {
		r := s.next()
		if !r.isStreamedList() {
			t.Fatalf("asked for %s", r.query)
		}
		r.say(row("ADDED", "a", "1"))
		r.say(bookmarkAt("2", true))
		w.phase(l, Live)
		clock.Step(fruitful)
		r.say(event1("ERROR", `{"kind":"Status","reason":"Expired","code":410,"message":"too old"}`))
	}
}
