package informers

import (
	"slices"
	"strconv"
	"strings"
	"unique"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/model"
)

// layout is how the cells of a type are made.
type layout struct {
	columns *model.Columns
	// dates says for each column where its date lies in the object; nil for a
	// column that the server printed. It is nil while the columns are not known.
	dates []datePaths
	// plain tells that the server sends no cells.
	plain bool
}

// datePaths are the places of a column's date, the first that holds one counts.
type datePaths [][]string

// printedAges names the columns of built-in types that the server prints as an
// age at the moment of printing, though neither their type nor their
// description says from which field.
var printedAges = map[schema.GroupResource]map[string]datePaths{
	{Resource: "events"}: {
		"Last Seen":  {{"series", "lastObservedTime"}, {"lastTimestamp"}, {"firstTimestamp"}, {"eventTime"}},
		"First Seen": {{"firstTimestamp"}, {"eventTime"}},
	},
	{Group: "events.k8s.io", Resource: "events"}: {
		"Last Seen":  {{"series", "lastObservedTime"}, {"deprecatedLastTimestamp"}, {"deprecatedFirstTimestamp"}, {"eventTime"}},
		"First Seen": {{"deprecatedFirstTimestamp"}, {"eventTime"}},
	},
	{Group: "batch", Resource: "cronjobs"}: {
		"Last Schedule": {{"status", "lastScheduleTime"}},
	},
}

// creation is the path that needs no search.
var creation = []string{"metadata", "creationTimestamp"}

// creationDescription begins the description of every column that is the age
// of the object.
const creationDescription = "CreationTimestamp is a timestamp representing the server time"

// crdColumnDescription stands before the path in the description of a CRD's
// column that was given none.
const crdColumnDescription = "Custom resource definition column (in JSONPath format): "

// tableLayout is the layout of rows under a Table's columns.
func tableLayout(gr schema.GroupResource, defs []metav1.TableColumnDefinition) *layout {
	l := &layout{columns: &model.Columns{List: make([]model.Column, len(defs))}, dates: make([]datePaths, len(defs))}
	for i, def := range defs {
		column := model.Column{
			Name:        common(def.Name),
			Wide:        def.Priority > 0,
			IsName:      def.Format == "name",
			Type:        common(def.Type),
			Description: common(def.Description),
			Priority:    def.Priority,
		}
		l.dates[i] = datesOf(gr, def)
		switch {
		case l.dates[i] != nil:
			column.Kind = model.Date
		case def.Type == "date":
			column.Kind = model.PrintedAge
		case def.Type == "integer" || def.Type == "number":
			column.Kind = model.Number
		}
		l.columns.List[i] = column
	}
	return l
}

// common is a text that many types have in common, valid and in one copy: the descriptions of columns are long.
func common(text string) string { return unique.Make(strings.ToValidUTF8(text, "\uFFFD")).Value() }

// datesOf finds out whether a column is a date, and where it lies. Of a date
// that cannot be found only the age is known that the server printed.
func datesOf(gr schema.GroupResource, def metav1.TableColumnDefinition) datePaths {
	if paths := printedAges[gr][def.Name]; paths != nil {
		return paths
	}
	if strings.HasPrefix(def.Description, creationDescription) || def.Name == "Age" && def.Description == "" {
		return datePaths{creation}
	}
	expression, ok := strings.CutPrefix(def.Description, crdColumnDescription)
	if !ok || def.Type != "date" {
		return nil
	}
	if path := simplePath(expression); path != nil {
		return datePaths{path}
	}
	return nil
}

// simplePath splits a JSON path that only names members, such as
// ".status.lastRun"; it is nil for any other.
func simplePath(expression string) []string {
	rest, ok := strings.CutPrefix(strings.TrimSpace(expression), ".")
	if !ok || rest == "" || strings.ContainsAny(rest, `[]{}()*?@'"\ `) {
		return nil
	}
	path := strings.Split(rest, ".")
	if slices.Contains(path, "") {
		return nil
	}
	return path
}

// sameColumns tells whether cells under both mean the same.
func (l *layout) sameColumns(other *layout) bool {
	return other.columns != nil && slices.Equal(l.columns.List, other.columns.List)
}

// cells gives one cell per column, whatever the server sent, in the memory of dst.
func (l *layout) cells(dst, printed []string, o *model.Object, json []byte, w *words) []string {
	cells := slices.Grow(dst, len(l.columns.List))[:len(l.columns.List)]
	clear(cells)
	if l.plain {
		plainCells(cells, o, json, w)
	} else {
		copy(cells, printed)
	}
	for i, paths := range l.dates {
		if paths != nil {
			cells[i] = paths.cell(o, json, w)
		}
	}
	return cells
}

// cell is a date as Unix seconds, empty where the object has none.
func (paths datePaths) cell(o *model.Object, json []byte, w *words) string {
	for _, path := range paths {
		seconds, ok := o.Created, o.Created != 0
		if !slices.Equal(path, creation) {
			seconds, ok = unixSeconds(appendText(nil, find(json, path)))
		}
		if ok {
			return w.keep(strconv.AppendInt(nil, seconds, 10))
		}
	}
	return ""
}
