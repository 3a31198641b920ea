package grid

import (
	"strconv"
	"strings"
	"time"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/ui/text"
	"github.com/dogwatch/dogwatch/workspace"
)

// field says where a column's cells come from.
type field uint8

const (
	serverCell field = iota // one of Object.Cells
	clusterField
	kindField
	namespaceField
	nameField
	healthField
	ageField
	changedField
	heatField
)

// column is one column of the list.
type column struct {
	field field
	head  string
	// sort is the column's name in a model.SortKey; empty where rows cannot be sorted by it.
	sort string
	// cell is the index in Object.Cells under the columns `of`.
	cell   int
	of     *model.Columns
	isName bool
	kind   model.ColumnKind
	right  bool

	// width is what the cells have needed so far.
	width int
}

// ticks tells whether the column holds ages.
func (c *column) ticks() bool {
	return c.field == ageField || c.field == changedField || c.kind == model.Date || c.kind == model.PrintedAge
}

// layOut gives the columns of the tab.
func (m *Model) layOut() []column {
	columns := columnsOf(m.tab, m.wide)
	if m.heat != nil {
		columns = withHeat(columns)
	}
	return columns
}

// columnsOf lays out the columns of a tab: the server's where all rows are of
// one type, the common ones else.
func columnsOf(tab workspace.Tab, wide bool) []column {
	if len(tab.Sources) == 0 {
		return nil
	}
	var columns []column
	if spansClusters(tab.Sources) {
		columns = append(columns, common(clusterField, "CLUSTER"))
	}
	typed := ofOneType(tab.Sources)
	if !typed {
		columns = append(columns, common(kindField, "KIND"))
	}
	if tab.Namespace == "" && anyNamespaced(tab.Sources) {
		columns = append(columns, common(namespaceField, "NAMESPACE"))
	}
	switch of := tab.Sources[0].Columns; {
	case !typed:
		return append(columns,
			common(nameField, "NAME"), common(healthField, "HEALTH"), common(ageField, "AGE"), common(changedField, "CHANGED"))
	case of == nil || len(of.List) == 0:
		return append(columns, common(nameField, "NAME"), common(ageField, "AGE"))
	default:
		return append(columns, serverColumns(of, wide)...)
	}
}

// common makes one of the columns that every object can fill.
func common(f field, head string) column {
	isAge := f == ageField || f == changedField
	return column{field: f, head: head, sort: head, isName: f == nameField, right: isAge}
}

func serverColumns(of *model.Columns, wide bool) []column {
	var columns []column
	for i, c := range of.List {
		if c.Wide && !wide {
			continue
		}
		columns = append(columns, column{
			field:  serverCell,
			head:   strings.ToUpper(text.Clean(c.Name)),
			sort:   c.Name,
			cell:   i,
			of:     of,
			isName: c.IsName,
			kind:   c.Kind,
			right:  c.Kind != model.Text,
		})
	}
	return columns
}

func spansClusters(sources []workspace.Source) bool {
	for _, s := range sources[1:] {
		if s.Cluster != sources[0].Cluster {
			return true
		}
	}
	return false
}

func anyNamespaced(sources []workspace.Source) bool {
	for _, s := range sources {
		if s.Namespaced {
			return true
		}
	}
	return false
}

// ofOneType reports whether the rows of all sources have the same columns.
func ofOneType(sources []workspace.Source) bool {
	first := sources[0]
	for _, s := range sources[1:] {
		if s.Name != first.Name || !sameColumns(s.Columns, first.Columns) {
			return false
		}
	}
	return true
}

func sameColumns(a, b *model.Columns) bool {
	if a == b {
		return true
	}
	if a == nil || b == nil || len(a.List) != len(b.List) {
		return false
	}
	for i := range a.List {
		if a.List[i].Name != b.List[i].Name || a.List[i].Kind != b.List[i].Kind {
			return false
		}
	}
	return true
}

