package apiserver

import (
	"encoding/json"
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/duration"

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
	if len(r.ages) == 0 {
		return o.Cells, nil
	}
	var cells []json.RawMessage
	if err := json.Unmarshal(o.Cells, &cells); err != nil {
		return nil, fmt.Errorf("reading the cells of %s: %w", o.Key(), err)
	}
	now := r.now()
	for _, i := range r.ages {
		if i < len(cells) {
			cells[i] = ageCell(r.def.Columns[i].Type, cells[i], now)
		}
	}
	encoded, err := json.Marshal(cells)
	if err != nil {
		return nil, fmt.Errorf("encoding the cells of %s: %w", o.Key(), err)
	}
	return encoded, nil
}

// ageCell makes an age of a time. What is no time stays as it is, but built-in types have a word for none.
func ageCell(columnType string, cell json.RawMessage, now time.Time) json.RawMessage {
	if string(cell) == "null" && columnType == "string" {
		return json.RawMessage(`"<unknown>"`)
	}
	if string(cell) == "null" {
		return cell
	}
	var at time.Time
	if json.Unmarshal(cell, &at) != nil {
		return cell
	}
	return appendString(nil, duration.HumanDuration(now.Sub(at)))
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
