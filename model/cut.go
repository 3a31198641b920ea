package model

import "math"

// Cut gives all that waits, and the Store's objects, in no order: those that an empty set has become once all that was delivered, these
// deltas too, is applied to it. Nothing happens in between. Its cost grows with the number of objects.
func (q *Subscription) Cut() (deltas []Delta, objects []*Object) {
	for {
		waiting, closed := q.take()
		deltas = append(deltas, waiting...)
		if closed {
			return deltas, nil
		}
		if objects, ok := q.cut(); ok {
			return deltas, objects
		}
	}
}

// cut gives the objects, unless there is something to take first.
func (q *Subscription) cut() (objects []*Object, ok bool) {
	q.store.mu.RLock()
	defer q.store.mu.RUnlock()
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed || len(q.pending) > 0 || q.next != math.MaxInt {
		return nil, q.closed
	}
	objects = make([]*Object, 0, len(q.store.index))
	for _, o := range q.store.slots {
		if o != nil {
			objects = append(objects, o)
		}
	}
	return objects, true
}
