package model

import (
	"bytes"
	"cmp"
	"math"
	"strconv"
	"strings"
)

// order sorts rows by a Spec's keys. It is never changed. Two rows are never
// equal: what the keys leave open is decided by source, namespace and name.
type order struct {
	sources []Source
	by      []SortKey
}

// spot is where a row belongs in an order, whatever becomes of the row.
type spot struct {
	item
	key    []byte
	source int
	id     Key
}

// based gives the spot in the order without keys.
func (s *spot) based() *spot {
	if s == nil || len(s.key) == 0 {
		return s
	}
	return &spot{item: item{row: s.row}, source: s.source, id: s.id}
}

func (s *spot) compare(other *spot) int {
	if c := cmp.Compare(s.prefix, other.prefix); c != 0 {
		return c
	}
	if c := bytes.Compare(s.key, other.key); c != 0 {
		return c
	}
	return compareIDs(s.source, other.source, &s.id, &other.id)
}

func compareIDs(sourceA, sourceB int, a, b *Key) int {
	if sourceA != sourceB {
		return cmp.Compare(sourceA, sourceB)
	}
	if c := strings.Compare(a.Namespace, b.Namespace); c != 0 {
		return c
	}
	return strings.Compare(a.Name, b.Name)
}

// keyer makes sort keys. It remembers where the columns of the last object
// were, so each goroutine needs one of its own.
type keyer struct {
	order   *order
	columns *Columns
	at      []int // for each sort key the index of its cell, or -1
	scratch []byte
}

func (o *order) keyer() *keyer { return &keyer{order: o} }

// spot gives the place of a row in a state that it has or will have.
func (k *keyer) spot(r, state *row) *spot {
	key := k.append(nil, state)
	return &spot{item: item{r, keyPrefix(key)}, key: key, source: state.source, id: state.obj.Key}
}

// compare compares a row as it is with a spot.
func (k *keyer) compare(a item, b *spot) int {
	if c := cmp.Compare(a.prefix, b.prefix); c != 0 {
		return c
	}
	if len(k.order.by) > 0 {
		k.scratch = k.append(k.scratch[:0], a.row)
		if c := bytes.Compare(k.scratch, b.key); c != 0 {
			return c
		}
	}
	return compareIDs(a.source, b.source, &a.obj.Key, &b.id)
}

// append appends the sort key of a row in a state: the order of rows is that of
// the bytes of their keys.
func (k *keyer) append(key []byte, state *row) []byte {
	by := k.order.by
	if len(by) == 0 {
		return key
	}
	if state.obj.Columns != k.columns || k.at == nil {
		k.locate(state.obj.Columns)
	}
	for i := range by {
		key = k.value(i, state).append(key, by[i].Descending)
	}
	return key
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
		return value{kind: number, num: float64(r.obj.Health.Level), text: r.obj.Health.Reason}
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
	return value{kind: number, num: -instant}
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
			return value{kind: number, num: n}
		}
	case !c.IsName:
		if n, ok := parseMeasure(cell, holdsQuantities(c.Name)); ok {
			if digits(cell) == len(cell) {
				cell = "" // the number says all
			}
			return value{kind: number, num: n, text: cell}
		}
	}
	return value{text: cell, kind: word}
}
