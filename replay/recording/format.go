package recording

import (
	"fmt"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// FormatVersion is the version of the format that this package writes, and the newest that it reads.
const FormatVersion = 1

// MaxLine is the length in bytes that no line of a recording exceeds. An API server takes objects of up to 3 MiB.
const MaxLine = 16 << 20

// Kind says what an Entry tells.
type Kind string

const (
	// Present is an object of the state that a segment begins with.
	Present Kind = "PRESENT"
	// Added is an object that came.
	Added Kind = "ADDED"
	// Modified is an object that changed.
	Modified Kind = "MODIFIED"
	// Deleted is an object that went, as it last was.
	Deleted Kind = "DELETED"
	// Served tells all types that the server serves from now on.
	Served Kind = "TYPES"
	// Watch tells how the watch of a type fares from now on: what happens while it is not live is not recorded.
	Watch Kind = "WATCH"
	// End is the last line of a segment that was ended on purpose.
	End Kind = "END"
)

// Header is the first line of a segment.
type Header struct {
	// FormatVersion is that of the segment's lines.
	FormatVersion int `json:"dogwatchRecording"`
	// At is the moment of the state that follows.
	At time.Time `json:"at"`
	// Continues tells that nothing lies between this segment and the one before.
	Continues bool `json:"continues,omitempty"`
	// Follows is the At of that segment, by which a reader notices that it is missing. Zero is not known.
	Follows time.Time `json:"follows,omitzero"`
	// Context is the kubeconfig's name of the cluster.
	Context string `json:"context,omitempty"`
	// ServerVersion is the API server's gitVersion; empty where it did not tell.
	ServerVersion string `json:"serverVersion,omitempty"`
	// Types are the types that are recorded and served at that moment.
	Types []Type `json:"types"`
	// Objects is the number of Present entries that follow.
	Objects int `json:"objects"`
}

// Type is a type as discovery describes it, with the columns of its Table form and what of it is recorded.
type Type struct {
	Name       TypeName `json:"type"`
	Kind       string   `json:"kind"`
	Singular   string   `json:"singular,omitempty"`
	ShortNames []string `json:"shortNames,omitempty"`
	Categories []string `json:"categories,omitempty"`
	Namespaced bool     `json:"namespaced,omitempty"`
	Verbs      []string `json:"verbs,omitempty"`
	Columns    []Column `json:"columns,omitempty"`
	Scopes     []Scope  `json:"scopes,omitempty"`
}

// Column is a column of a type's Table form, as the server defined it.
type Column struct {
	metav1.TableColumnDefinition
	// Age tells that the server prints the column's times as ages; the cells of a recording hold the times.
	Age bool `json:"age,omitempty"`
}

// Definitions are the type's columns as the server defined them.
func (t *Type) Definitions() []metav1.TableColumnDefinition {
	definitions := make([]metav1.TableColumnDefinition, len(t.Columns))
	for i, c := range t.Columns {
		definitions[i] = c.TableColumnDefinition
	}
	return definitions
}

// Scope is a selection of a type's objects. The zero Scope is all of them.
type Scope struct {
	Namespace     string `json:"namespace,omitempty"`
	LabelSelector string `json:"labelSelector,omitempty"`
	FieldSelector string `json:"fieldSelector,omitempty"`
}

// Entry is one line of a segment after its Header. Its Cells and Object are good until the next entry is read.
type Entry struct {
	// At is when the recorder learned of it, by its own clock.
	At time.Time `json:"at"`
	// Kind says which of the others are set.
	Kind Kind `json:"event"`
	// Type is that of the object, or of the watch.
	Type TypeName `json:"type,omitempty"`
	// Types are set in Served.
	Types []Type `json:"types,omitempty"`
	// Live and Reason are set in Watch: whether the watch is live, and in words why not.
	Live   bool   `json:"live,omitempty"`
	Reason string `json:"reason,omitempty"`
	// Merged, in an object's entry, is the number of changes before it that were not recorded one by one.
	Merged uint64 `json:"merged,omitempty"`
	// Cells are the object's row under the type's columns, a JSON array.
	Cells jsontext.Value `json:"cells,omitempty"`
	// Object is the object's JSON, managedFields included. It is last, so that readers need not look into it.
	Object jsontext.Value `json:"object,omitempty"`
}

// TypeName names a type at a version in kubectl's spelling: "deployments.v1.apps", "pods.v1".
type TypeName string

// NameOf spells a type.
func NameOf(gvr schema.GroupVersionResource) TypeName {
	name := gvr.Resource + "." + gvr.Version
	if gvr.Group != "" {
		name += "." + gvr.Group
	}
	return TypeName(name)
}

// Resource reads the name. An error says that it is none.
func (n TypeName) Resource() (schema.GroupVersionResource, error) {
	resource, rest, ok := strings.Cut(string(n), ".")
	version, group, _ := strings.Cut(rest, ".")
	if !ok || resource == "" || version == "" {
		return schema.GroupVersionResource{}, fmt.Errorf("%q is not a type: want one like pods.v1 or deployments.v1.apps", string(n))
	}
	return schema.GroupVersionResource{Group: group, Version: version, Resource: resource}, nil
}
