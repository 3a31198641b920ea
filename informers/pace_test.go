package informers

import (
	"context"
	"errors"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

func TestBackoffGrowsAndRecovers(t *testing.T) {
	b := backoff{pace: Options{}.withDefaults().Backoff}
	now := time.Unix(1_000_000, 0)
	for _, longest := range []time.Duration{1, 2, 4, 8, 16, 30, 30} {
		longest *= time.Second
		wait := b.next(now, nil)
		if wait < longest/2 || wait > longest {
			t.Errorf("waits %s, want %s at most", wait, longest)
		}
		now = now.Add(wait)
	}
	if wait := b.next(now.Add(3*time.Minute), nil); wait > time.Second {
		t.Errorf("waits %s after minutes without a failure", wait)
	}
}

func TestBackoffObeysTheServer(t *testing.T) {
	pace := Options{}.withDefaults().Backoff
	for name, c := range map[string]struct {
		err      error
		min, max time.Duration
	}{
		"too many requests": {apierrors.NewTooManyRequests("", 20), 20 * time.Second, 21 * time.Second},
		"now":               {apierrors.NewTooManyRequests("", 0), time.Second / 2, time.Second},
		"forbidden":         {apierrors.NewForbidden(schema.GroupResource{}, "", nil), 30 * time.Second, time.Minute},
	} {
		waits := map[time.Duration]bool{}
		for range 100 {
			b := backoff{pace: pace}
			wait := b.next(time.Unix(1_000_000, 0), c.err)
			if waits[wait] = true; wait < c.min || wait > c.max {
				t.Errorf("%s: waits %s, want %s to %s", name, wait, c.min, c.max)
			}
		}
		if len(waits) < 50 { // of 250 million that may be and more
			t.Errorf("%s: many who wait come back together: %d waits of 100 differ", name, len(waits))
		}
	}
}

func TestBreaksInARowAreFailures(t *testing.T) {
	b := backoff{pace: Options{}.withDefaults().Backoff}
	now := time.Unix(1_000_000, 0)
	if wait := b.soon(now, 1); wait > b.pace.Reconnect {
		t.Errorf("waits %s after a first break", wait)
	}
	if wait := b.soon(now.Add(time.Second), 1); wait < b.pace.Initial/2 {
		t.Errorf("waits %s after a second break", wait)
	}
	if wait := b.soon(now.Add(time.Hour), 1); wait > b.pace.Reconnect {
		t.Errorf("waits %s after a break an hour later", wait)
	}
}

// Watches that break together come back together if they are few, and take the longer the more they are.
func TestACrowdComesBackSpread(t *testing.T) {
	longest := func(among int) (longest time.Duration) {
		for range 300 {
			b := backoff{pace: Options{}.withDefaults().Backoff}
			longest = max(longest, b.soon(time.Unix(1_000_000, 0), among))
		}
		return longest
	}
	within := Options{}.withDefaults().Backoff.Reconnect
	if got := longest(crowd); got > within {
		t.Errorf("%d watches take %s, want %s at most", crowd, got, within)
	}
	if got := longest(10 * crowd); got <= 5*within || got > 10*within { // that 300 are all in the first half does not happen
		t.Errorf("%d watches take %s, want %s", 10*crowd, got, 10*within)
	}
}

func TestGateLetsUrgentWatchesFirst(t *testing.T) {
	g := newGate(1)
	first, second, third, hurried, gone := &Watch{}, &Watch{}, &Watch{}, &Watch{}, &Watch{}
	third.urgent.Store(true)
	if err := g.enter(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	waiting := map[*Watch]*turn{}
	for _, w := range []*Watch{second, gone, hurried, third} {
		waiting[w] = g.queue(w)
	}
	g.hurry(hurried)
	if !g.giveUp(waiting[gone]) {
		t.Error("a waiting turn could not be given up")
	}
	for _, next := range []*Watch{hurried, third, second} {
		g.leave()
		for w, turn := range waiting {
			select {
			case <-turn.come:
				if w != next {
					t.Error("the wrong watch came next")
				}
				delete(waiting, w)
			default:
			}
		}
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := g.enter(ended, first); err == nil {
		t.Error("entered an occupied gate")
	}
	g.leave()
	if err := g.enter(t.Context(), first); err != nil || g.free != 0 {
		t.Errorf("after all left: %v, %d free", err, g.free)
	}
}

// A server that comes up denies all until it has read who may what.
func TestDenialsOfAServerThatComesUpAreDoubted(t *testing.T) {
	forbidden := apierrors.NewForbidden(schema.GroupResource{}, "", nil)
	refused := errors.New("connection refused")
	pace := Options{}.withDefaults().Backoff
	now := time.Unix(1_000_000, 0)
	fail := func(b *backoff, err error) (longest time.Duration, doubts bool) {
		for range 50 { // of the same failure, for its jitter
			again := *b
			longest = max(longest, again.next(now, err))
		}
		b.asked(err)
		b.next(now, err)
		return longest.Round(time.Second), b.doubts(err)
	}

	stranger := &backoff{pace: pace}
	fail(stranger, refused)
	if wait, doubts := fail(stranger, forbidden); wait < pace.Denied*3/4 || doubts {
		t.Errorf("never allowed: waits %s, doubts %v", wait, doubts)
	}

	restarted := &backoff{pace: pace}
	restarted.granted()
	for range 20 {
		fail(restarted, refused)
	}
	for i, longest := range []time.Duration{1, 2, 4, 8, 16, 32, 60, 60} {
		wait, doubts := fail(restarted, forbidden)
		if wait > longest*time.Second || wait < longest*time.Second/2 || doubts != (i < doubted) {
			t.Errorf("denial %d after an outage: waits %s, doubts %v", i, wait, doubts)
		}
	}

	revoked := &backoff{pace: pace}
	revoked.granted()
	revoked.next(now, refused) // a stream that broke at once
	if wait, doubts := fail(revoked, forbidden); wait > pace.Initial || doubts {
		t.Errorf("revoked: waits %s, doubts %v", wait, doubts)
	}
	revoked.granted()
	if wait, _ := fail(revoked, forbidden); wait > pace.Initial {
		t.Errorf("revoked again: waits %s", wait)
	}
}
