package stream

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/change"
	"github.com/dogwatch/dogwatch/model/relation"
	"github.com/dogwatch/dogwatch/model/signal"
)

func at() time.Time { return time.Date(2026, 11, 30, 0, 0, 1, 500, time.UTC) }

// lasting is a signal that has all there is.
func lasting() *signal.Signal {
	web := relation.ID{Type: schema.GroupResource{Group: "apps", Resource: "deployments"}, Key: model.Key{Namespace: "shop", Name: "web"}}
	edit := &signal.Edit{
		Of: web, Path: "spec.replicas", Old: []byte("1"), New: []byte("2"), By: change.Manager{Name: "hpa", Operation: "Update", Subresource: "scale", At: 1}, At: at(),
	}
	return &signal.Signal{
		Fingerprint: "f", Rule: "r", Policy: true, Type: "T", Severity: signal.Critical, Title: "t", Message: "m", Fields: map[string]any{"b": 1, "a": []any{"x"}},
		Subject: signal.Subject{ID: web, UID: "u-1"}, Workload: web, Change: edit, Edit: edit, Unwell: []signal.Unwell{{ID: web, Reason: "Failed"}}, Opened: at(), Since: at(), Resolved: at().Add(time.Minute), Suppressed: 2,
	}
}

// unjudged is lasting, of which nobody knows whether it is over.
func unjudged() *signal.Signal {
	s := lasting()
	s.Unknown = true
	return s
}

// examples have all fields that there are, and none but what must be.
func examples() []Event {
	seven := 0
	by := &Manager{Name: "kubectl", Operation: "Apply", Subresource: "scale", Time: at()}
	pod := Object{Version: "v1", Resource: "pods", Kind: "Pod", Namespace: "shop", Name: "web", UID: "u-1"}
	return []Event{
		&Change{
			Schema: changeSchema, ID: "u-1/1-2/updated", Time: at(), Cluster: "prod eu/1", Change: Updated, OldVersion: "1", NewVersion: "2", By: by,
			Object: pod, Fields: []Field{
				{Path: "a", Old: []byte("null"), New: []byte(`{"x":[1,"\u001b"]}`), By: by},
				{Path: "b", New: []byte("\"\u202e\u009b\U000e0041é\"")},
				{Path: "c", Old: []byte("1")},
				{Path: `d[name="e"]`, Moved: &Moved{From: 1}, By: by},
			},
			Noise: true, Listed: true, Merged: 3,
		},
		&Change{Schema: changeSchema, ID: "u-2/-1/added", Time: at(), Change: Added, Object: Object{Version: "v1", Resource: "nodes", Kind: "Node", Name: "n", UID: "u-2"}},
		NewSignal(lasting(), "prod"),
		NewSignal(unjudged(), "prod"),
		NewSignal(&signal.Signal{
			Fingerprint: "f", Rule: "r", Type: "T", Severity: signal.Info, Title: "t", Moment: true, Opened: at(), Since: at(), Resolved: at(),
		}, ""),
		&Notice{
			Schema: noticeSchema, ID: "notice/a/1", Time: at(), Cluster: "prod", Notice: Watching, Type: &Object{Version: "v1", Resource: "pods", Kind: "Pod", Namespace: "shop"},
			LabelSelector: "a=b", FieldSelector: "c=d", Objects: &seven, Since: at(), Listed: true, Count: 1, Reason: "a reason",
		},
		&Notice{Schema: noticeSchema, ID: "notice/a/2", Time: at(), Notice: Dropped},
	}
}

func TestEachPayloadIsAsItsSchemaSays(t *testing.T) {
	for _, e := range examples() {
		body, err := JSON().Encode(e)
		if err != nil {
			t.Fatal(err)
		}
		payload, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
		if err != nil {
			t.Fatalf("%s: %v", body, err)
		}
		compiler := jsonschema.NewCompiler()
		compiler.AssertFormat()
		form, err := compiler.Compile(filepath.Join("..", "docs", "schema", e.Header().Schema+".json"))
		if err != nil {
			t.Fatal(err)
		}
		if err := form.Validate(payload); err != nil {
			t.Errorf("%s\n%v", body, err)
		}
	}
}

