package informers

import "sync"

// rooms are memory for what is read, which one watch uses after the other: most are quiet, and while they are they need none. Its methods
// are safe for concurrent use.
type rooms struct{ pool sync.Pool }

// room is memory that is used again, empty.
type room struct{ text []byte }

// get gives room for firstInput bytes or more.
func (r *rooms) get() *room {
	if free, ok := r.pool.Get().(*room); ok {
		return free
	}
	return &room{text: make([]byte, 0, firstInput)}
}

// put takes room back that has become text. What a single value has made very large is let go.
func (r *rooms) put(used *room, text []byte) {
	if cap(text) > fullInput {
		return
	}
	used.text = text[:0]
	r.pool.Put(used)
}
