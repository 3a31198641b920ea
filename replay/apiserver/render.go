package apiserver

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/dogwatch/dogwatch/replay/apiserver/store"
)

// renderer writes objects in one form by putting their JSON together; an object's own bytes are never encoded again.
type renderer struct {
	form
	now func() time.Time
	// columns are the encoded columnDefinitions; a watch sends them once and null from then on.
	columns []byte
	cellers []celler
	ages    []int // columns whose recorded cells are times
}

func newRenderer(f form, now func() time.Time) (*renderer, error) {
	r := &renderer{form: f, now: now}
	if f.as != asTable {
		return r, nil
	}
	columns := f.def.Columns
	if columns == nil {
		columns = defaultColumns()
	}
	definitions := make([]metav1.TableColumnDefinition, len(columns))
	for i, c := range columns {
		definitions[i] = c.TableColumnDefinition
		if c.Age {
			r.ages = append(r.ages, i)
		}
		cell, err := newCeller(c, now)
		if err != nil {
			return nil, fmt.Errorf("column %q of %v: %w", c.Name, f.def.Resource, err)
		}
		r.cellers = append(r.cellers, cell)
	}
	var err error
	if r.columns, err = json.Marshal(definitions); err != nil {
		return nil, fmt.Errorf("encoding the columns of %v: %w", f.def.Resource, err)
	}
	return r, nil
}

// metaVersion is the apiVersion of Tables and partial objects.
func (r *renderer) metaVersion() string { return metav1.GroupName + "/" + r.version }

// appendDocument writes one object as a document of its own: a get's answer, or an event's object.
func (r *renderer) appendDocument(dst []byte, o *store.Object) ([]byte, error) {
	if r.as != asTable {
		return r.appendItem(dst, o)
	}
	dst = r.appendTableHead(dst, metav1.ListMeta{ResourceVersion: strconv.FormatUint(o.ResourceVersion, 10)})
	dst, err := r.appendItem(dst, o)
	return append(dst, "]}"...), err
}

// appendListHead writes a list up to its first item. The list is closed by "]}".
func (r *renderer) appendListHead(dst []byte, meta metav1.ListMeta) []byte {
	switch r.as {
	case asTable:
		return r.appendTableHead(dst, meta)
	case asPartial:
		return appendHead(dst, asPartialList, r.metaVersion(), meta, `,"items":[`)
	}
	return appendHead(dst, r.def.ListKind, r.def.Resource.GroupVersion().String(), meta, `,"items":[`)
}

func (r *renderer) appendTableHead(dst []byte, meta metav1.ListMeta) []byte {
	dst = appendHead(dst, asTable, r.metaVersion(), meta, `,"columnDefinitions":`)
	dst = append(dst, r.columns...)
	return append(dst, `,"rows":[`...)
}

func appendHead(dst []byte, kind, version string, meta metav1.ListMeta, next string) []byte {
	packed, _ := json.Marshal(meta) // strings and a number always encode
	dst = append(dst, `{"kind":`...)
	dst = appendString(dst, kind)
	dst = append(dst, `,"apiVersion":`...)
	dst = appendString(dst, version)
	dst = append(dst, `,"metadata":`...)
	dst = append(dst, packed...)
	return append(dst, next...)
}

func appendString(dst []byte, s string) []byte {
	quoted, _ := json.Marshal(s) // a string always encodes
	return append(dst, quoted...)
}

// appendItem writes one object as an element of a list: itself, its metadata, or its row.
func (r *renderer) appendItem(dst []byte, o *store.Object) ([]byte, error) {
	switch r.as {
	case asTable:
		return r.appendRow(dst, o)
	case asPartial:
		return r.appendPartial(dst, o)
	}
	return append(dst, o.JSON...), nil
}

func (r *renderer) appendRow(dst []byte, o *store.Object) ([]byte, error) {
	cells, err := r.cells(o)
	if err != nil {
		return dst, err
	}
	dst = append(dst, `{"cells":`...)
	dst = append(dst, cells...)
	dst = append(dst, `,"object":`...)
	switch r.include {
	case metav1.IncludeObject:
		dst = append(dst, o.JSON...)
	case metav1.IncludeNone:
		dst = append(dst, "null"...)
	default:
		dst, err = r.appendPartial(dst, o)
	}
	return append(dst, '}'), err
}

func (r *renderer) appendPartial(dst []byte, o *store.Object) ([]byte, error) {
	var whole struct {
		Metadata json.RawMessage `json:"metadata"`
	}
	if err := json.Unmarshal(o.JSON, &whole); err != nil {
		return dst, fmt.Errorf("reading the metadata of %s: %w", o.Key(), err)
	}
	dst = append(dst, `{"kind":"PartialObjectMetadata","apiVersion":`...)
	dst = appendString(dst, r.metaVersion())
	dst = append(dst, `,"metadata":`...)
	dst = append(dst, whole.Metadata...)
	return append(dst, '}'), nil
}
