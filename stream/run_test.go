package stream_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dogwatch/dogwatch/stream"
)

// quickly is a pace at which a test can wait for retries.
func quickly() stream.SenderOptions {
	return stream.SenderOptions{FirstWait: time.Millisecond, LongestWait: 5 * time.Millisecond, Batch: 7}
}

// A sink that fails now and then, after it has taken a part, gets each event, in the order of each object.
func TestNothingIsLostWhereASinkFails(t *testing.T) {
	w := newWorld(t, "pods")
	random := rand.New(rand.NewPCG(1, 2))
	said := make(chan string, 10000)
	sink := &collector{changed: make(chan struct{}, 1), send: func(_ context.Context, batch []stream.Message) (int, error) {
		switch random.IntN(3) {
		case 0:
			return random.IntN(len(batch) + 1), errors.New("now and then")
		case 1:
			return 0, &stream.LaterError{Err: errors.New("later"), After: time.Millisecond}
		}
		return len(batch), nil
	}}
	opts := stream.Options{Sink: sink, Send: quickly()}
	opts.Send.Tell = func(what string) { said <- what }
	r := w.start(opts)
	r.sink = sink
	r.awaitWatching()
	const changes = 200
	for i := range changes {
		w.label("web-"+strconv.Itoa(i%3), strconv.Itoa(i))
	}
	r.await("the last change", func(e told) bool {
		return strings.Contains(fmt.Sprint(e["fields"]), "new:"+strconv.Itoa(changes-1)+" ")
	})
	if err := r.end(); err != nil {
		t.Error(err)
	}
	seen, last := map[string]bool{}, map[string]string{}
	for i, e := range sink.events(t) {
		if e.object() == "" {
			continue
		}
		id := sink.all()[i].ID
		if seen[id] {
			t.Errorf("%s came twice: only what was not taken is to be sent again", id)
		}
		seen[id] = true
		if before, now := last[e.object()], fmt.Sprint(e["oldVersion"]); before != "" && now != before {
			t.Errorf("%s changes from version %s after %s", e.object(), now, before)
		}
		last[e.object()] = fmt.Sprint(e["newVersion"])
	}
	if len(seen) != changes {
		t.Errorf("%d of %d changes came", len(seen), changes)
	}
	if first := <-said; !strings.HasPrefix(first, "cannot send, trying again: ") {
		t.Errorf("it says %q", first)
	}
}

// What will never be taken is given up, and that is told once in the stream; a notice that is refused is not told for ever.
func TestWhatIsRefusedIsTold(t *testing.T) {
	w := newWorld(t, "pods")
	sink := &collector{changed: make(chan struct{}, 1), send: func(_ context.Context, batch []stream.Message) (int, error) {
		for i, m := range batch {
			if m.Name == "bad" {
				return i, &stream.RefusedError{Err: errors.New("not that one")}
			}
		}
		return len(batch), nil
	}}
	r := w.start(stream.Options{Sink: sink, Send: quickly()})
	r.sink = sink
	r.awaitWatching()
	w.label("bad", "1")
	w.label("good", "1")
	r.await("the other event", func(e told) bool { return e.object() == "good" })
	e := r.await("that one was given up", func(e told) bool { return e.is(stream.Dropped) })
	if e["count"] != 1.0 || e["reason"] != "refused: not that one" {
		t.Errorf("it is told as %v", e)
	}
	for _, m := range sink.all() {
		checkSchema(t, m.Body)
	}
}

// At the end all is sent that has happened until then.
func TestTheEndIsDrained(t *testing.T) {
	w := newWorld(t, "pods")
	var slow atomic.Bool
	free := make(chan struct{})
	sink := &collector{changed: make(chan struct{}, 1), send: func(_ context.Context, batch []stream.Message) (int, error) {
		if slow.Load() {
			<-free
		}
		return len(batch), nil
	}}
	queue := stream.NewMemory(1 << 20)
	r := w.start(stream.Options{Sink: sink, Queue: queue})
	r.sink = sink
	r.awaitWatching()
	slow.Store(true)
	for i := range 50 {
		w.label("web", strconv.Itoa(i))
	}
	eventually(t, "the changes", func() bool { return queue.Len() >= 50 })
	r.stop()
	close(free)
	if err := r.end(); err != nil {
		t.Error(err)
	}
	if n := len(sink.all()); n != 51 {
		t.Errorf("%d messages came, not 51", n)
	}
}

// A drain has a limit, and what was not sent by then is said, with why, also where that comes as the limit does.
func TestADrainEnds(t *testing.T) {
	for name, fail := range map[string]func(context.Context){
		"between two tries": func(context.Context) {},
		"during a try":      func(ctx context.Context) { <-ctx.Done() },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "pods")
			down := errors.New("down")
			sink := &collector{changed: make(chan struct{}, 1), send: func(ctx context.Context, batch []stream.Message) (int, error) {
				if strings.HasPrefix(batch[0].Type, "change.") {
					fail(ctx)
					return 0, down
				}
				return 1, nil
			}}
			queue := stream.NewMemory(1 << 20)
			r := w.start(stream.Options{Sink: sink, Queue: queue, Drain: 50 * time.Millisecond, Send: quickly()})
			r.sink = sink
			r.awaitWatching()
			w.label("web", "1")
			eventually(t, "the change", func() bool { return queue.Len() > 0 })
			err := r.end()
			var left *stream.LeftError
			if !errors.As(err, &left) || left.Waiting == 0 || left.Untold || !errors.Is(err, down) {
				t.Errorf("it ends with %v", err)
			}
		})
	}
}

// A sink that never returns holds up nobody for ever.
func TestASinkThatIsStuckIsLeft(t *testing.T) {
	w := newWorld(t, "pods")
	free := make(chan struct{})
	defer close(free)
	sink := &collector{changed: make(chan struct{}, 1), send: func(_ context.Context, batch []stream.Message) (int, error) {
		<-free
		return len(batch), nil
	}}
	queue := stream.NewMemory(1 << 20)
	r := w.start(stream.Options{Sink: sink, Queue: queue, Drain: time.Millisecond})
	eventually(t, "the first event", func() bool { return queue.Len() > 0 })
	var left *stream.LeftError
	if err := r.end(); !errors.As(err, &left) || left.Waiting == 0 {
		t.Errorf("it ends with %v", err)
	}
}

func TestItEndsWhereNobodyReads(t *testing.T) {
	w := newWorld(t, "pods")
	r := w.start(stream.Options{Queue: stream.NewMemory(1), Sink: &collector{changed: make(chan struct{}, 1), send: func(context.Context, []stream.Message) (int, error) {
		return 0, fmt.Errorf("writing: %w", stream.ErrNobody)
	}}})
	r.ended = true
	if err := <-r.done; err != nil {
		t.Errorf("it ends with %v", err)
	}
}
