package cluster

import "sync"

// notifier tells any number of subscribers that something changed. It is
// level-triggered: changes that a subscriber has not looked at yet are one.
type notifier struct {
	mu          sync.Mutex
	subscribers map[chan struct{}]struct{}
}

// subscribe returns a channel of one slot, and the function that ends the
// subscription. The channel is never closed.
func (n *notifier) subscribe() (<-chan struct{}, func()) {
	ch := make(chan struct{}, 1)
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.subscribers == nil {
		n.subscribers = make(map[chan struct{}]struct{})
	}
	n.subscribers[ch] = struct{}{}
	return ch, func() {
		n.mu.Lock()
		defer n.mu.Unlock()
		delete(n.subscribers, ch)
	}
}

// notify marks a change for every subscriber. It never blocks.
func (n *notifier) notify() {
	n.mu.Lock()
	defer n.mu.Unlock()
	for ch := range n.subscribers {
		wake(ch)
	}
}

// wake puts a token into a channel of one slot unless one is there.
func wake(ch chan struct{}) {
	select {
	case ch <- struct{}{}:
	default:
	}
}
