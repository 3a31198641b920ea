package signal

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/change"
	"github.com/dogwatch/dogwatch/model/relation"
)

func at(second int) time.Time { return time.Date(2026, 11, 29, 12, 0, second, 0, time.UTC) }

func podID(name string) relation.ID {
	return relation.ID{Type: schema.GroupResource{Resource: "pods"}, Key: model.Key{Namespace: "shop", Name: name}}
}

// full is a signal in which all is set.
func full() *Signal {
	web := relation.ID{Type: schema.GroupResource{Group: "apps", Resource: "deployments"}, Key: model.Key{Namespace: "shop", Name: "web"}}
	edit := &Edit{
		Of: web, Path: "spec.replicas", Old: []byte("1"), New: []byte(`"a\u001b"`), At: at(2),
		By: change.Manager{Name: "kubectl", Operation: "Update", Subresource: "scale", At: at(1).Unix()},
	}
	return &Signal{
		Fingerprint: "f", Rule: "r", Policy: true, Type: "T", Severity: Critical, Title: "t", Message: "m", Fields: map[string]any{"n": 1.5},
		Subject: Subject{ID: podID("web-1"), UID: "u"}, Workload: web, Change: edit, Edit: edit, Unwell: []Unwell{{web, "Stuck"}}, Moment: true, Since: at(1), Opened: at(2),
		Resolved: at(3), Unknown: true, Suppressed: 4,
	}
}

func TestSignalsAreTheSameOnTheOtherSide(t *testing.T) {
	v := reflect.ValueOf(*full())
	for i := range v.NumField() {
		if v.Field(i).IsZero() {
			t.Errorf("%s is not set, and not tested", v.Type().Field(i).Name)
		}
	}
	for _, m := range []Message{
		{Signal: full()}, {Signal: &Signal{Fingerprint: "f", Opened: at(1)}}, {Ready: true}, {Fault: &Fault{Rule: "r", Count: 2, Object: "o", Error: "e"}},
	} {
		text, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		var got Message
		if err := json.Unmarshal(text, &got); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, m) {
			t.Errorf("%s became\n%+v, want\n%+v", text, got, m)
		}
	}
}

// What comes from another program is not trusted to be right.
func FuzzMessage(f *testing.F) {
	text, err := json.Marshal(Message{Signal: full()})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte(`{"signal":{}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		var m Message
		if json.Unmarshal(text, &m) == nil && m.Signal != nil && (m.Signal.Fingerprint == "" || m.Signal.Opened.IsZero()) {
			t.Errorf("%q is taken, though it cannot be told from others", text)
		}
	})
}
