package stream

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
)

// endPatience is how long a sink has to return once it is told to.
const endPatience = time.Second

// Options are a stream: what is followed, how it is written, and where it goes.
type Options struct {
	// Follow says what is followed; its Put and Losses are the stream's own.
	Follow FollowerOptions
	Format *Format
	Queue  Queue
	Sink   Sink
	Send   SenderOptions
	// Drain is how long may be sent at the end what waits then.
	Drain time.Duration
	// Damage tells what the queue could not read, since it was asked last; nil is nothing ever.
	Damage func() []*Notice
	// After is a stream that has ended, and has not been closed: this one goes on where it stopped, so that between them nothing is lost, and nothing is told
	// twice that the other did not leave on its way. Follow.Wake has to be the same. IsOther says that it goes elsewhere, where what is watched is not known.
	After   *Stream
	IsOther bool
}

// Stream is a Follower and a Sender at work.
type Stream struct {
	opts     Options
	follower *Follower
	sender   *Sender
	before   []Message // of the stream before, to be put first
	untold   []*Notice // what that one has lost and not told
	mu       sync.Mutex
	refused  *Notice // what was given up since the last time, nil where nothing was
}

// New makes a stream.
func New(opts Options) *Stream {
	s := &Stream{opts: opts}
	lost := opts.Send.Lost
	opts.Send.Lost = func(m Message, err error) {
		s.noteRefused(&m, err)
		if lost != nil {
			lost(m, err)
		}
		wake(opts.Follow.Wake)
	}
	opts.Follow.Put, opts.Follow.Losses = s.put, s.losses
	s.follower, s.sender = NewFollower(opts.Follow), NewSender(opts.Queue, opts.Sink, opts.Send)
	if opts.After != nil {
		s.takeOver(opts.After)
	}
	return s
}

// takeOver takes from a stream that has ended what it has not delivered, and what it followed. What is written in another format is lost, and told as such.
func (s *Stream) takeOver(from *Stream) {
	s.opts.After = nil // it would keep all that were before
	s.follower.takeOver(from.follower, s.opts.IsOther)
	s.untold = from.losses()
	left := from.left()
	from.before = nil
	if n := len(left); n > 0 && from.opts.Format.Name != s.opts.Format.Name {
		s.noteLost(uint64(n), "they were written as "+from.opts.Format.Name+", and not delivered in time")
		left = nil
	}
	s.before = left
}

// left are the messages that were not delivered, and that no queue keeps beyond the process.
func (s *Stream) left() []Message {
	var all []Message
	if q, ok := s.opts.Queue.(*Memory); ok {
		all = q.rest()
	}
	return append(all, s.before...)
}

// Close ends following, where no other stream has taken it over. Call it after Run, or instead of it.
func (s *Stream) Close() { s.follower.leave() }

// Sender tells how it goes with what is sent.
func (s *Stream) Sender() *Sender { return s.sender }

func (s *Stream) put(ctx context.Context, e Event) error {
	m, err := newMessage(e, s.opts.Format)
	if err != nil {
		return err
	}
	return s.opts.Queue.Put(ctx, m)
}

// LeftError tells that a stream has ended before all was delivered.
type LeftError struct {
	// Waiting is how many messages are still in the queue.
	Waiting int
	// Untold says that there were changes that found no room in the queue.
	Untold bool
	// Err is why they were not sent, nil where there was only no time.
	Err error
}

func (e *LeftError) Error() string {
	said := fmt.Sprintf("%d events were not delivered", e.Waiting)
	if e.Untold {
		said += ", and some changes are not among them"
	}
	if e.Err != nil {
		said += ": " + e.Err.Error()
	}
	return said
}

// Unwrap gives why.
func (e *LeftError) Unwrap() error { return e.Err }

// Run tells what happens until ctx ends, and then what has happened until then, for as long as hard lasts and Drain says: an error of a *LeftError says that
// this was too short. It also ends where nobody reads any more, which is no error. Call it once.
func (s *Stream) Run(ctx, hard context.Context) error {
	hard, cut := context.WithCancel(hard)
	ctx, stop := context.WithCancel(ctx)
	limited := make(chan struct{})
	defer func() { stop(); cut(); <-limited }()
	context.AfterFunc(ctx, func() {
		defer close(limited)
		defer utilruntime.HandleCrash()
		timer := time.NewTimer(s.opts.Drain)
		defer timer.Stop()
		select {
		case <-timer.C:
			cut()
		case <-hard.Done():
		}
	})
	sent := make(chan error, 1)
	go func() {
		defer utilruntime.HandleCrash()
		err := s.sender.Run(hard)
		if err != nil { // nothing that comes now can be sent
			stop()
			cut()
		}
		sent <- err
	}()
	followErr := s.follow(ctx, hard)
	s.opts.Queue.Seal()
	stop()
	return s.end(followErr, s.await(hard, sent))
}

// follow puts what the stream before has left, and then what happens.
func (s *Stream) follow(ctx, hard context.Context) error {
	for len(s.before) > 0 {
		if err := s.opts.Queue.Put(hard, s.before[0]); err != nil {
			return fmt.Errorf("putting what was left: %w", err)
		}
		s.before = s.before[1:]
	}
	return s.follower.Run(ctx, hard)
}

// errStuck tells that a sink has not returned in time.
var errStuck = errors.New("what was being written is not taken")

// await waits until the sender has ended. A write that blocks is not waited for for ever: nothing could end it.
func (s *Stream) await(hard context.Context, sent <-chan error) error {
	select {
	case err := <-sent:
		return err
	case <-hard.Done():
	}
	late := time.NewTimer(endPatience)
	defer late.Stop()
	select {
	case err := <-sent:
		return err
	case <-late.C:
		return errStuck
	}
}

// end says how the stream has ended.
func (s *Stream) end(followErr, sendErr error) error {
	cutOff := errors.Is(sendErr, context.Canceled) || errors.Is(sendErr, errStuck)
	switch {
	case errors.Is(sendErr, ErrNobody):
		return nil
	case sendErr != nil && !cutOff:
		return sendErr
	case followErr != nil && !errors.Is(followErr, context.Canceled):
		return followErr
	case followErr == nil && (sendErr == nil || s.opts.Queue.Len() == 0):
		return nil
	}
	why := s.sender.Failing()
	if why == nil && errors.Is(sendErr, errStuck) {
		why = errStuck
	}
	return &LeftError{Waiting: s.opts.Queue.Len() + len(s.before), Untold: followErr != nil, Err: why}
}

// noteRefused has it told that a message was given up. Of notices it is not told: that would be refused, too, and never end.
func (s *Stream) noteRefused(m *Message, err error) {
	if strings.HasPrefix(m.Type, noticeType) {
		return
	}
	s.noteLost(1, "refused: "+err.Error())
}

// noteLost has it told that so many messages were given up.
func (s *Stream) noteLost(n uint64, reason string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.refused == nil {
		s.refused = &Notice{Notice: Dropped, Since: time.Now()}
	}
	s.refused.Count += n
	s.refused.Reason = reason
}

// losses tells what was given up since the last time.
func (s *Stream) losses() []*Notice {
	all := s.untold
	s.untold = nil
	s.mu.Lock()
	if s.refused != nil {
		all, s.refused = append(all, s.refused), nil
	}
	s.mu.Unlock()
	if s.opts.Damage != nil {
		all = append(all, s.opts.Damage()...)
	}
	return all
}
