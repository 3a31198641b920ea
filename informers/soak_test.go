package informers

import (
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"sync"
	"testing"

	"github.com/dogwatch/dogwatch/replay/apiserver"
)

// soaked is how many watches are added and dropped; each is one of a few, so that some are shared.
const (
	soaked     = 10_000
	identities = 40
)

// What a process holds that could leak.
type holdings struct {
	goroutines, descriptors int
	heap                    uint64
}

func hold(t *testing.T) holdings {
	t.Helper()
	runtime.GC()
	runtime.GC() // what finalizers free
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	h := holdings{goroutines: runtime.NumGoroutine(), heap: m.HeapAlloc}
	if files, err := os.ReadDir("/proc/self/fd"); err == nil { // elsewhere they are not counted
		h.descriptors = len(files)
	}
	return h
}

// Thousands of watches that come and go, at any moment of their lives, leave nothing behind.
func TestSoakOfAddsAndDrops(t *testing.T) {
	w := newWorld(t, 20, apiserver.Options{}, quick())
	w.soak(500, 1) // connections and pools are there from here on
	before := hold(t)
	w.soak(soaked, 2)
	w.eventually("everything to be as it was", func() bool {
		after := hold(t)
		return after.goroutines <= before.goroutines+5 && after.descriptors <= before.descriptors+5 && after.heap <= before.heap+2<<20
	})
	if n := len(w.manager.Watches()); n != 0 {
		t.Errorf("%d watches run", n)
	}
	t.Logf("before %+v, after %+v", before, hold(t))
}

// soak adds and drops watches at random, on several goroutines, until so many were added and all dropped.
func (w *world) soak(adds int, seed uint64) {
	var users sync.WaitGroup
	const concurrent = 4
	for user := range uint64(concurrent) {
		users.Go(func() {
			random := rand.New(rand.NewPCG(seed, user))
			var leases []*Lease
			for n := 0; n < adds/concurrent || len(leases) > 0; {
				if n < adds/concurrent && len(leases) < 10 && random.IntN(3) > 0 {
					lease, err := w.manager.Add(Identity{
						Cluster: "test", GVR: pods, LabelSelector: fmt.Sprintf("n!=%d", random.IntN(identities)),
					})
					if err != nil {
						w.Error(err)
						return
					}
					leases = append(leases, lease)
					n++
					continue
				}
				if len(leases) > 0 {
					i := random.IntN(len(leases))
					leases[i].Drop()
					leases = append(leases[:i], leases[i+1:]...)
				}
			}
		})
	}
	users.Wait()
}