// setColumns takes a new layout; columns that were there before keep their
// widths, so that a newer state of the tab moves nothing.
func (m *Model) setColumns(columns []column) {
	for i := range columns {
		for _, old := range m.columns {
			if old.field == columns[i].field && old.head == columns[i].head {
				columns[i].width = old.width
			}
		}
	}
	m.columns = columns
	m.scroll = min(m.scroll, m.mostScroll())
}

// mostScroll leaves one column beside the name.
func (m *Model) mostScroll() int { return max(0, len(m.columns)-2) }

// longestCell bounds what of a cell is ever looked at, in cells.
const longestCell = 1024

// value is the clean text of a row's cell. It notes when an age will change.
func (m *Model) value(c *column, row *model.Row, now time.Time) string {
	o := row.Object
	switch c.field {
	case clusterField:
		return text.Clean(m.source(row).Cluster)
	case kindField:
		return text.Clean(m.source(row).Kind)
	case namespaceField:
		return text.Truncate(o.Namespace, longestCell)
	case nameField:
		return text.Truncate(o.Name, longestCell)
	case healthField:
		return health(o.Health)
	case ageField:
		return m.ageOf(row, o.CreatedAt(), now)
	case changedField:
		return m.age(row.Changed.Truncate(time.Second), 0, now) // all ages tick at once
	case heatField:
		return m.heatOf(row, now)
	}
	cell := cellOf(o, c)
	if c.kind == model.Date {
		if seconds, err := strconv.ParseInt(cell, 10, 64); err == nil {
			return m.ageOf(row, time.Unix(seconds, 0), now)
		}
	}
	return m.printed(c.kind, cell, o, now)
}

// printed is a cell as the server printed it, but for an age in it: that is as
// of now, as exact as it was printed.
func (m *Model) printed(kind model.ColumnKind, cell string, o *model.Object, now time.Time) string {
	before, age, after, ok := model.CutAge(kind, cell)
	if !ok || o.Received == 0 {
		return text.Truncate(cell, longestCell)
	}
	age += max(0, now.Add(m.received).Sub(time.Unix(o.Received, 0)))
	m.changesAt(now.Add(text.AgeLasts(age)))
	return text.Truncate(before, longestCell) + text.Age(age) + after
}

// cellOf finds the cell of a column in an object that may have been printed
// under other columns: those of the same type before or after it changed.
func cellOf(o *model.Object, c *column) string {
	i := c.cell
	if o.Columns != c.of {
		i = columnNamed(o.Columns, c.sort)
	}
	if i < 0 || i >= len(o.Cells) {
		return ""
	}
	return o.Cells[i]
}

func columnNamed(columns *model.Columns, name string) int {
	if columns != nil {
		for i := range columns.List {
			if columns.List[i].Name == name {
				return i
			}
		}
	}
	return -1
}

// ageOf is the time from one that a row tells. Of a row that went because time went back to before that, there is none.
func (m *Model) ageOf(row *model.Row, t, now time.Time) string {
	if row.Mark == model.Gone && t.After(now.Add(m.ahead)) {
		return ""
	}
	return m.age(t, m.ahead, now)
}

// age is the time from t to now, by a clock that is ahead of the local one.
func (m *Model) age(t time.Time, ahead time.Duration, now time.Time) string {
	if t.IsZero() {
		return ""
	}
	d := now.Add(ahead).Sub(t)
	m.changesAt(now.Add(text.AgeLasts(d)))
	return text.Age(d)
}

func (m *Model) source(row *model.Row) workspace.Source {
	if row.Source < len(m.tab.Sources) {
		return m.tab.Sources[row.Source]
	}
	return workspace.Source{}
}

// health is an object's health as glyph and word.
func health(h model.Health) string {
	glyph := ""
	switch h.Level {
	case model.Healthy:
		return "✓"
	case model.Progressing:
		glyph = "◐"
	case model.Unhealthy:
		glyph = "✖"
	default:
		return ""
	}
	if h.Reason == "" {
		return glyph
	}
	return glyph + " " + text.Truncate(h.Reason, longestCell)
}
