package apiserver

import (
	"encoding/json"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/dogwatch/dogwatch/replay/apiserver/store"
)

// Scope is what the server would tell a watch that asks for some objects of a type, for who tells it without being asked over HTTP.
type Scope struct {
	selection
	renderer
}

// NewScope makes the scope of a watch. The selectors are spelled as kubectl has them; without a namespace it is all of them.
func NewScope(def store.Type, namespace, labelSelector, fieldSelector string) (*Scope, error) {
	s := &Scope{selection: selection{def: def, namespace: namespace}, renderer: renderer{form: form{def: def, as: asTable}}}
	var err error
	if s.labels, err = labels.Parse(labelSelector); err != nil {
		return nil, fmt.Errorf("labels %q: %w", labelSelector, err)
	}
	if s.fields, err = fields.ParseSelector(fieldSelector); err != nil {
		return nil, fmt.Errorf("fields %q: %w", fieldSelector, err)
	}
	for i, c := range def.Columns {
		if c.Age {
			s.ages = append(s.ages, i)
		}
	}
	return s, nil
}

// IsWhole tells that objects need not be read to know whether they are selected: all of the namespace are.
func (s *Scope) IsWhole() bool { return s.everything() }

// Matches tells whether an object is selected.
func (s *Scope) Matches(o *store.Object) bool { return s.matches(o) }

// CellsAt are recorded cells of the type with the ages of a moment, at which they were printed.
func (s *Scope) CellsAt(at time.Time, cells []byte) (json.RawMessage, error) {
	if len(s.ages) == 0 || len(cells) == 0 {
		return cells, nil
	}
	s.now = func() time.Time { return at }
	return s.recorded(&store.Object{Cells: cells, Printed: at})
}
