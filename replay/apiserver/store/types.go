package store

import (
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Type describes a resource type as discovery and the Table form show it. A Type given to or got from a Store is shared
// and must not be changed.
type Type struct {
	Resource   schema.GroupVersionResource
	Kind       string
	ListKind   string // Kind + "List" when empty
	Singular   string
	ShortNames []string
	Categories []string
	Namespaced bool
	// Verbs are those that discovery shows; get, list and watch when nil. A read that is not among them is refused.
	Verbs []string
	// Columns of the Table form; name and creation time when nil.
	Columns []Column
	// NoTable marks a server that cannot answer with a Table, as aggregated APIs of old.
	NoTable bool
	// SelectableFields may be named by field selectors besides metadata.name and metadata.namespace.
	SelectableFields []Field
}

// Column is one column of a type's Table form. Its cell is what Cell makes of the object, or else the value at Path;
// with neither, only objects that were put with their cells have one.
type Column struct {
	metav1.TableColumnDefinition
	// Path is a JSONPath as in a CustomResourceDefinition: .spec.size, .status.conditions[?(@.type=="Ready")].status.
	Path string
	// As is the type by which the value at Path is printed, where it is not the column's own: the ages of built-in types
	// are dates in a column of strings.
	As string
	// Age tells that the cell of an object that was put with its cells is a time, to be printed as an age.
	Age bool
	// Cell makes the cell from the decoded object (integers as int64). It must be safe for concurrent use.
	Cell func(object map[string]any) any
}

// GroupVersionKind is kind and version of the type's objects.
func (t Type) GroupVersionKind() schema.GroupVersionKind {
	return t.Resource.GroupVersion().WithKind(t.Kind)
}

// Allows reports whether the type is served with the verb.
func (t Type) Allows(verb string) bool {
	for _, v := range t.Verbs {
		if v == verb {
			return true
		}
	}
	return false
}

// completed fills in what may be left out, and refuses what cannot be served.
func (t Type) completed() (Type, error) {
	if t.Resource.Version == "" || t.Resource.Resource == "" || t.Kind == "" {
		return t, fmt.Errorf("type %v needs a version, a resource and a kind", t.Resource)
	}
	if t.ListKind == "" {
		t.ListKind = t.Kind + "List"
	}
	if t.Verbs == nil {
		t.Verbs = []string{"get", "list", "watch"}
	}
	for _, c := range t.Columns {
		if c.Cell != nil || c.Path == "" {
			continue
		}
		if _, err := ParsePath(c.Path); err != nil {
			return t, fmt.Errorf("column %q of %v: %w", c.Name, t.Resource, err)
		}
	}
	return t, nil
}
