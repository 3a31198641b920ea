package timeline

import (
	"math"
	"slices"
)

// Freeze gives a Timeline that holds what this one does now and stays as it is, though this one goes on and drops what is old. Both share
// what they hold, so that it costs memory only for what this one drops meanwhile. Nothing may be added to it.
func (t *Timeline) Freeze() *Timeline {
	blocks := t.snapshot()
	t.mu.RLock()
	defer t.mu.RUnlock()
	frozen := &Timeline{limit: math.MaxInt64, blocks: blocks, sources: slices.Clone(t.sources)}
	frozen.bodies.list = slices.Clone(t.bodies.list)
	if n := len(blocks); n > 0 {
		frozen.first = blocks[n-1].first + uint64(blocks[n-1].count)
	} else {
		frozen.first = t.first
	}
	return frozen
}
