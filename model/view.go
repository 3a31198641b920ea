package model

import "context"

// Source is one store of a View.
type Source struct {
	Store *Store
	// Name is the type as the user knows it ("pods"), Kind its kind.
	Name, Kind string
	// Cluster names the cluster that the objects live in.
	Cluster string
}

// SortKey orders rows by a column: one that the server named, or KIND,
// NAMESPACE, NAME, HEALTH, AGE, CHANGED, CLUSTER. Case does not matter.
type SortKey struct {
	Column     string
	Descending bool
}

// Spec says which rows a View has and in which order.
type Spec struct {
	Filter Filter
	// MinLevel leaves out objects in better health.
	MinLevel Level
	// Sort lists the keys, the first one deciding first. What they leave
	// equal is ordered by source, namespace and name.
	Sort []SortKey
}

// View is the ordered, filtered rows of one or more stores. It is kept by a
// goroutine of its own, and read in windows whose cost does not depend on its
// size. All methods are safe for concurrent use.
type View struct{}

// NewView makes a View. changed is called on the View's goroutine after each
// change; it must return at once and must not call the View's Close. The View
// ends with the context or by Close.
func NewView(ctx context.Context, sources []Source, spec Spec, changed func(), opts ...Option) *View {
	return &View{}
}

// SetSpec asks for other rows or another order. It returns at once; the old
// rows stay readable until the new ones are there. The latest Spec wins.
func (v *View) SetSpec(spec Spec) {}

// Close stops the View and waits until its goroutine has ended. The last rows
// stay readable.
func (v *View) Close() {}

// Window reads up to n rows from the index on.
func (v *View) Window(from, n int) Window { return Window{} }

// At gives the row at an index.
func (v *View) At(index int) (Row, bool) { return Row{}, false }

// Find gives the index of a row, false where it is not in the View.
func (v *View) Find(id RowID) (index int, ok bool) { return 0, false }

// Get gives a row, also one that the filter leaves out.
func (v *View) Get(id RowID) (Row, bool) { return Row{}, false }

// Changes counts adds, updates and deletes since the View was made, without
// what was there before.
func (v *View) Changes() uint64 { return 0 }
