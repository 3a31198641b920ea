package stream

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"k8s.io/apimachinery/pkg/util/wait"
)

// Default paces of a Sender.
const (
	defaultBatch = 100
	firstWait    = 500 * time.Millisecond
	longestWait  = 30 * time.Second
	// longestAsked is the longest wait that a sink can ask for.
	longestAsked = 10 * time.Minute
	jitter       = 0.5
	// leastSilence is from when on a sink that does not answer is why messages are left: before that there was only no time.
	leastSilence = time.Second
)

// SenderOptions adjust a Sender.
type SenderOptions struct {
	// Batch is how many messages are sent at once; 0 is 100.
	Batch int
	// FirstWait and LongestWait are between tries; 0 is 500 ms and 30 s.
	FirstWait, LongestWait time.Duration
	// Tell says in words that sending fails, or works again; nil tells nobody.
	Tell func(string)
	// Lost is called when a message is refused for good, before Run goes on; nil is not.
	Lost func(Message, error)
}

// Sender gives what is in a Queue to a Sink, until that has taken it. It has no goroutine of its own.
type Sender struct {
	queue Queue
	sink  Sink
	opts  SenderOptions
	sent  atomic.Uint64
	bytes atomic.Uint64
	fails atomic.Uint64
	lost  atomic.Uint64

	mu      sync.Mutex
	failing error // nil while all goes well
}

// NewSender makes a Sender.
func NewSender(queue Queue, sink Sink, opts SenderOptions) *Sender {
	if opts.Batch <= 0 {
		opts.Batch = defaultBatch
	}
	if opts.FirstWait <= 0 {
		opts.FirstWait = firstWait
	}
	if opts.LongestWait <= 0 {
		opts.LongestWait = longestWait
	}
	if opts.Tell == nil {
		opts.Tell = func(string) {}
	}
	if opts.Lost == nil {
		opts.Lost = func(Message, error) {}
	}
	return &Sender{queue: queue, sink: sink, opts: opts}
}

// Run sends until the queue is sealed and empty. An error is ErrNobody, ctx's, or of a queue that cannot be read. Call it once.
func (s *Sender) Run(ctx context.Context) error {
	pace := s.pace()
	var failing outage
	for {
		batch, err := s.queue.Peek(ctx, s.opts.Batch)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("reading what is to be sent: %w", err)
		}
		began := time.Now()
		taken, err := s.sink.Send(ctx, batch)
		if dropErr := s.drop(batch, taken, &err); dropErr != nil {
			return dropErr
		}
		if err == nil {
			if words := failing.end(time.Now()); words != "" {
				s.opts.Tell(words)
			}
			pace = s.pace()
			s.note(nil)
			continue
		}
		if errors.Is(err, ErrNobody) {
			return err
		}
		if ended := ctx.Err(); ended != nil {
			s.noteEnd(err, ended, taken, time.Since(began))
			return ended
		}
		if taken > 0 {
			pace = s.pace()
		}
		s.fails.Add(1)
		s.note(err)
		if words := failing.goOn(err, time.Now()); words != "" {
			s.opts.Tell(words)
		}
		if err := sleep(ctx, delay(&pace, err)); err != nil {
			return err
		}
	}
}

// sayAgain is how long the reason of an outage that was said holds, though it has become another.
const sayAgain = time.Minute

// outage is a time in which nothing can be sent, and what was said of it.
type outage struct {
	since, said time.Time // zero while there is none
	reason      string
}

// goOn gives the words for another failure; none where it is known that nothing can be sent, and why.
func (o *outage) goOn(err error, now time.Time) string {
	reason := err.Error()
	switch {
	case o.since.IsZero():
		o.since = now
	case reason == o.reason, now.Sub(o.said) < sayAgain:
		return ""
	}
	o.said, o.reason = now, reason
	return "cannot send, trying again: " + reason
}

// end gives the words for its end; none where there was none.
func (o *outage) end(now time.Time) string {
	since := o.since
	*o = outage{}
	if since.IsZero() {
		return ""
	}
	return "sending again, after " + now.Sub(since).Round(time.Second).String()
}

// drop takes what was delivered off the queue, and a message that is refused for good: that error is over with it.
func (s *Sender) drop(batch []Message, taken int, err *error) error {
	for i := range batch[:taken] {
		s.bytes.Add(uint64(len(batch[i].Body)))
	}
	s.sent.Add(uint64(taken))
	var refused *RefusedError
	if errors.As(*err, &refused) && taken < len(batch) {
		s.lost.Add(1)
		s.opts.Lost(batch[taken], refused)
		taken++
		*err = nil
	}
	if taken == 0 {
		return nil
	}
	if dropErr := s.queue.Drop(taken); dropErr != nil {
		return fmt.Errorf("noting what was sent: %w", dropErr)
	}
	return nil
}

func (s *Sender) pace() wait.Backoff {
	const steps, factor = 1 << 30, 2
	return wait.Backoff{Duration: s.opts.FirstWait, Factor: factor, Jitter: jitter, Steps: steps, Cap: s.opts.LongestWait}
}

// delay is how long to wait after an error.
func delay(pace *wait.Backoff, err error) time.Duration {
	d := pace.Step()
	var later *LaterError
	if errors.As(err, &later) {
		d = max(d, min(later.After, longestAsked))
	}
	return d
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return nil
	}
}

// noteEnd notes why messages are left whose sending was ended after so long: the sink's own trouble, or that it has not answered, where nothing else is known.
func (s *Sender) noteEnd(err, ended error, taken int, after time.Duration) {
	switch {
	case !errors.Is(err, ended):
		s.note(err)
	case s.Failing() == nil && taken == 0 && after >= leastSilence:
		s.note(fmt.Errorf("no answer for %s", after.Round(time.Second)))
	}
}

func (s *Sender) note(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failing = err
}

// Failing is why sending fails now, nil where it does not.
func (s *Sender) Failing() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failing
}

// Progress counts what a Sender has done.
type Progress struct {
	// Sent is how many messages were taken, and Bytes what their bodies took.
	Sent, Bytes uint64
	// Failures is how often sending failed, and Refused how many messages were given up.
	Failures, Refused uint64
}

// Progress may be asked at any time.
func (s *Sender) Progress() Progress {
	return Progress{Sent: s.sent.Load(), Bytes: s.bytes.Load(), Failures: s.fails.Load(), Refused: s.lost.Load()}
}
