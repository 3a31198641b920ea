package main

import (
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/config"
	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/relation"
	"github.com/dogwatch/dogwatch/model/signal"
	"github.com/dogwatch/dogwatch/stream"
	"github.com/dogwatch/dogwatch/ui/text"
)

// Whatever a cluster says is harmless on a line for people, and is there.
func TestEventLinesAreHarmless(t *testing.T) {
	const evil = "be\x1b]52;c;eA==\x07\u202egin\nnext"
	quoted := jsontext.Value(`"be\u001b]52;c;eA==\u0007\u202egin\nnext"`)
	of := stream.Object{Resource: evil, Kind: evil, Namespace: evil, Name: evil}
	for name, e := range map[string]stream.Event{
		"object":        &stream.Change{Change: stream.Deleted, Object: of},
		"creator":       &stream.Change{Change: stream.Added, By: &stream.Manager{Name: evil}},
		"path":          &stream.Change{Change: stream.Updated, Fields: []stream.Field{{Path: evil, New: jsontext.Value("1")}}},
		"value":         &stream.Change{Change: stream.Updated, Fields: []stream.Field{{Path: "/a", Old: quoted, New: jsontext.Value("1")}}},
		"manager":       &stream.Change{Change: stream.Updated, Fields: []stream.Field{{Path: "/a", New: jsontext.Value("1"), By: &stream.Manager{Name: evil}}}},
		"type":          &stream.Signal{Signal: stream.Opened, Type: evil},
		"title":         &stream.Signal{Signal: stream.Opened, Title: evil},
		"message":       &stream.Signal{Signal: stream.Opened, Message: evil},
		"title, at end": &stream.Signal{Signal: stream.Resolved, Title: evil},
		"and no longer": &stream.Signal{Signal: stream.Unknown, Title: evil},
		"reason":        &stream.Notice{Notice: stream.Ended, Reason: evil},
	} {
		line := eventLine(e)
		if line != text.Clean(line) {
			t.Errorf("%s: %q", name, line)
		}
		if !strings.Contains(line, "gin") {
			t.Errorf("%s is not told: %q", name, line)
		}
	}
}

// A file that holds events is told by how it begins, also where a kill has cut that off, from one that holds anything else.
func TestFilesOfEventsAreKnown(t *testing.T) {
	at := time.Date(2026, 11, 30, 12, 0, 0, 123456789, time.UTC)
	for _, e := range []stream.Event{
		&stream.Change{Schema: "change.v1", ID: "u/1/updated", Time: at, Change: stream.Updated}, &stream.Notice{Schema: "notice.v1", ID: "n", Time: at, Notice: stream.Ended},
		stream.NewSignal(&signal.Signal{Fingerprint: "f", Type: "Stuck", Severity: signal.Warning, Title: "It is stuck", Opened: at}, "prod"),
	} {
		for _, name := range config.Formats() {
			line, err := formatOf(name).Encode(e)
			if err != nil {
				t.Fatal(err)
			}
			for n := range line {
				if !isOfDogwatch(line[:n]) {
					t.Fatalf("%s: %q is none", name, line[:n])
				}
			}
		}
	}
	for _, text := range []string{"user:password", "{}", "{\n", `{"auths":{}}`, `{"kind":"Config"}`, "ey", "-----BEGIN", "2026-11-30T12:00:00Z", "20 apples", "}"} {
		if isOfDogwatch([]byte(text)) {
			t.Errorf("%q is taken for events", text)
		}
	}
}

// What is over and what is not judged any more are not told alike.
func TestSignalsOnALine(t *testing.T) {
	begin := time.Date(2026, 11, 30, 12, 0, 0, 0, time.Local)
	of := relation.ID{Type: schema.GroupResource{Resource: "pods"}, Key: model.Key{Namespace: "shop", Name: "web"}}
	lasting := signal.Signal{Fingerprint: "f", Type: "Stuck", Severity: signal.Warning, Title: "It is stuck", Message: "for long", Subject: signal.Subject{ID: of}, Opened: begin}
	over := lasting
	over.Resolved = begin.Add(90 * time.Second)
	lost, moment := over, lasting
	lost.Unknown, moment.Moment, moment.Resolved = true, true, begin
	for _, c := range []struct {
		s              signal.Signal
		streamed, test string
	}{
		{lasting, "12:00:00.000  opened       pods/shop/web  warning  Stuck  It is stuck: for long", "12:00:00.000  warning   opened    Stuck  pods/shop/web  It is stuck: for long"},
		{over, "12:01:30.000  resolved     pods/shop/web  warning  Stuck  It is stuck: after 1m30s", "12:01:30.000  warning   resolved  Stuck  pods/shop/web  It is stuck: after 1m30s"},
		{
			lost, "12:01:30.000  unknown      pods/shop/web  warning  Stuck  It is stuck: not judged any more, after 1m30s",
			"12:01:30.000  warning   unknown   Stuck  pods/shop/web  It is stuck: not judged any more, after 1m30s",
		},
		{moment, "12:00:00.000  happened     pods/shop/web  warning  Stuck  It is stuck: for long", "12:00:00.000  warning   happened  Stuck  pods/shop/web  It is stuck: for long"},
	} {
		if got := eventLine(stream.NewSignal(&c.s, "")); got != "2026-11-30 "+c.streamed {
			t.Errorf("streamed is\n%s, want\n%s", got, c.streamed)
		}
		if got := line(&c.s); got != "2026-11-30 "+c.test {
			t.Errorf("rules test prints\n%s, want\n%s", got, c.test)
		}
	}
}
