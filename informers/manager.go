package informers

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"k8s.io/apimachinery/pkg/util/runtime"

	"github.com/dogwatch/dogwatch/model"
)

var (
	// ErrClosed is the answer to an Add after Close.
	ErrClosed = errors.New("the watches are closed")
	// ErrUnknownCluster is the answer to an Add for a cluster that AddCluster
	// was not called with.
	ErrUnknownCluster = errors.New("unknown cluster")
)

// Manager adds, shares and drops watches. All methods are safe for concurrent
// use.
//
// A watch runs from the first Add of its identity to the Drop of the last
// lease on it. Clusters are independent of each other: one that does not
// answer slows no other. After Close nothing starts any more.
type Manager struct {
	ctx  context.Context
	opts *Options // never changed
	// whole is Options.KeepManagedFields, which may be.
	whole bool // guarded by mu

	mu       sync.Mutex
	closed   bool
	added    uint64
	clusters map[string]*cluster
	// watches holds those that can be shared; running also those that are
	// still ending.
	watches map[Identity]*Watch
	running map[*Watch]struct{}
}

// cluster is what the watches of one cluster have in common.
type cluster struct {
	getter Getter
	types  Types
	starts *gate
	guard  *guard
	rooms  rooms
	// marker goes through a reflector behind the last event.
	marker *model.Object
}

// NewManager makes a Manager without clusters. The end of ctx stops all
// watches, without waiting; Close waits.
func NewManager(ctx context.Context, opts Options) *Manager {
	opts = opts.withDefaults()
	return &Manager{
		ctx:      ctx,
		opts:     &opts,
		whole:    opts.KeepManagedFields,
		clusters: map[string]*cluster{},
		watches:  map[Identity]*Watch{},
		running:  map[*Watch]struct{}{},
	}
}

// AddCluster makes a cluster known under a name. A cluster added under the
// same name again serves the watches added from then on.
func (m *Manager) AddCluster(name string, getter Getter, types Types) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.clusters[name] = &cluster{
		getter: getter, types: types, starts: newGate(m.opts.Starts), guard: newGuard(types, m.opts.Clock),
		marker: &model.Object{Key: model.Key{Name: "\x00"}},
	}
}

// RemoveCluster forgets a cluster. Its watches run on until they are dropped,
// but no Add shares them any more.
func (m *Manager) RemoveCluster(name string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.clusters, name)
	for id := range m.watches {
		if id.Cluster == name {
			delete(m.watches, id)
		}
	}
}

// Add leases the watch of an identity, which starts now unless it runs
// already. It never waits for the network. The errors are ErrClosed and
// ErrUnknownCluster.
func (m *Manager) Add(id Identity) (*Lease, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed || m.ctx.Err() != nil {
		return nil, fmt.Errorf("add %s: %w", id, ErrClosed)
	}
	w, ok := m.watches[id]
	if !ok {
		c, known := m.clusters[id.Cluster]
		if !known {
			return nil, fmt.Errorf("add %s: %w", id, ErrUnknownCluster)
		}
		w = m.start(id, c)
	}
	w.leases++
	return &Lease{manager: m, watch: w}, nil
}

// start makes a watch and runs it. The caller holds mu.
func (m *Manager) start(id Identity, c *cluster) *Watch {
	m.added++
	w := newWatch(m.ctx, id, c, m.opts, m.added)
	w.whole.Store(m.whole)
	m.watches[id] = w
	m.running[w] = struct{}{}
	go func() {
		defer runtime.HandleCrash()
		w.run()
		m.mu.Lock()
		delete(m.running, w)
		m.mu.Unlock()
		close(w.done)
	}()
	return w
}

// release gives back one lease and ends the watch with the last.
func (m *Manager) release(w *Watch) {
	m.mu.Lock()
	w.leases--
	last := w.leases == 0
	if last && m.watches[w.id] == w {
		delete(m.watches, w.id)
	}
	m.mu.Unlock()
	if last {
		w.cancel()
		<-w.done
	}
}

// Watches gives the watches that run, in the order in which they were added.
func (m *Manager) Watches() []*Watch {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := make([]*Watch, 0, len(m.running))
	for w := range m.running {
		all = append(all, w)
	}
	slices.SortFunc(all, func(a, b *Watch) int { return cmp.Compare(a.sequence, b.sequence) })
	return all
}

// Close stops all watches in the order in which they were added and waits for
// them as long as ctx lasts. The error names those that had not ended by then;
// they have been told to. Nothing starts after Close began. A second Close
// waits again.
func (m *Manager) Close(ctx context.Context) error {
	m.mu.Lock()
	m.closed = true
	m.mu.Unlock()
	all := m.Watches()
	for _, w := range all {
		w.cancel()
	}
	var late []string
	for _, w := range all {
		if !w.ended(ctx) {
			late = append(late, w.id.String())
		}
	}
	if late != nil {
		return fmt.Errorf("stop watches: %w; still running: %s", context.Cause(ctx), strings.Join(late, ", "))
	}
	return nil
}
