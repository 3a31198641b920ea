package grid

import (
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/dogwatch/dogwatch/informers"
	"github.com/dogwatch/dogwatch/keymap"
	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/theme"
	"github.com/dogwatch/dogwatch/workspace"
)

// now is the moment of all tests.
var now = time.Date(2026, 11, 23, 14, 2, 31, 0, time.UTC)

// fakeView is a View whose rows a test moves about.
type fakeView struct {
	rows       []model.Row
	total      int
	version    uint64
	rebuilding bool
	spec       model.Spec
	reads      int // windows with rows
}

func (v *fakeView) Window(from, n int) model.Window {
	w := model.Window{
		From: from, Len: len(v.rows), Matched: len(v.rows), Total: max(v.total, len(v.rows)),
		Version: v.version, Rebuilding: v.rebuilding,
	}
	for _, r := range v.rows {
		if r.Object.Health.Level == model.Unhealthy {
			w.Unhealthy++
		}
	}
	from = min(from, len(v.rows))
	if n > 0 {
		v.reads++
		w.Rows = slices.Clone(v.rows[from:min(from+n, len(v.rows))])
	}
	return w
}

func (v *fakeView) At(i int) (model.Row, bool) {
	if i < 0 || i >= len(v.rows) {
		return model.Row{}, false
	}
	return v.rows[i], true
}

func (v *fakeView) Find(id model.RowID) (int, bool) {
	i := slices.IndexFunc(v.rows, func(r model.Row) bool { return r.ID() == id })
	return i, i >= 0
}

func (v *fakeView) Get(id model.RowID) (model.Row, bool) {
	i, ok := v.Find(id)
	if !ok {
		return model.Row{}, false
	}
	return v.rows[i], true
}

func (v *fakeView) SetSpec(spec model.Spec) { v.spec = spec }

func (v *fakeView) set(rows ...model.Row) {
	v.rows = rows
	v.version++
}

func (v *fakeView) insert(i int, rows ...model.Row) {
	v.set(slices.Insert(slices.Clone(v.rows), i, rows...)...)
}

func (v *fakeView) remove(i int) { v.set(slices.Delete(slices.Clone(v.rows), i, i+1)...) }

// podColumns are the columns that a server has for pods.
func podColumns() *model.Columns {
	return &model.Columns{List: []model.Column{
		{Name: "Name", IsName: true},
		{Name: "Ready"},
		{Name: "Status"},
		{Name: "Restarts"},
		{Name: "Age", Kind: model.Date},
		{Name: "IP", Wide: true},
		{Name: "Node", Wide: true},
		{Name: "Nominated Node", Wide: true},
		{Name: "Readiness Gates", Wide: true},
	}}
}

// pods makes rows of one namespace.
type pods struct{ columns *model.Columns }

func (p pods) row(name, ready, status, restarts string, age time.Duration) model.Row {
	created := now.Add(-age).Unix()
	o := &model.Object{
		Key: model.Key{Namespace: "shop", Name: name}, UID: types.UID("uid-" + name), Created: created, Columns: p.columns,
		Cells: []string{name, ready, status, restarts, strconv.FormatInt(created, 10), "10.0.3.9", "node-a", "<none>", "<none>"},
	}
	switch status {
	case "CrashLoopBackOff":
		o.Health = model.Health{Level: model.Unhealthy, Reason: status}
	case "ContainerCreating":
		o.Health = model.Health{Level: model.Progressing, Reason: status}
	}
	return model.Row{Object: o}
}

func (p pods) many(n int) []model.Row {
	rows := make([]model.Row, n)
	for i := range rows {
		rows[i] = p.row(fmt.Sprintf("api-%05d", i), "1/1", "Running", "0", time.Duration(i)*time.Minute)
	}
	return rows
}

// shop is the list of SCREENS: some pods of which one is in trouble.
func (p pods) shop() []model.Row {
	const h = time.Hour
	rows := []model.Row{
		p.row("api-7c9d8b6f5-2xk4p", "1/1", "Running", "0", 3*h+12*time.Minute),
		p.row("api-7c9d8b6f5-9qzrt", "0/1", "CrashLoopBackOff", "7 (12s ago)", 3*h+12*time.Minute),
		p.row("api-7c9d8b6f5-hn5wc", "1/1", "Running", "0", 3*h+12*time.Minute),
		p.row("batch-28841-x7k2m", "0/1", "ContainerCreating", "0", 2*time.Second),
		p.row("batch-28840-lq9fp", "0/1", "Completed", "0", 5*time.Minute+3*time.Second),
		p.row("cart-5f6b9d7c4-4dz8s", "1/1", "Running", "0", 11*24*h),
		p.row("cart-5f6b9d7c4-m2v7x", "1/1", "Running", "1 (3d ago)", 11*24*h),
		p.row("web-6b5d9c7f88-zzt4q", "1/1", "Running", "0", 40*time.Second),
	}
	rows[2].Mark, rows[2].MarkedAt, rows[2].ChangedCells = model.Changed, now.Add(-time.Second), 1<<1|1<<2
	rows[3].Mark, rows[3].MarkedAt = model.New, now.Add(-2*time.Second)
	rows[4].Mark, rows[4].MarkedAt = model.Gone, now.Add(-time.Second)
	rows[6].Mark, rows[6].MarkedAt, rows[6].ChangedCells = model.Changed, now.Add(-2*time.Second), 1<<3
	return rows
}

func podTab(columns *model.Columns) workspace.Tab {
	return workspace.Tab{
		ID: 1, Title: "pods", Namespace: "shop",
		Sources: []workspace.Source{{
			Name: "pods", Kind: "Pod", Namespaced: true, Columns: columns,
			State: informers.State{Phase: informers.Live, Synced: true},
		}},
	}
}

func darkTheme() *theme.Theme { return theme.New(theme.Options{Dark: true}) }

// shown makes a grid over a view.
func shown(t *testing.T, tab workspace.Tab, view View, width, height int) *Model {
	t.Helper()
	m := New(darkTheme(), keymap.Default())
	m.SetSize(width, height)
	m.setSource(tab, view)
	return m
}
