package model

import (
	"sync"
	"sync/atomic"
)

// carried is what an object brings to a Store for those who ask what changed, and who changed it. It is as large as all the rest of the
// object and needed for a moment only, so its memory is used again when the last who holds it has let go of it.
type carried struct {
	managed []byte
	ends    []int
	holders atomic.Int32
}

// carriers have memory for what comes next. There is nothing in them that anybody could read.
var carriers sync.Pool

// mostCarried is how many bytes may be kept for the next object: a few times what is usual.
const mostCarried = 64 << 10

// carry copies what is to be carried. The caller holds it.
func carry(managed []byte, ends []int) *carried {
	c, ok := carriers.Get().(*carried)
	if !ok {
		c = new(carried)
	}
	c.managed, c.ends = append(c.managed[:0], managed...), append(c.ends[:0], ends...)
	c.holders.Store(1)
	return c
}

// hold is for one more who is to let go of it. It does nothing to nil.
func (c *carried) hold() {
	if c != nil {
		c.holders.Add(1)
	}
}

// letGo ends a hold. It does nothing to nil.
func (c *carried) letGo() {
	if c == nil || c.holders.Add(-1) > 0 || cap(c.managed) > mostCarried {
		return
	}
	carriers.Put(c)
}

// on gives a delta what is carried.
func (c *carried) on(d Delta) Delta {
	if c != nil {
		d.carried, d.ManagedFields, d.Ends = c, c.managed, c.ends
	}
	return d
}
