package main

import (
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

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
