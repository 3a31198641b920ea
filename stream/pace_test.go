package stream_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dogwatch/dogwatch/stream"
)

// tries gives how long a sender waits between so many tries to send, of which each ends as said.
func tries(t *testing.T, n int, fail func(try int) (taken int, err error)) []time.Duration {
	t.Helper()
	var waits []time.Duration
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		q := stream.NewMemory(1 << 20)
		for range n + 1 {
			if err := q.Put(ctx, stream.Message{ID: "x"}); err != nil {
				t.Fatal(err)
			}
		}
		last := time.Now()
		sink := &collector{changed: make(chan struct{}, 1), send: func(context.Context, []stream.Message) (int, error) {
			waits, last = append(waits, time.Since(last)), time.Now()
			if len(waits) > n {
				stop()
			}
			return fail(len(waits))
		}}
		if err := stream.NewSender(q, sink, stream.SenderOptions{}).Run(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("it ends with %v", err)
		}
	})
	return waits[1:]
}

// It is tried again after half a second, then twice as long each time up to 30 s, and up to half as much longer by chance, so that many do not come at once.
func TestTriesComeLaterAndLater(t *testing.T) {
	down := errors.New("down")
	waits := tries(t, 12, func(int) (int, error) { return 0, down })
	byChance := 0
	for i, want := 0, 500*time.Millisecond; i < len(waits); i, want = i+1, min(2*want, 30*time.Second) {
		if waits[i] < want || waits[i] > want*3/2 {
			t.Errorf("try %d comes after %s, not %s or up to half more", i+1, waits[i], want)
		}
		if waits[i] != want {
			byChance++
		}
	}
	if byChance < len(waits)/2 {
		t.Errorf("they come after %s, as those of all others", waits)
	}
}

// What is taken shows that it works again: the next try is soon.
func TestATryThatTakesSomethingIsFollowedSoon(t *testing.T) {
	down := errors.New("down")
	waits := tries(t, 8, func(try int) (int, error) {
		if try == 5 {
			return 1, down
		}
		return 0, down
	})
	if waits[3] < 4*time.Second || waits[4] > time.Second || waits[5] < time.Second {
		t.Errorf("they come after %s", waits)
	}
	waits = tries(t, 8, func(try int) (int, error) {
		if try == 5 {
			return 1, nil
		}
		return 0, down
	})
	if waits[3] < 4*time.Second || waits[4] != 0 || waits[5] > time.Second {
		t.Errorf("after one that went well they come after %s", waits)
	}
}

// Who takes events may say when, up to ten minutes; sooner than it would be tried anyway it is not.
func TestWhoTakesEventsSaysWhen(t *testing.T) {
	for after, want := range map[time.Duration]time.Duration{time.Minute: time.Minute, time.Hour: 10 * time.Minute} {
		waits := tries(t, 2, func(int) (int, error) { return 0, &stream.LaterError{Err: errors.New("later"), After: after} })
		if waits[0] != want || waits[1] != want {
			t.Errorf("asked to wait %s it waits %s", after, waits)
		}
	}
	if waits := tries(t, 2, func(int) (int, error) { return 0, &stream.LaterError{Err: errors.New("later"), After: 1} }); waits[1] < time.Second {
		t.Errorf("asked to wait 1 ns it waits %s", waits)
	}
}

// That a sink does not answer is why events are left at the end, unless it had no time to, or was in trouble before.
func TestWhoDoesNotAnswerIsWhyEventsAreLeft(t *testing.T) {
	down := errors.New("down")
	for name, c := range map[string]struct {
		drain  time.Duration
		before error // what the first try ends with
		want   string
	}{
		"silent":         {12 * time.Second, nil, "1 events were not delivered: no answer for 12s"},
		"no time":        {time.Second / 2, nil, "1 events were not delivered"},
		"in trouble too": {12 * time.Second, down, "1 events were not delivered: down"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				q := stream.NewMemory(1 << 20)
				if err := q.Put(t.Context(), stream.Message{ID: "x"}); err != nil {
					t.Fatal(err)
				}
				before := c.before
				sink := &collector{changed: make(chan struct{}, 1), send: func(ctx context.Context, _ []stream.Message) (int, error) {
					if err := before; err != nil {
						before = nil
						return 0, err
					}
					<-ctx.Done()
					return 0, fmt.Errorf("posting: %w", ctx.Err())
				}}
				ended, end := context.WithCancel(t.Context())
				end()
				follow := stream.FollowerOptions{Sources: func() []stream.Source { return nil }, Wake: make(chan struct{}, 1)}
				s := stream.New(stream.Options{Follow: follow, Format: stream.JSON(), Queue: q, Sink: sink, Drain: c.drain})
				if err := s.Run(ended, t.Context()); err == nil || err.Error() != c.want {
					t.Errorf("it ends with %v", err)
				}
			})
		})
	}
}
