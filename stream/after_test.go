package stream_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/dogwatch/dogwatch/stream"
)

// cutOff is a stream that was ended at once, amid so many changes, of which its queue of that size holds as many as said.
func (w *world) cutOff(opts stream.Options, changes int, room int64, waiting int) *stream.Stream {
	w.Helper()
	queue := stream.NewMemory(room)
	opts.Queue, opts.Drain = queue, patience
	opts.Sink = down()
	s := stream.New(w.defaults(opts))
	hard, cut := context.WithCancel(w.Context())
	done := make(chan error, 1)
	go func() { done <- s.Run(hard, hard) }()
	eventually(w.T, "its being watched", func() bool { return s.Sender().Progress().Sent > 0 })
	for n := range changes {
		w.label("web", strconv.Itoa(n))
	}
	eventually(w.T, "a change", func() bool { return queue.Len() >= waiting && s.Sender().Progress().Failures > 0 })
	cut()
	var left *stream.LeftError
	if err := <-done; !errors.As(err, &left) || left.Waiting != waiting {
		w.Errorf("it ends with %v", err)
	}
	return s
}

// down is a sink that takes notices alone.
func down() *collector {
	return &collector{changed: make(chan struct{}, 1), send: func(_ context.Context, batch []stream.Message) (int, error) {
		if strings.HasPrefix(batch[0].Type, "notice.") {
			return 1, nil
		}
		return 0, errors.New("down")
	}}
}

// Where one stream ends another goes on: with what the first had not sent, what found no room, and what came between them, each once.
func TestAStreamGoesOnWhereAnotherEnded(t *testing.T) {
	for _, c := range []struct {
		isOther bool
		room    int64
		waiting int
	}{{false, 1, 1}, {true, 1, 1}, {false, 1 << 20, 20}} {
		t.Run(fmt.Sprintf("%+v", c), func(t *testing.T) {
			w, isOther := newWorld(t, "pods"), c.isOther
			first := w.cutOff(stream.Options{Format: stream.JSON()}, 20, c.room, c.waiting)
			for n := 20; n < 40; n++ {
				w.label("web", strconv.Itoa(n))
			}
			second := stream.New(w.defaults(stream.Options{After: first, Queue: stream.NewMemory(1 << 20), Sink: down(), Format: stream.JSON()}))
			first.Close() // it has nothing any more
			r := w.start(stream.Options{After: second, IsOther: isOther})
			r.await("the last change", func(e told) bool { return strings.Contains(fmt.Sprint(e["fields"]), "new:39 ") })
			if isOther {
				r.awaitWatching()
			}
			if err := r.end(); err != nil {
				t.Error(err)
			}
			var changes, notices int
			for i, e := range r.sink.events(t) {
				if e.object() == "" {
					notices++
					continue
				}
				if changes > 0 && !strings.Contains(fmt.Sprint(e["fields"]), fmt.Sprintf("new:%d ", changes)) || r.sink.all()[i].ID == "" {
					t.Fatalf("change %d is %v", changes, e)
				}
				changes++
			}
			if changes != 40 || isOther != (notices == 1) {
				t.Errorf("%d changes and %d notices are told", changes, notices)
			}
		})
	}
}

// What was written in another format cannot be sent, and is told as lost.
func TestWhatIsLeftInAnotherFormatIsTold(t *testing.T) {
	w := newWorld(t, "pods")
	first := w.cutOff(stream.Options{Format: stream.CloudEvents()}, 3, 1, 1)
	r := w.start(stream.Options{After: first})
	e := r.await("what was lost", func(e told) bool { return e.is(stream.Dropped) })
	if e["count"] != 1.0 || e["reason"] != "they were written as cloudevents, and not delivered in time" {
		t.Errorf("it is told as %v", e)
	}
	r.await("the others", func(e told) bool { return strings.Contains(fmt.Sprint(e["fields"]), "new:2 ") })
	if n := len(r.sink.events(t)); n != 3 {
		t.Errorf("%d events are told", n)
	}
	for _, m := range r.sink.all() {
		checkSchema(t, m.Body)
	}
}

// sealed is a queue that tells when it is sealed, which is when nothing is followed any more.
type sealed struct {
	*stream.Memory
	is chan struct{}
}

func (q sealed) Seal() {
	q.Memory.Seal()
	close(q.is)
}

// What was refused too late to say so is told by the next stream.
func TestWhatIsRefusedInTheEndIsToldByTheNext(t *testing.T) {
	w := newWorld(t, "pods")
	queue := sealed{stream.NewMemory(1 << 20), make(chan struct{})}
	if err := queue.Put(t.Context(), stream.Message{Type: "change.added"}); err != nil {
		t.Fatal(err)
	}
	sink := &collector{changed: make(chan struct{}, 1), send: func(_ context.Context, batch []stream.Message) (int, error) {
		<-queue.is
		if strings.HasPrefix(batch[0].Type, "notice.") {
			return 1, nil
		}
		return 0, &stream.RefusedError{Err: errors.New("not that one")}
	}}
	first := stream.New(w.defaults(stream.Options{Format: stream.JSON(), Queue: queue, Sink: sink, Drain: patience}))
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := first.Run(ctx, t.Context()); err != nil {
		t.Fatal(err)
	}
	r := w.start(stream.Options{After: first})
	if e := r.await("what was refused", func(e told) bool { return e.is(stream.Dropped) }); e["count"] != 1.0 || e["reason"] != "refused: not that one" {
		t.Errorf("it is told as %v", e)
	}
}

