package recorder

import (
	"context"
	"testing"
	"time"

	"go.uber.org/goleak"
	clocktesting "k8s.io/utils/clock/testing"

	"github.com/dogwatch/dogwatch/replay/recording"
)

// beginnings tells each segment's header, and is due for another a minute later.
type beginnings struct {
	lines
	last  time.Time
	begun chan recording.Header
}

func (b *beginnings) due(now time.Time) bool { return now.Sub(b.last) >= time.Minute }

func (b *beginnings) Begin(h recording.Header) error {
	b.last = h.At
	b.begun <- h
	return b.lines.Begin(h)
}

// A flight recorder's files roll also while nothing happens: it is looked at the clock every second.
func TestSegmentsBeginAlsoWhileNothingHappens(t *testing.T) {
	defer goleak.VerifyNone(t)
	out := &beginnings{begun: make(chan recording.Header)}
	clock := clocktesting.NewFakeClock(time.Unix(1_800_000_000, 0))
	r := New(out, Options{
		Version: func() string { return "" }, Sources: func() []Source { return nil }, Wake: make(chan struct{}, 1), Clock: clock,
		Due: out.due,
	})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx) }()
	var last time.Time
	for i := range 3 {
		h := awaitBegin(t, out, clock)
		if h.Continues != (i > 0) || (i > 0 && !h.Follows.Equal(last)) {
			t.Errorf("segment %d continues: %v, follows %s, want %s", i, h.Continues, h.Follows, last)
		}
		last = h.At
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// awaitBegin lets time pass until a segment begins.
func awaitBegin(t *testing.T, out *beginnings, clock *clocktesting.FakeClock) recording.Header {
	t.Helper()
	deadline := time.After(30 * time.Second)
	step := time.NewTicker(time.Millisecond)
	defer step.Stop()
	for {
		select {
		case h := <-out.begun:
			return h
		case <-step.C:
			clock.Step(time.Second)
		case <-deadline:
			t.Fatal("waited in vain for a segment")
		}
	}
}
