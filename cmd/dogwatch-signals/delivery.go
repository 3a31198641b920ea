package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	utilruntime "k8s.io/apimachinery/pkg/util/runtime"

	"github.com/dogwatch/dogwatch/config"
	"github.com/dogwatch/dogwatch/metrics"
	"github.com/dogwatch/dogwatch/stream"
)

// delivery is the stream to one sink: what of it waits, and what sends it.
type delivery struct {
	sink config.Sink
	// name tells it from others, in words and metrics.
	name   string
	out    *output
	stream *stream.Stream
	wake   chan struct{}
	// inbox is what rules have found, for who tells it; nil for none.
	inbox *inbox
	stop  context.CancelFunc // nil before it begins
	// done is closed when it has ended and all is closed, and err is why it did not end well.
	done chan struct{}
	err  error
}

// openDelivery opens where it goes. Nothing is sent before begin.
func openDelivery(r *streamRun, s config.Sink, stdout io.Writer) (*delivery, error) {
	to, err := checkSink(&s)
	if err != nil {
		return nil, err
	}
	d := &delivery{sink: s, name: to.name(), wake: make(chan struct{}, 1), done: make(chan struct{})}
	if d.out, err = openOutput(&s, to, stdout); err != nil {
		return nil, err
	}
	if s.Signals {
		d.inbox = &inbox{wake: func() { wake(d.wake) }}
	}
	d.stream = stream.New(d.options(r))
	return d, nil
}

// begin begins to send, until stop. ended is called when it has ended, before done is closed.
func (d *delivery) begin(r *streamRun, ended func()) {
	if n := d.out.queue.Len(); n > 0 {
		r.stderr.say("%d events wait in %s since the last time, and are sent first", n, d.sink.Spool)
	}
	ctx, stop := context.WithCancel(context.Background())
	d.stop = stop
	go func() {
		defer utilruntime.HandleCrash()
		defer close(d.done)
		defer stop()
		err := d.stream.Run(ctx)
		var left *stream.LeftError
		if errors.As(err, &left) && d.sink.Spool != "" && !left.Untold {
			r.stderr.say("%v: they are in %s, for the next time", left, d.sink.Spool)
			err = nil
		}
		d.err = errors.Join(err, d.out.close())
		ended()
	}()
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

// abandon closes what was opened and never began.
func (d *delivery) abandon() error { return d.out.close() }

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
	return metrics.Stream{
		Sink: d.name, Waiting: d.out.queue.Len(), WaitingBytes: d.out.queue.Bytes(),
		Sent: p.Sent, SentBytes: p.Bytes, Failures: p.Failures, Refused: p.Refused, Failing: d.stream.Sender().Failing() != nil,
	}
}

// wake gives a channel of room for one a value.
func wake(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