// A stream that is ended at once, and has delivered all, has left nothing.
func TestWhatIsCutOffWithNothingLeftEndsWell(t *testing.T) {
	w := newWorld(t, "pods")
	queue := stream.NewMemory(1 << 20)
	sink := &collector{changed: make(chan struct{}, 1)}
	s := stream.New(w.defaults(stream.Options{Format: stream.JSON(), Queue: queue, Sink: sink, Drain: patience}))
	defer s.Close()
	hard, cut := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Run(hard, hard) }()
	eventually(t, "its being watched", func() bool { return len(sink.all()) > 0 && queue.Len() == 0 })
	cut()
	if err := <-done; err != nil {
		t.Errorf("it ends with %v", err)
	}
}

// Notices find no room either, and are told by the next stream.
func TestNoticesAreHandedOver(t *testing.T) {
	w := newWorld(t, "pods")
	lost := []*stream.Notice{{Notice: stream.Merged, Count: 7}, {Notice: stream.Merged, Count: 8}}
	opts := stream.Options{Format: stream.JSON()}
	opts.Damage = func() []*stream.Notice {
		all := lost
		lost = nil
		return all
	}
	opts.Queue = stream.NewMemory(1)
	opts.Sink = &collector{changed: make(chan struct{}, 1), send: func(context.Context, []stream.Message) (int, error) { return 0, errors.New("down") }}
	first := stream.New(w.defaults(opts))
	hard, cut := context.WithCancel(w.Context())
	done := make(chan error, 1)
	go func() { done <- first.Run(hard, hard) }()
	eventually(t, "a notice", func() bool { return opts.Queue.Len() > 0 })
	cut()
	if err := <-done; err == nil {
		t.Error("it says nothing of what is left")
	}
	r := w.start(stream.Options{After: first})
	r.awaitWatching()
	var counts []any
	for _, e := range r.sink.events(t) {
		if e.is(stream.Merged) {
			counts = append(counts, e["count"])
		}
	}
	if fmt.Sprint(counts) != "[7 8]" {
		t.Errorf("told are %v", counts)
	}
	if ids := r.sink.all(); ids[0].ID == ids[1].ID || strings.TrimSuffix(ids[0].ID, "/1") != strings.TrimSuffix(ids[1].ID, "/2") {
		t.Errorf("they are called %s and %s", ids[0].ID, ids[1].ID)
	}
}

// blocked is a queue that has no room.
type blocked struct {
	*stream.Memory
	is chan struct{} // has a value when something was to be put
}

func (q blocked) Put(ctx context.Context, _ stream.Message) error {
	select {
	case q.is <- struct{}{}:
	default:
	}
	<-ctx.Done()
	return ctx.Err()
}

// What was lost is told by the next stream where there was no room to tell it.
func TestWhatIsLostBehindAFullQueueIsToldByTheNext(t *testing.T) {
	w := newWorld(t, "pods")
	queue := blocked{stream.NewMemory(1), make(chan struct{}, 1)}
	var isLost atomic.Bool
	first := stream.New(w.defaults(stream.Options{Format: stream.JSON(), Queue: queue, Sink: down(), Damage: func() []*stream.Notice {
		if !isLost.Swap(false) {
			return nil
		}
		return []*stream.Notice{{Notice: stream.Dropped, Count: 7}}
	}}))
	hard, cut := context.WithCancel(w.Context())
	done := make(chan error, 1)
	go func() { done <- first.Run(hard, hard) }()
	<-queue.is
	isLost.Store(true)
	cut()
	if err := <-done; err == nil {
		t.Error("it says nothing of what is left")
	}
	r := w.start(stream.Options{After: first})
	if e := r.await("what was lost", func(e told) bool { return e.is(stream.Dropped) }); e["count"] != 7.0 {
		t.Errorf("it is told as %v", e)
	}
}

// What another stream has left and there was no time to put is counted as not delivered, too.
func TestWhatWasLeftTwiceIsCounted(t *testing.T) {
	w := newWorld(t, "pods")
	first := w.cutOff(stream.Options{Format: stream.JSON()}, 20, 1<<20, 20)
	second := stream.New(w.defaults(stream.Options{After: first, Queue: stream.NewMemory(1), Sink: down(), Format: stream.JSON()}))
	defer second.Close()
	hard, cut := context.WithCancel(w.Context())
	done := make(chan error, 1)
	go func() { done <- second.Run(hard, hard) }()
	eventually(t, "its trying", func() bool { return second.Sender().Progress().Failures > 0 })
	cut()
	var left *stream.LeftError
	if err := <-done; !errors.As(err, &left) || left.Waiting != 20 || !left.Untold {
		t.Errorf("it ends with %v", err)
	}
}
