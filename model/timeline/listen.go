package timeline

import (
	"slices"
	"sort"
	"sync"
	"sync/atomic"
	"time"
)

// listeners are who wants to know that there is something new.
type listeners struct {
	count atomic.Int32 // so that telling costs nothing while nobody listens
	mu    sync.Mutex
	wakes []chan<- struct{}
}

// Listen has a token put into wake, if it has room, whenever something was added or all was dropped, until stop is called. It is for
// channels with room for one: any number of changes is one token.
func (t *Timeline) Listen(wake chan<- struct{}) (stop func()) {
	l := &t.listeners
	l.mu.Lock()
	defer l.mu.Unlock()
	l.wakes = append(l.wakes, wake)
	l.count.Store(int32(len(l.wakes)))
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		if i := slices.Index(l.wakes, wake); i >= 0 {
			l.wakes = slices.Delete(l.wakes, i, i+1)
		}
		l.count.Store(int32(len(l.wakes)))
	}
}

// Tell wakes who listens, since something else is known of what is held. It never blocks.
func (t *Timeline) Tell() { t.listeners.tell() }

// tell wakes who listens. It never blocks.
func (l *listeners) tell() {
	if l.count.Load() == 0 {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, wake := range l.wakes {
		select {
		case wake <- struct{}{}:
		default:
		}
	}
}

// After gives the Seq of the first record that was heard of after a moment; that of the next one that will be added where there is none.
func (t *Timeline) After(at time.Time) uint64 {
	blocks := t.snapshot()
	i := sort.Search(len(blocks), func(i int) bool { return blocks[i].oldest > at.UnixMicro() })
	if i == 0 {
		first, _ := t.Range()
		return first
	}
	b := blocks[i-1]
	seq := b.first + uint64(b.count)
	b.each(&Filter{}, func(r *Record) bool {
		if !r.At.After(at) {
			return true
		}
		seq = r.Seq
		return false
	})
	return seq
}

// Range gives the Seq of the first record that is held, and that of the next one that will be added; they are the same where there is
// none.
func (t *Timeline) Range() (first, next uint64) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.firstSeq(), t.first + uint64(t.open.count)
}
