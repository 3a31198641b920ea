package store

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"strconv"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
)

// plainHead reads an object's head with encoding/json.
func plainHead(raw []byte) (head, error) {
	var object struct {
		Metadata json.RawMessage `json:"metadata"`
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(raw, &all); err != nil || all == nil {
		return head{}, fmt.Errorf("no object: %w", err)
	}
	object.Metadata = all["metadata"]
	var members map[string]json.RawMessage
	if object.Metadata != nil {
		if err := json.Unmarshal(object.Metadata, &members); err != nil {
			return head{}, err
		}
	}
	var h head
	var version string
	for name, into := range map[string]any{
		"name": &h.Name, "namespace": &h.Namespace, "resourceVersion": &version, "labels": &h.labels,
	} {
		if members[name] == nil {
			continue
		}
		if err := json.Unmarshal(members[name], into); err != nil {
			return head{}, err
		}
	}
	if version == "" {
		return h, nil
	}
	var err error
	h.ResourceVersion, err = strconv.ParseUint(version, 10, 64)
	return h, err
}

// FuzzHead compares the quick way of reading an object with encoding/json.
func FuzzHead(f *testing.F) {
	for _, seed := range []string{
		`{"kind":"Pod","metadata":{"name":"a","namespace":"n","resourceVersion":"7","labels":{"a":"b","c":null}},"spec":{"x":[1,{}]}}`,
		`{"metadata":{"labels":{"a":"b"},"managedFields":[{"f:a":{}}],"name":"a","resourceVersion":"7"}} `,
		`{"metadata":{"name":"a","resourceVersion":"7"}} {}`, `{"metadata":{"name":"a","resourceVersion":"7"}`, `{"metadata":null}`, `null`, `[]`,
		`{"metadata":{"n\u0061me":"\ud800","resourceVersion":"007","name":"b","labels":null}}`, `{"metadata":{"name":7}}`, `{"metadata":[]}`,
		"{\"metadata\":{\"name\":\"\xff\"}}", `{"metadata":{"name":"a","name":"b"},"metadata":{}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var r reader
		got, err := r.head(raw)
		if err == nil && !json.Valid(raw) {
			t.Fatal("took for JSON what is none")
		}
		if !jsontext.Value(raw).IsValid(jsontext.AllowInvalidUTF8(true)) {
			return // a member that is there twice may be read either way
		}
		want, wrong := plainHead(raw)
		if wrong != nil && err != nil {
			return
		}
		if wrong != nil || err != nil || got.Identity != want.Identity || !maps.Equal(got.labels, want.labels) {
			t.Fatalf("read %+v, %v, plain %+v, %v", got, err, want, wrong)
		}
		for _, namespaced := range []bool{true, false} {
			var i Identifier
			id, err := i.Identify(raw, namespaced)
			if known := want.Name != "" && want.ResourceVersion != 0; known != (err == nil) {
				t.Fatalf("identified %+v, %v, plain %+v", id, err, want)
			}
			if err == nil && (id.Name != want.Name || id.ResourceVersion != want.ResourceVersion || namespaced && id != want.Identity) {
				t.Fatalf("identified %+v, plain %+v", id, want)
			}
		}
	})
}

// What many goroutines read is in the order of the items, and what cannot be read is left out and counted.
func TestReadMany(t *testing.T) {
	items := make([]Item, 5000)
	bad := 0
	for i := range items {
		items[i] = Item{JSON: fmt.Appendf(nil, `{"metadata":{"name":"o%d","resourceVersion":"%d"}}`, i, i+1), Cells: []byte(`[1]`)}
		switch i % 100 {
		case 7:
			items[i].JSON = items[i].JSON[:30]
			bad++
		case 8:
			items[i].Cells = []byte(`[1`)
			bad++
		}
	}
	objects, err := Read(Type{}, items)
	if err == nil || err.Error()[:3] != fmt.Sprint(bad) {
		t.Errorf("error %v, want %d", err, bad)
	}
	for i, o := range objects {
		if isBad := i%100 == 7 || i%100 == 8; isBad != (o == nil) || o != nil && o.Name != fmt.Sprintf("o%d", i) {
			t.Errorf("object %d is %+v", i, o)
		}
	}
}

// An object at another version differs in that only, wherever its version stands.
func TestAt(t *testing.T) {
	for _, raw := range []string{
		`{"metadata":{"name":"a","resourceVersion":"7","uid":"resourceVersion"},"spec":{"metadata":{"resourceVersion":"7"}}}`,
		`{"a":{"metadata":{"resourceVersion":"7"}},"metadata":{"managedFields":[{"f:resourceVersion":"7"}],"resourceVersion":"7"}}`,
		`{"metadata":{"n\u0061me":"a","resource\u0056ersion":"7"}}`,
		`{"metadata":{"name":"a"}}`,
		`{"kind":"A"}`,
	} {
		o, err := (&Object{JSON: []byte(raw), ResourceVersion: 7}).At(1234567)
		if err != nil {
			t.Fatal(err)
		}
		want, err := (&Object{JSON: []byte(raw)}).Decode()
		if err != nil {
			t.Fatal(err)
		}
		meta, _ := want["metadata"].(map[string]any)
		if meta == nil {
			meta = map[string]any{}
			want["metadata"] = meta
		}
		meta["resourceVersion"] = "1234567"
		if got, err := o.Decode(); err != nil || !reflect.DeepEqual(got, want) || o.ResourceVersion != 1234567 {
			t.Errorf("%s became %s, %v", raw, o.JSON, err)
		}
	}
	if _, err := (&Object{JSON: []byte(`{"metadata":`)}).At(1); err == nil {
		t.Error("moved what is no JSON")
	}
}
