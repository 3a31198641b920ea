package model

import (
	"cmp"
	"math"
	"strconv"
	"strings"
)

// value is a cell made ready for comparison.
type value struct {
	text string
	num  float64
	kind valueKind
}

// valueKind orders values of different kinds: what is missing comes last,
// whichever way the column is sorted.
type valueKind uint8

const (
	number valueKind = iota
	word
	missing
)

func compareValues(a, b value) int {
	if a.kind != b.kind {
		return cmp.Compare(a.kind, b.kind)
	}
	switch a.kind {
	case number:
		if c := cmp.Compare(a.num, b.num); c != 0 {
			return c
		}
		return compareNatural(a.text, b.text)
	case word:
		return compareNatural(a.text, b.text)
	default:
		return 0
	}
}

// item is a row in an order, with its sort keys made ready.
type item struct {
	*row
	keys []value
}

// order sorts rows by a Spec's keys. It is never changed.
type order struct {
	sources []Source
	by      []SortKey
}

// compare never finds two rows equal: what the keys leave open is decided by
// source, namespace and name.
func (o *order) compare(a, b item) int {
	if c := o.compareKeys(a, b); c != 0 {
		return c
	}
	if a.source != b.source {
		return cmp.Compare(a.source, b.source)
	}
	if c := strings.Compare(a.obj.Namespace, b.obj.Namespace); c != 0 {
		return c
	}
	return strings.Compare(a.obj.Name, b.obj.Name)
}

// compareKeys compares by the Spec's keys alone.
func (o *order) compareKeys(a, b item) int {
	for i := range o.by {
		x, y := &a.keys[i], &b.keys[i]
		c := compareValues(*x, *y)
		if o.by[i].Descending && x.kind != missing && y.kind != missing {
			c = -c
		}
		if c != 0 {
			return c
		}
	}
	return 0
}

// keyer makes sort keys. It remembers where the columns of the last object
// were, so each goroutine needs one of its own.
type keyer struct {
	order   *order
	columns *Columns
	at      []int // for each sort key the index of its cell, or -1
}

func (o *order) keyer() *keyer { return &keyer{order: o} }

// item makes a row ready for the order. slab gives room for its keys.
func (k *keyer) item(r, state *row, slab []value) item {
	by := k.order.by
	if len(by) == 0 {
		return item{row: r}
	}
	if state.obj.Columns != k.columns || k.at == nil {
		k.locate(state.obj.Columns)
	}
	for i := range by {
		slab = append(slab, k.value(i, state))
	}
	return item{row: r, keys: slab}
}

// locate finds the sort keys among the server's columns. The common names win
// as they are written here, the server's in any other case.
func (k *keyer) locate(c *Columns) {
	k.columns = c
	k.at = make([]int, len(k.order.by))
	for i, key := range k.order.by {
		k.at[i] = -1
		if !isCommon(key.Column) {
			k.at[i] = c.index(key.Column)
		}
	}
}

func (k *keyer) value(i int, r *row) value {
	if at := k.at[i]; at >= 0 {
		if at >= len(r.obj.Cells) {
			return value{kind: missing}
		}
		return cellValue(&k.columns.List[at], r.obj.Cells[at], r.obj.Received)
	}
	return k.common(strings.ToUpper(k.order.by[i].Column), r)
}

// common gives the value under a column that every type has.
func (k *keyer) common(column string, r *row) value {
	source := &k.order.sources[r.source]
	switch column {
	case "KIND":
		return wordValue(source.Kind)
	case "CLUSTER":
		return wordValue(source.Cluster)
	case "NAMESPACE":
		return wordValue(r.obj.Namespace)
	case "NAME":
		return wordValue(r.obj.Name)
	case "HEALTH":
		return value{num: float64(r.obj.Health.Level), text: r.obj.Health.Reason}
	case "AGE":
		return ageValue(float64(r.obj.Created))
	case "CHANGED":
		return ageValue(float64(r.changed))
	}
	return value{kind: missing}
}

func isCommon(column string) bool {
	switch column {
	case "KIND", "CLUSTER", "NAMESPACE", "NAME", "HEALTH", "AGE", "CHANGED":
		return true
	}
	return false
}

func wordValue(s string) value {
	if s == "" {
		return value{kind: missing}
	}
	return value{text: s, kind: word}
}

// ageValue orders instants by the age that is shown for them: youngest first.
func ageValue(instant float64) value {
	if instant == 0 {
		return value{kind: missing}
	}
	return value{num: -instant}
}

// cellValue makes a cell that was printed at an instant ready for comparison.
func cellValue(c *Column, cell string, printed int64) value {
	switch cell {
	case "", "<none>", "<unset>", "<unknown>", "<nil>", "n/a":
		return value{kind: missing}
	}
	switch {
	case c.Kind == Date:
		if n, err := strconv.ParseInt(cell, 10, 64); err == nil {
			return ageValue(float64(n))
		}
	case c.Kind == PrintedAge:
		if age, ok := parseAge(cell); ok {
			return ageValue(float64(printed) - age.Seconds())
		}
	case c.Kind == Number:
		if n, err := strconv.ParseFloat(cell, 64); err == nil && !math.IsNaN(n) {
			return value{num: n}
		}
	case !c.IsName:
		if n, ok := parseMeasure(cell, holdsQuantities(c.Name)); ok {
			if digits(cell) == len(cell) {
				cell = "" // the number says all, and compares quicker alone
			}
			return value{num: n, text: cell}
		}
	}
	return value{text: cell, kind: word}
}
