package cli

import (
	"runtime"
	"runtime/debug"
	"sync"

	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
)

// startHeap is how many bytes of memory the start takes about, most of them once.
const startHeap = 16 << 20

// readyHeap has the heap of the start come in large pages instead of thousands of small ones, each of which is a fault: in a virtual machine these are
// a third of the processor time until there are rows (docs/performance.md). Nothing is taken of the machine before it is used. GOGC stays
// as it is. wait returns when that is over.
func readyHeap() (wait func()) {
	usual := debug.SetGCPercent(-1) // or this would be collected while it is still held
	preferLargePages(make([]byte, startHeap))
	debug.SetGCPercent(usual)
	var collecting sync.WaitGroup
	collecting.Go(func() {
		defer utilruntime.HandleCrash()
		runtime.GC() // gives what was asked for back to the heap
	})
	return collecting.Wait
}
