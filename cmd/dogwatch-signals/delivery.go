package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	utilruntime "k8s.io/apimachinery/pkg/util/runtime"

	"github.com/dogwatch/dogwatch/config"
	"github.com/dogwatch/dogwatch/metrics"
	"github.com/dogwatch/dogwatch/stream"
)

// delivery is the stream to one sink: what of it waits, and what sends it.
type delivery struct {
	sink config.Sink
	// name tells it from others, in words and metrics.
	name string
	out  *output
	*reader
	// goesOn tells that the reader was another's before, and isOther that what that told was told to somebody else.
	goesOn, isOther bool
	stream          *stream.Stream
	// stop has it send yet what waits, and cut ends it at once; nil before it begins.
	stop, cut context.CancelFunc
	// done is closed when it has ended and all is closed, and err is why it did not end well.
	done chan struct{}
	err  error
}

// reader is what hears of changes and signals. It outlives a delivery whose sink an edit gives other settings, so that nothing is lost from one to the next.
type reader struct {
	wake chan struct{}
	// inbox is what rules have found; nil where nobody told signals so far.
	inbox *inbox
	// last is the stream that follows, or did last.
	last *stream.Stream
}

// close ends it: nobody goes on with it.
func (r *reader) close() {
	r.last.Close()
	if r.inbox != nil {
		r.inbox.close()
	}
}

// newDelivery makes a delivery of where it goes, which is open. Nothing is sent before begin. With a reader it goes on where that has stopped to read; isOther
// says that it is told to somebody else.
func newDelivery(r *streamRun, out *output, from *reader, isOther bool) *delivery {
	d := &delivery{sink: out.of, name: out.to.name(), out: out, reader: from, goesOn: from != nil, isOther: isOther, done: make(chan struct{})}
	if from == nil {
		d.reader = &reader{wake: make(chan struct{}, 1)}
	}
	switch {
	case !d.sink.Signals:
	case d.inbox == nil:
		awake := d.wake
		d.inbox = &inbox{wake: func() { wake(awake) }}
	default:
		d.inbox.resume(isOther)
	}
	opts := d.options(r)
	opts.After, opts.IsOther = d.last, isOther
	d.stream = stream.New(opts)
	d.last = d.stream
	return d
}

// begin begins to send, until stop, or the end of hard. ended is given what the stream ends with, before done is closed.
func (d *delivery) begin(hard context.Context, r *streamRun, ended func(error)) {
	if n := d.out.queue.Len(); n > 0 && !d.goesOn {
		r.stderr.say("%d events wait in %s since the last time, and are sent first", n, d.sink.Spool)
	}
	hard, d.cut = context.WithCancel(hard)
	ctx, stop := context.WithCancel(hard)
	d.stop = stop
	go func() {
		defer utilruntime.HandleCrash()
		defer close(d.done)
		defer d.cut()
		ended(d.stream.Run(ctx, hard))
	}()
}

// dropSignals ends the inbox of a reader that was for signals before: who was told what is open is told that nothing is known of it any more.
func (d *delivery) dropSignals() {
	switch {
	case d.sink.Signals || d.inbox == nil:
	case d.isOther:
		d.inbox.close()
		d.inbox = nil
	default:
		d.inbox.pause(time.Now())
	}
}

// close closes all at the end of its stream, and says what that error means where it is handed over.
func (d *delivery) close(err error, how handover, say func(format string, args ...any)) {
	var left *stream.LeftError
	if errors.As(err, &left) {
		left.Untold = left.Untold && how == none // else the next one tells them
		switch {
		case how == withMessages, left.Waiting == 0 && !left.Untold:
			err = nil
		case d.sink.Spool != "" && !left.Untold:
			say("%v: they are in %s, for the next time", left, d.sink.Spool)
			err = nil
		}
	}
	if how == none {
		d.reader.close()
	}
	d.err = errors.Join(err, d.out.close())
}

func (d *delivery) options(r *streamRun) stream.Options {
	say := r.stderr.say
	if d.sink.Line > 0 { // there may be several
		say = func(format string, args ...any) { r.stderr.say("%s: %s", d.name, fmt.Sprintf(format, args...)) }
	}
	opts := stream.Options{
		Follow: stream.FollowerOptions{
			Sources: r.sources, Wake: d.wake, Noise: r.quiet, SkipNoise: d.sink.SkipNoise, SkipChanges: !d.sink.Changes, Shard: r.part,
		},
		Format: formatOf(d.sink.Format), Queue: d.out.queue, Sink: d.out.sink, Drain: r.drain, Damage: d.losses,
		Send: stream.SenderOptions{
			Batch: d.sink.Batch,
			Tell:  func(what string) { say("%s", what) },
			Lost: func(m stream.Message, err error) {
				say("%s %s/%s/%s is refused, and dropped: %v", m.Type, m.Resource, m.Namespace, m.Name, err)
			},
		},
	}
	if d.inbox != nil {
		opts.Follow.More = d.inbox.take
	}
	if d.out.spool != nil {
		d.out.spool.OnFull(func(err error) {
			if err != nil {
				say("nothing can be put into the spool, trying again: %v", err)
			} else {
				say("the spool has room again")
			}
		})
	}
	return opts
}

// losses are what was lost on the way to the sender.
func (d *delivery) losses() []*stream.Notice {
	all := d.out.damage()
	if d.inbox != nil {
		all = append(all, d.inbox.losses()...)
	}
	return all
}

// has tells that a place is one that it has for itself.
func (d *delivery) has(p place) bool { return slices.ContainsFunc(d.out.places, p.isAs) }

// hasSpool tells that its spool is that of a sink, also where the folder has another name by now.
func (d *delivery) hasSpool(of *config.Sink) bool {
	return of.Spool != "" && d.has(place{what: theSpool, path: of.Spool})
}

func (d *delivery) hasEnded() bool {
	select {
	case <-d.done:
		return true
	default:
		return false
	}
}

// metrics are how it goes.
func (d *delivery) metrics() metrics.Stream {
	p := d.stream.Sender().Progress()
	fulls, full := d.out.full()
	return metrics.Stream{
		Sink: d.name, Waiting: d.out.queue.Len(), WaitingBytes: d.out.queue.Bytes(),
		Sent: p.Sent, SentBytes: p.Bytes, Failures: p.Failures + fulls, Refused: p.Refused,
		Failing: d.stream.Sender().Failing() != nil || full != nil,
	}
}

// wake gives a channel of room for one a value.
func wake(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
