package model

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"k8s.io/utils/clock"
)

// viewQueue is how many changes of one store may wait for a View unmerged. It
// shows the newest state only, so merging costs it nothing.
const viewQueue = 1024

// Source is one store of a View.
type Source struct {
	Store *Store
	// Name is the type as the user knows it ("pods"), Kind its kind.
	Name, Kind string
	// Cluster names the cluster that the objects live in.
	Cluster string
}

// SortKey orders rows by a column: one that the server named, in any case, or
// KIND, NAMESPACE, NAME, HEALTH, AGE, CHANGED, CLUSTER, which every type has.
type SortKey struct {
	Column     string
	Descending bool
}

// Spec says which rows a View has and in which order.
type Spec struct {
	Filter Filter
	// MinLevel leaves out objects that are better than that: Unknown takes
	// all, Unhealthy only what has failed.
	MinLevel Level
	// Sort lists the keys, the first one deciding first. What they leave
	// equal is ordered by source, namespace and name.
	Sort []SortKey
	// Eager shows rows as they are found, from the first on, while others are
	// still looked for: for who looks at the beginning of the list.
	Eager bool
}

func (s Spec) equal(other Spec) bool {
	return s.Filter.String() == other.Filter.String() && s.MinLevel == other.MinLevel && slices.Equal(s.Sort, other.Sort)
}

// View is the ordered, filtered rows of one or more stores. A goroutine of its
// own keeps it; it is read in windows whose cost does not depend on its size.
// All methods are safe for concurrent use.
type View struct {
	sources []Source
	clock   clock.Clock
	changed func()
	mix     mix

	stop  context.CancelFunc
	done  chan struct{}
	data  chan struct{} // a store has deltas
	asked chan struct{} // a Spec has been set
	calm  atomic.Int64  // until when nothing is marked, in Unix nanoseconds

	// keeper is the state that only the goroutine touches.
	keeper keeper

	mu sync.RWMutex // guards what follows; only the goroutine writes, but for wanted
	// rows finds the row of a key, for each source. Rows are changed in place.
	rows []map[Key]*row
	lists
	order *order
	spec  Spec
	// wanted is the latest Spec that was set, partial tells that only some of
	// the rows that spec takes have been found so far.
	wanted  Spec
	partial bool
	tally   tally
	version uint64
	changes uint64
}

// lists are the rows of a View. Those that would be the same are one.
type lists struct {
	// base has all rows by source, namespace and name, sorted has them by the
	// Spec's keys, shown has of these what the Spec takes.
	base, sorted, shown list
}

// row is what a View knows of an object.
type row struct {
	obj    *Object
	source int
	mark   Mark
	// recovered tells that the marked change made the object healthy.
	recovered bool
	// edit counts from 1 which edit of the present batch is the row's, 0 for
	// none. Only for the View's goroutine.
	edit int32
	// Instants are Unix nanoseconds, 0 for none.
	markedAt int64
	changed  int64
	cells    uint64
	texts    signature
}

func (r *row) live() bool { return r.mark != Gone }

// tally counts live rows.
type tally struct{ total, matched, unhealthy int }

// NewView makes a View. changed is called on the View's goroutine after each
// change; it must return at once and must not call Close. The View ends with
// the context or by Close.
func NewView(ctx context.Context, sources []Source, spec Spec, changed func(), opts ...Option) *View {
	ctx, stop := context.WithCancel(ctx)
	spec.Sort = slices.Clone(spec.Sort)
	v := &View{
		sources: slices.Clone(sources),
		clock:   optionsOf(opts).clock,
		changed: changed,
		mix:     mixOf(sources),
		stop:    stop,
		done:    make(chan struct{}),
		data:    make(chan struct{}, 1),
		asked:   make(chan struct{}, 1),
		rows:    make([]map[Key]*row, len(sources)),
		spec:    spec,
		wanted:  spec,
	}
	v.order = &order{sources: v.sources, by: spec.Sort}
	v.keeper.keyer = v.order.keyer()
	v.keeper.baseKeyer = (&order{sources: v.sources}).keyer()
	v.keeper.alarm.clock = v.clock
	for i, s := range sources {
		v.rows[i] = make(map[Key]*row, s.Store.Len())
		v.keeper.subs = append(v.keeper.subs, s.Store.SubscribeOn(v.data, viewQueue))
	}
	go v.run(ctx)
	return v
}

