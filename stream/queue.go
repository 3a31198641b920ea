package stream

import (
	"context"
	"io"
	"slices"
	"sync"
)

// Queue holds messages until they are delivered. Put is for one goroutine, Peek and Drop for another; the rest is for any.
type Queue interface {
	// Put adds a message at the end, and waits where there is no room. An error is ctx's, or says why it can hold nothing.
	Put(ctx context.Context, m Message) error
	// Peek waits for messages, and gives up to most of those at the front. It is io.EOF when the last is dropped and Seal was called.
	Peek(ctx context.Context, most int) ([]Message, error)
	// Drop takes n messages off the front, which are delivered.
	Drop(n int) error
	// Seal tells that nothing will be put any more.
	Seal()
	// Len is how many messages wait, and Bytes about what they take.
	Len() int
	Bytes() int64
}

// Memory is a Queue in memory.
type Memory struct {
	most    int64
	mu      sync.Mutex
	waiting []Message
	bytes   int64
	sealed  bool
	// more and room have a value when something was put or dropped.
	more, room chan struct{}
}

// NewMemory makes a Queue that has room for messages of about so many bytes, and for one at least.
func NewMemory(bytes int64) *Memory {
	return &Memory{most: bytes, more: make(chan struct{}, 1), room: make(chan struct{}, 1)}
}

// Put implements Queue.
func (q *Memory) Put(ctx context.Context, m Message) error {
	for !q.tryPut(m) {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-q.room:
		}
	}
	wake(q.more)
	return nil
}

func (q *Memory) tryPut(m Message) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	size := int64(m.Size())
	if len(q.waiting) > 0 && q.bytes+size > q.most {
		return false
	}
	q.waiting = append(q.waiting, m)
	q.bytes += size
	return true
}

// Peek implements Queue.
func (q *Memory) Peek(ctx context.Context, most int) ([]Message, error) {
	for {
		q.mu.Lock()
		n, sealed := min(len(q.waiting), most), q.sealed
		batch := q.waiting[:n:n]
		q.mu.Unlock()
		switch {
		case n > 0:
			return batch, nil
		case sealed:
			return nil, io.EOF
		}
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-q.more:
		}
	}
}

// Drop implements Queue.
func (q *Memory) Drop(n int) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	for i := range n {
		q.bytes -= int64(q.waiting[i].Size())
		q.waiting[i] = Message{}
	}
	q.waiting = q.waiting[n:]
	if len(q.waiting) == 0 {
		q.waiting = nil
	}
	wake(q.room)
	return nil
}

// rest are the messages that were not dropped.
func (q *Memory) rest() []Message {
	q.mu.Lock()
	defer q.mu.Unlock()
	return slices.Clone(q.waiting)
}

// Seal implements Queue.
func (q *Memory) Seal() {
	q.mu.Lock()
	q.sealed = true
	q.mu.Unlock()
	wake(q.more)
}

// Len implements Queue.
func (q *Memory) Len() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.waiting)
}

// Bytes implements Queue.
func (q *Memory) Bytes() int64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.bytes
}

func wake(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
