package player

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/replay/apiserver/store"
	"github.com/dogwatch/dogwatch/replay/recording"
)

// played is the store of a recording of one object.
func played(t *testing.T, of recording.Type, object string) *store.Store {
	t.Helper()
	var out bytes.Buffer
	w, err := recording.NewWriter(&out)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Begin(recording.Header{At: start, Types: []recording.Type{of}, Objects: 1}); err != nil {
		t.Fatal(err)
	}
	if err := w.Write(recording.Entry{At: start, Kind: recording.Present, Type: of.Name, Object: jsontext.Value(object)}); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(start); err != nil {
		t.Fatal(err)
	}
	rec, err := recording.Open(bytes.NewReader(out.Bytes()), int64(out.Len()))
	if err != nil {
		t.Fatal(err)
	}
	p, err := New(rec, Options{Paused: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.scene.close)
	return p.Store()
}

// kubectl describe finds an object's events by their fields, though no recording tells that they may be selected by.
func TestEventsAreSelectableByTheirObject(t *testing.T) {
	events := schema.GroupVersionResource{Version: "v1", Resource: "events"}
	st := played(t, recording.Type{Name: "events.v1", Kind: "Event", Namespaced: true},
		`{"metadata":{"namespace":"shop","name":"e","resourceVersion":"7"},"involvedObject":{"name":"web"},"source":{"component":"kubelet"}}`)
	def, err := st.Type(events)
	if err != nil {
		t.Fatal(err)
	}
	o, err := st.Get(events, "shop", "e")
	if err != nil {
		t.Fatal(err)
	}
	for label, want := range map[string]string{"involvedObject.name": "web", "involvedObject.uid": "", "source": "kubelet"} {
		if f, ok := def.Field(label); !ok || o.Field(f) != want {
			t.Errorf("%s: %v, %q, want %q", label, ok, o.Field(f), want)
		}
	}
}

// Typed clients decode a Secret's values as base64, or fail with the whole list.
func TestMaskedSecretsAreServedToTypedClients(t *testing.T) {
	st := played(t, recording.Type{Name: "secrets.v1", Kind: "Secret", Namespaced: true},
		`{"metadata":{"namespace":"shop","name":"s","resourceVersion":"7"},"data":{"token":"•••• (6 bytes)"}}`)
	o, err := st.Get(schema.GroupVersionResource{Version: "v1", Resource: "secrets"}, "shop", "s")
	if err != nil {
		t.Fatal(err)
	}
	var secret corev1.Secret
	if err := json.Unmarshal(o.JSON, &secret); err != nil || string(secret.Data["token"]) != "•••• (6 bytes)" {
		t.Errorf("%s is read as %q, %v", o.JSON, secret.Data, err)
	}
}
