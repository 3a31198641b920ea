package mcp

import (
	"context"
	"sync"
)

// Marks tell who waits that something may be different. The zero Marks are ready to use, and safe for concurrent use.
type Marks struct {
	mu     sync.Mutex
	marked chan struct{} // nil while nobody waits
}

// Mark wakes all who wait. It never blocks.
func (m *Marks) Mark() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.marked != nil {
		close(m.marked)
		m.marked = nil
	}
}

func (m *Marks) next() <-chan struct{} {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.marked == nil {
		m.marked = make(chan struct{})
	}
	return m.marked
}

// wait waits until something is so, looking again at each mark. It tells whether it came to be before ctx ended.
func (m *Marks) wait(ctx context.Context, isSo func() bool) bool {
	for {
		marked := m.next()
		if isSo() {
			return true
		}
		select {
		case <-marked:
		case <-ctx.Done():
			return false
		}
	}
}
