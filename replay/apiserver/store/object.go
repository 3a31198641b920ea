package store

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"k8s.io/apimachinery/pkg/types"
	jsonutil "k8s.io/apimachinery/pkg/util/json"
)

// Object is one version of an object. It never changes; JSON, Labels and Cells are shared and must not be written to.
type Object struct {
	Namespace, Name string
	ResourceVersion uint64
	Labels          map[string]string
	// JSON is the whole object, on one line.
	JSON []byte
	// Cells is the JSON array of the object's cells as they were recorded; nil where they are to be made from the object.
	Cells json.RawMessage
	// Printed is when Cells were printed, from which on the ages in them grow; zero where they do not.
	Printed time.Time

	key string
}

// Item is an object as a cluster sent it: its resource version is the one inside.
type Item struct {
	JSON  []byte
	Cells json.RawMessage
	// Printed is when Cells were printed, see Object.
	Printed time.Time
}

// Key is the object's place in the order of a list: namespace/name, or the name alone.
func (o *Object) Key() string { return o.key }

// same tells whether who has the object need not be told of another. Cells that were printed earlier grow into those that
// were printed later, but not the other way.
func (o *Object) same(as *Object) bool {
	return o == as || o.ResourceVersion == as.ResourceVersion && !o.Printed.After(as.Printed) &&
		bytes.Equal(o.JSON, as.JSON) && bytes.Equal(o.Cells, as.Cells)
}

// Decode unpacks the object. Integers become int64.
func (o *Object) Decode() (map[string]any, error) {
	var m map[string]any
	if err := jsonutil.Unmarshal(o.JSON, &m); err != nil {
		return nil, fmt.Errorf("decoding %s: %w", o.key, err)
	}
	return m, nil
}

// At is the same object with another resource version: what a DELETED event carries.
func (o *Object) At(rv uint64) (*Object, error) {
	var r reader
	raw, err := r.moved(o.JSON, rv)
	if err != nil {
		return nil, err
	}
	moved := *o
	moved.JSON, moved.ResourceVersion = raw, rv
	return &moved, nil
}

func keyOf(namespace, name string) string {
	if namespace == "" {
		return name
	}
	return namespace + "/" + name
}

// edit rewrites the top of an object and its metadata, and leaves the bytes of all else as they are.
func edit(raw []byte, top, meta func(map[string]json.RawMessage)) ([]byte, error) {
	var object, metadata map[string]json.RawMessage
	if err := json.Unmarshal(raw, &object); err != nil {
		return nil, fmt.Errorf("reading an object: %w", err)
	}
	if object == nil {
		return nil, fmt.Errorf("reading an object: null")
	}
	if m, ok := object["metadata"]; ok {
		if err := json.Unmarshal(m, &metadata); err != nil {
			return nil, fmt.Errorf("reading an object's metadata: %w", err)
		}
	}
	if metadata == nil {
		metadata = map[string]json.RawMessage{}
	}
	if top != nil {
		top(object)
	}
	meta(metadata)
	packed, err := json.Marshal(metadata)
	if err != nil {
		return nil, fmt.Errorf("writing an object's metadata: %w", err)
	}
	object["metadata"] = packed
	out, err := json.Marshal(object)
	if err != nil {
		return nil, fmt.Errorf("writing an object: %w", err)
	}
	return out, nil
}

// admit does what an API server does to an object that is written to it: version, uid, creation time, kind. What the
// object's last version had of these is kept.
func admit(t Type, raw []byte, last *Object, rv uint64, now time.Time) ([]byte, error) {
	var old struct {
		Metadata struct {
			UID, CreationTimestamp json.RawMessage
		} `json:"metadata"`
	}
	if last != nil {
		if err := json.Unmarshal(last.JSON, &old); err != nil {
			return nil, fmt.Errorf("reading the last version of %s: %w", last.key, err)
		}
	}
	top := func(object map[string]json.RawMessage) {
		setDefault(object, "apiVersion", nil, t.Resource.GroupVersion().String())
		setDefault(object, "kind", nil, t.Kind)
	}
	return edit(raw, top, func(meta map[string]json.RawMessage) {
		setVersion(meta, rv)
		setDefault(meta, "uid", old.Metadata.UID, string(uidFor(rv)))
		setDefault(meta, "creationTimestamp", old.Metadata.CreationTimestamp, now.UTC().Format(time.RFC3339))
	})
}

// uidFor is unique in one store, and the same on every run.
func uidFor(rv uint64) types.UID {
	return types.UID(fmt.Sprintf("00000000-0000-4000-8000-%012x", rv))
}

func setVersion(meta map[string]json.RawMessage, rv uint64) {
	meta["resourceVersion"] = json.RawMessage(strconv.Quote(strconv.FormatUint(rv, 10)))
}

// setDefault fills in a missing member with the former value, or with value where there was none.
func setDefault(m map[string]json.RawMessage, name string, former json.RawMessage, value string) {
	if v, ok := m[name]; ok && !bytes.Equal(v, []byte("null")) {
		return
	}
	if len(former) == 0 {
		former, _ = json.Marshal(value) // a string always encodes
	}
	m[name] = former
}