// SetSpec asks for other rows or another order. It returns at once; the old
// rows stay readable until the new ones are there. The latest Spec wins.
func (v *View) SetSpec(spec Spec) {
	spec.Sort = slices.Clone(spec.Sort)
	v.mu.Lock()
	defer v.mu.Unlock()
	v.wanted = spec
	signal(v.asked)
}

// Calm ends all marks, and until a moment of the local clock what comes is taken as if it had been there before: the rows are of another time, and
// what differs is no change. It returns at once.
func (v *View) Calm(until time.Time) {
	v.calm.Store(until.UnixNano())
	signal(v.data)
}

// Close stops the View and waits until its goroutine has ended. The last rows
// stay readable.
func (v *View) Close() {
	v.stop()
	<-v.done
}

// Window reads up to n rows from an index on.
func (v *View) Window(from, n int) Window {
	v.mu.RLock()
	defer v.mu.RUnlock()
	from = min(max(from, 0), v.shown.len)
	n = min(max(n, 0), v.shown.len-from)
	w := Window{
		Rows:       make([]Row, 0, n),
		From:       from,
		Len:        v.shown.len,
		Matched:    v.tally.matched,
		Total:      v.tally.total,
		Unhealthy:  v.tally.unhealthy,
		Version:    v.version,
		Changes:    v.changes,
		Rebuilding: v.partial || !v.wanted.equal(v.spec),
	}
	if n == 0 {
		return w
	}
	for it := range v.shown.from(from) {
		if w.Rows = append(w.Rows, it.read()); len(w.Rows) == n {
			break
		}
	}
	return w
}

// At gives the row at an index.
func (v *View) At(index int) (Row, bool) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	if index < 0 || index >= v.shown.len {
		return Row{}, false
	}
	for it := range v.shown.from(index) {
		return it.read(), true
	}
	return Row{}, false
}

// Find gives the index of a row, false where it is not among those shown.
func (v *View) Find(id RowID) (index int, ok bool) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	r := v.lookup(id)
	if r == nil {
		return 0, false
	}
	k := v.order.keyer()
	return v.shown.find(k.spot(r, r), k)
}

// Get gives a row, also one that the filter leaves out.
func (v *View) Get(id RowID) (Row, bool) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	r := v.lookup(id)
	if r == nil {
		return Row{}, false
	}
	return r.read(), true
}

// Changes counts adds, updates and deletes since the View was made, without
// what was there before.
func (v *View) Changes() uint64 {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return v.changes
}

// Merged counts the changes that were merged into later ones because the View could not follow: its rows are the newest all the
// same.
func (v *View) Merged() uint64 {
	merged := uint64(0)
	for _, q := range v.keeper.subs {
		merged += q.Merged()
	}
	return merged
}

func (v *View) lookup(id RowID) *row {
	if id.Source < 0 || id.Source >= len(v.rows) {
		return nil
	}
	r := v.rows[id.Source][id.Key]
	if r == nil || (id.UID != "" && id.UID != r.obj.UID) {
		return nil
	}
	return r
}

// read gives the row to a reader.
func (r *row) read() Row {
	return Row{
		Object:       r.obj,
		Source:       r.source,
		Mark:         r.mark,
		MarkedAt:     instant(r.markedAt),
		ChangedCells: r.cells,
		Recovered:    r.recovered,
		Changed:      instant(r.changed),
	}
}

func instant(nanos int64) time.Time {
	if nanos == 0 {
		return time.Time{}
	}
	return time.Unix(0, nanos)
}

// matches tells whether a Spec chooses a row.
func (v *View) matches(spec *Spec, r *row) bool {
	if r.texts.lacks(spec.Filter.needed) || r.obj.Health.Level < spec.MinLevel {
		return false
	}
	if spec.Filter.Empty() {
		return true
	}
	return spec.Filter.Match(r.obj, v.mix.texts(&v.sources[r.source], r.obj)...)
}

// mix says what a mixed list shows of each row beside its cells.
type mix struct{ kinds, clusters bool }

func mixOf(sources []Source) mix {
	var m mix
	for _, s := range sources {
		m.kinds = m.kinds || s.Kind != sources[0].Kind
		m.clusters = m.clusters || s.Cluster != sources[0].Cluster
	}
	return m
}

func (m mix) texts(s *Source, o *Object) []string {
	if !m.kinds && !m.clusters {
		return nil
	}
	var texts []string
	if m.kinds {
		texts = append(texts, s.Kind, o.Health.Reason)
	}
	if m.clusters {
		texts = append(texts, s.Cluster)
	}
	return texts
}

func signal(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