func TestWhatCannotBeSeenIsEscapedAndMeansTheSame(t *testing.T) {
	e := examples()[0]
	body, err := JSON().Encode(e)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range string(body) {
		if !unicode.IsPrint(r) {
			t.Errorf("%U is in %s", r, body)
		}
	}
	var read struct {
		Fields []struct{ Old, New any }
	}
	if err := json.Unmarshal(body, &read); err != nil {
		t.Fatal(err)
	}
	if got := read.Fields[1].New; got != "\u202e\u009b\U000e0041é" {
		t.Errorf("it reads as %q", got)
	}
	if !strings.Contains(string(body), `"old":null`) || strings.Contains(string(body), `{"path":"b","old"`) {
		t.Errorf("null and nothing are not told apart in %s", body)
	}
}

func TestCloudEventsAreReadByTheOfficialLibrary(t *testing.T) {
	f := CloudEvents()
	var batch []Message
	for _, e := range examples() {
		m, err := newMessage(e, f)
		if err != nil {
			t.Fatal(err)
		}
		batch = append(batch, m)
	}
	var all []event.Event
	if err := json.Unmarshal(f.Join(batch), &all); err != nil {
		t.Fatal(err)
	}
	for i, e := range all {
		if err := e.Validate(); err != nil {
			t.Error(err)
		}
		plain, err := JSON().Encode(examples()[i])
		if err != nil {
			t.Fatal(err)
		}
		var got, want any
		if err := json.Unmarshal(e.Data(), &got); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(plain, &want); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("the data differs:\n%s", diff)
		}
	}
	e := all[0]
	got := []string{e.ID(), e.Source(), e.Type(), e.Subject(), e.DataSchema(), e.DataContentType(), e.Time().String()}
	want := []string{
		"u-1/1-2/updated", "/dogwatch/clusters/prod%20eu%2F1", "com.github.dogwatch.change.updated", "pods/shop/web", schemaURL + "change.v1.json",
		"application/json", at().String(),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if e.Extensions()["partitionkey"] != "u-1" {
		t.Errorf("extensions %v", e.Extensions())
	}
}

func TestBatchesArePutTogether(t *testing.T) {
	batch := []Message{{Body: []byte("1")}, {Body: []byte("2")}}
	for _, c := range []struct {
		f    *Format
		want string
	}{{JSON(), "1\n2\n"}, {CloudEvents(), "[1,2]"}, {Text(nil, ""), "1\n2\n"}} {
		if got := string(c.f.Join(batch)); got != c.want {
			t.Errorf("%s: %q", c.f.Name, got)
		}
	}
}

func TestSignalsOpenAndAreOver(t *testing.T) {
	open := lasting()
	open.Resolved = time.Time{}
	first, last := NewSignal(open, "prod"), NewSignal(lasting(), "prod")
	if first.Signal != Opened || last.Signal != Resolved || first.ID == last.ID || first.Header().Type != "signal.opened" || first.Header().Of.String() != "deployments.apps/shop/web" {
		t.Errorf("they are told as %+v and %+v", first, last)
	}
	lost := NewSignal(unjudged(), "prod")
	if lost.Signal != Unknown || !lost.Resolved.IsZero() || !lost.Time.Equal(last.Time) || lost.ID == last.ID || lost.Header().Type != "signal.unknown" {
		t.Errorf("what is not judged any more is told as %+v", lost)
	}
	if again := NewSignal(lasting(), "prod"); again.ID != last.ID {
		t.Errorf("the same is called %s and %s", again.ID, last.ID)
	}
}

// What was merged of several changes begins or ends at other versions, and is another change.
func TestEachPartOfAChangeIsInItsName(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range []Change{
		{Object: Object{UID: "u"}, OldVersion: "1", NewVersion: "2", Change: Updated},
		{Object: Object{UID: "u"}, OldVersion: "1", NewVersion: "3", Change: Updated},
		{Object: Object{UID: "u"}, OldVersion: "2", NewVersion: "3", Change: Updated},
		{Object: Object{UID: "u"}, OldVersion: "2", NewVersion: "3", Change: Deleted},
		{Object: Object{UID: "v"}, OldVersion: "2", NewVersion: "3", Change: Deleted},
	} {
		id := changeID(&c)
		if seen[id] {
			t.Errorf("%+v is called %s, as another", c, id)
		}
		seen[id] = true
	}
}
