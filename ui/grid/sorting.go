package grid

import (
	"slices"
	"strconv"
	"strings"

	"github.com/dogwatch/dogwatch/keymap"
	"github.com/dogwatch/dogwatch/model"
)

// sortBy carries out an action that changes the order; false for any other.
func (m *Model) sortBy(action keymap.Action) bool {
	switch action {
	case keymap.SortNext:
		m.sortNeighbour(1)
	case keymap.SortPrev:
		m.sortNeighbour(-1)
	case keymap.SortReverse:
		m.reverse()
	case keymap.SortAdd:
		m.addSortKey()
	case keymap.SortReset:
		m.setSort(nil)
	default:
		return false
	}
	return true
}

func (m *Model) setSort(keys []model.SortKey) {
	m.spec.Sort = keys
	m.pushSpec()
}

// order is the order in force, the default one where none is asked for.
func (m *Model) order() []model.SortKey {
	if len(m.spec.Sort) > 0 || len(m.columns) == 0 || !ofOneType(m.tab.Sources) {
		return m.spec.Sort
	}
	name := m.columns[m.nameColumn()]
	if !name.isName {
		return nil
	}
	if i := m.columnSortedAs("NAMESPACE"); i >= 0 {
		return []model.SortKey{{Column: m.columns[i].sort}, {Column: name.sort}}
	}
	return []model.SortKey{{Column: name.sort}}
}

// sortNeighbour moves the last key to the next column, or the one before, that
// no other key uses. Without keys it starts from the name.
func (m *Model) sortNeighbour(step int) {
	keys := slices.Clone(m.spec.Sort)
	from := m.nameColumn()
	if len(keys) > 0 {
		from = m.columnSortedAs(keys[len(keys)-1].Column)
		keys = keys[:len(keys)-1]
	}
	if next := m.unusedColumn(from, step, keys); next >= 0 {
		m.setSort(append(keys, model.SortKey{Column: m.columns[next].sort}))
	}
}

// addSortKey keeps the order and sorts, within it, by one column more.
func (m *Model) addSortKey() {
	keys := slices.Clone(m.order())
	from := m.nameColumn()
	if len(keys) > 0 {
		from = m.columnSortedAs(keys[len(keys)-1].Column)
	}
	if next := m.unusedColumn(from, 1, keys); next >= 0 {
		m.setSort(append(keys, model.SortKey{Column: m.columns[next].sort}))
	}
}

// reverse turns the key that was set last, or the whole default order.
func (m *Model) reverse() {
	keys := slices.Clone(m.spec.Sort)
	if len(keys) > 0 {
		last := &keys[len(keys)-1]
		last.Descending = !last.Descending
	} else {
		keys = slices.Clone(m.order())
		for i := range keys {
			keys[i].Descending = true
		}
	}
	m.setSort(keys)
}

// clickHead sorts by the column at x, and the other way round when it is the
// only key already.
func (m *Model) clickHead(x int) {
	for _, p := range m.placed {
		if x < p.x || x >= p.x+p.width {
			continue
		}
		key := model.SortKey{Column: m.columns[p.column].sort}
		if key.Column == "" {
			return
		}
		if now := m.order(); len(now) == 1 && strings.EqualFold(now[0].Column, key.Column) {
			key.Descending = !now[0].Descending
		}
		m.setSort([]model.SortKey{key})
		return
	}
}

// unusedColumn is the first column from one on, in steps, that rows can be
// sorted by and none of keys uses; -1 where there is none.
func (m *Model) unusedColumn(from, step int, keys []model.SortKey) int {
	n := len(m.columns)
	for range n {
		from = (from + step + n) % n
		used := slices.ContainsFunc(keys, func(k model.SortKey) bool {
			return strings.EqualFold(k.Column, m.columns[from].sort)
		})
		if !used && m.columns[from].sort != "" {
			return from
		}
	}
	return -1
}

// columnSortedAs is the index of the column of a sort key; -1 where it is not
// shown.
func (m *Model) columnSortedAs(name string) int {
	return slices.IndexFunc(m.columns, func(c column) bool { return strings.EqualFold(c.sort, name) })
}

// sortMark stands after the head of a column that the rows are sorted by: an
// arrow, and its rank where there are several.
func (m *Model) sortMark(name string) string {
	keys := m.order()
	for i, key := range keys {
		if !strings.EqualFold(key.Column, name) {
			continue
		}
		mark := " ↑"
		if key.Descending {
			mark = " ↓"
		}
		if len(keys) > 1 {
			mark += strconv.Itoa(i + 1)
		}
		return mark
	}
	return ""
}
