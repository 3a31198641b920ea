package apiserver

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/duration"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/replay/apiserver/store"
)

// defaultColumns are what an API server shows of a type that says nothing about its columns.
func defaultColumns() []store.Column {
	docs := metav1.ObjectMeta{}.SwaggerDoc()
	return []store.Column{
		{
			TableColumnDefinition: metav1.TableColumnDefinition{Name: "Name", Type: "string", Format: "name", Description: docs["name"]},
			Path:                  ".metadata.name",
		},
		{
			TableColumnDefinition: metav1.TableColumnDefinition{Name: "Created At", Type: "date", Description: docs["creationTimestamp"]},
			Cell: func(object map[string]any) any {
				created, _ := store.Value(object, ".metadata.creationTimestamp")
				return created
			},
		},
	}
}

// celler makes one cell of a decoded object.
type celler func(object map[string]any) any

func newCeller(c store.Column, now func() time.Time) (celler, error) {
	if c.Cell != nil {
		return c.Cell, nil
	}
	printed := c.As
	if printed == "" {
		printed = c.Type
	}
	var missing any // null, but a name is always a string: that of a bookmark is empty
	if c.Format == "name" {
		missing = ""
	}
	if c.Path == "" {
		return func(map[string]any) any { return missing }, nil
	}
	path, err := store.ParsePath(c.Path)
	if err != nil {
		return nil, err
	}
	return func(object map[string]any) any {
		value, ok := path.Find(object)
		if !ok {
			return missing
		}
		return cellOf(printed, value, now())
	}, nil
}

// cells are the object's recorded cells, or those that the type's columns make of it, as a JSON array.
func (r *renderer) cells(o *store.Object) ([]byte, error) {
	if o.Cells != nil {
		return r.recorded(o)
	}
	object, err := o.Decode()
	if err != nil {
		return nil, err
	}
	cells := make([]any, len(r.cellers))
	for i, cell := range r.cellers {
		cells[i] = cell(object)
	}
	encoded, err := json.Marshal(cells)
	if err != nil {
		return nil, fmt.Errorf("encoding the cells of %s: %w", o.Key(), err)
	}
	return encoded, nil
}

// recorded are an object's recorded cells, with the ages of this moment.
func (r *renderer) recorded(o *store.Object) ([]byte, error) {
	if len(r.ages) == 0 && o.Printed.IsZero() {
		return o.Cells, nil
	}
	now := r.now()
	dec := jsontext.NewDecoder(bytes.NewReader(o.Cells), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	_, err := dec.ReadToken()
	cells := append(make([]byte, 0, len(o.Cells)), '[')
	for i := 0; err == nil && dec.PeekKind() != ']'; i++ {
		if i > 0 {
			cells = append(cells, ',')
		}
		var cell jsontext.Value
		if cell, err = dec.ReadValue(); err == nil {
			cells = append(cells, r.aged(i, cell, o.Printed, now)...)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("reading the cells of %s: %w", o.Key(), err)
	}
	return append(cells, ']'), nil
}

// aged is a recorded cell as it is printed now.
func (r *renderer) aged(i int, cell jsontext.Value, printed, now time.Time) jsontext.Value {
	if i >= len(r.def.Columns) {
		return cell
	}
	column := r.def.Columns[i]
	switch {
	case column.Age:
		return ageCell(column.Type, cell, now)
	case !printed.IsZero() && (column.Type == "date" || bytes.HasSuffix(cell, []byte(` ago)"`))):
		return olderCell(column.Type, cell, now.Sub(printed))
	}
	return cell
}

// ageCell makes an age of a time. What is no time stays as it is, but in their columns of strings built-in types have a
// word for none.
func ageCell(columnType string, cell jsontext.Value, now time.Time) jsontext.Value {
	if string(cell) == "null" && columnType == "string" {
		return jsontext.Value(`"<none>"`)
	}
	if string(cell) == "null" {
		return cell
	}
	var at time.Time
	if at.UnmarshalJSON(cell) != nil {
		return cell
	}
	return appendString(nil, duration.HumanDuration(now.Sub(at)))
}

// olderCell makes the age in a cell, or that it is as a date of which no more is known, older by what has passed since it
// was printed: 7 (12s ago).
func olderCell(columnType string, cell jsontext.Value, passed time.Duration) jsontext.Value {
	kind := model.Text
	if columnType == "date" {
		kind = model.PrintedAge
	}
	text, err := jsontext.AppendUnquote(nil, cell)
	if err != nil {
		return cell
	}
	before, age, after, ok := model.CutAge(kind, string(text))
	if !ok {
		return cell
	}
	return appendString(nil, before+duration.HumanDuration(age+max(0, passed))+after)
}

// cellOf brings a value into the shape that its column's type promises; null when it does not fit.
func cellOf(columnType string, value any, now time.Time) any {
	switch columnType {
	case "string":
		return text(value)
	case "date":
		s, _ := value.(string)
		at, err := time.Parse(time.RFC3339, s)
		if err != nil {
			return "<invalid>"
		}
		return duration.HumanDuration(now.Sub(at))
	case "integer":
		if f, ok := value.(float64); ok {
			return int64(f)
		}
		return only[int64](value)
	case "number":
		if i, ok := value.(int64); ok {
			return float64(i)
		}
		return only[float64](value)
	case "boolean":
		return only[bool](value)
	}
	return nil
}

func only[T any](value any) any {
	if v, ok := value.(T); ok {
		return v
	}
	return nil
}

func text(value any) any {
	switch value.(type) {
	case map[string]any, []any:
		encoded, _ := json.Marshal(value) // it was decoded from JSON
		return string(encoded)
	}
	return fmt.Sprint(value)
}
