package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dogwatch/dogwatch/replay/recording"
)

// began is when the story of these tests begins.
func began() time.Time { return time.Date(2026, 1, 2, 3, 4, 0, 0, time.UTC) }

func pod(uid, created, changed string) []byte {
	return fmt.Appendf(nil, `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"web-1","namespace":"shop","resourceVersion":"1","uid":%q,"labels":{"app":"web"},`+
		`"creationTimestamp":%q,"managedFields":[{"manager":"kwok","time":%q}]}}`, uid, created, changed)
}

// copied retouches a recording with these entries after an empty state a minute before the story.
func copied(t *testing.T, entries ...recording.Entry) []recording.Entry {
	t.Helper()
	dir := t.TempDir()
	raw, made := filepath.Join(dir, "raw"), filepath.Join(dir, "made")
	writeRecording(t, raw, entries)
	if err := retouch(t.Context(), raw, made, began()); err != nil {
		t.Fatal(err)
	}
	rec, err := recording.OpenPath(made)
	if err != nil {
		t.Fatal(err)
	}
	defer rec.Close()
	var got []recording.Entry
	for _, s := range rec.Segments() {
		err := s.Read(func(e *recording.Entry) error {
			kept := *e
			kept.Object = bytes.Clone(e.Object)
			got = append(got, kept)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return got
}

func writeRecording(t *testing.T, path string, entries []recording.Entry) {
	t.Helper()
	var raw bytes.Buffer
	w, err := recording.NewWriter(&raw)
	if err != nil {
		t.Fatal(err)
	}
	header := recording.Header{At: began().Add(-time.Minute), Types: []recording.Type{{Name: "pods.v1", Kind: "Pod"}}}
	if err := w.Begin(header); err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		e.Type = "pods.v1"
		if e.Object != nil {
			e.Cells = []byte(`["web-1"]`)
		}
		if err := w.Write(e); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(began().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, raw.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

// What was there before the story is old, also where it changes later; what the story brings is as young as it was.
func TestOnlyWhatWasThereBeforeIsMadeOlder(t *testing.T) {
	before, after := began().Add(-30*time.Second), began().Add(5*time.Second)
	early, late := before.Format(time.RFC3339), after.Format(time.RFC3339)
	got := copied(t,
		recording.Entry{At: before, Kind: recording.Added, Object: pod("old", early, early)},
		recording.Entry{At: after, Kind: recording.Modified, Object: pod("old", early, late)},
		recording.Entry{At: after, Kind: recording.Deleted, Object: pod("old", early, late)},
		recording.Entry{At: after, Kind: recording.Added, Object: pod("new", late, late)},
	)
	kinds := []recording.Kind{recording.Present, recording.Modified, recording.Deleted, recording.Added, recording.End}
	if len(got) != len(kinds) {
		t.Fatalf("%d entries, want %d: %+v", len(got), len(kinds), got)
	}
	for i, kind := range kinds {
		if got[i].Kind != kind {
			t.Fatalf("entry %d is %s, want %s", i, got[i].Kind, kind)
		}
	}
	created := spread("shop/web", 2*day, 9*day)
	old := before.Add(-created).Format(time.RFC3339)
	for i, want := range [][]byte{pod("old", old, old), pod("old", old, late), pod("old", old, late), pod("new", late, late)} {
		want = bytes.ReplaceAll(want, []byte("kwok"), []byte("kubelet"))
		if !bytes.Equal(got[i].Object, want) {
			t.Errorf("entry %d is\n%s, want\n%s", i, got[i].Object, want)
		}
	}
}

// A watch that was silent and went on is not told of; one that began anew is.
func TestSilenceOfABusyMachineIsLeftOut(t *testing.T) {
	at := func(seconds int) time.Time { return began().Add(time.Duration(seconds) * time.Second) }
	got := copied(t,
		recording.Entry{At: at(1), Kind: recording.Watch, Reason: "stale: nothing was heard"},
		recording.Entry{At: at(2), Kind: recording.Watch, Live: true},
		recording.Entry{At: at(3), Kind: recording.Watch, Reason: "stale: nothing was heard"},
		recording.Entry{At: at(4), Kind: recording.Watch, Reason: "listing"},
		recording.Entry{At: at(5), Kind: recording.Watch, Live: true},
	)
	var told []string
	for _, e := range got {
		if e.Kind == recording.Watch && e.At.After(began()) {
			told = append(told, fmt.Sprint(e.Reason, e.Live))
		}
	}
	if want := []string{"listingfalse", "true"}; !slices.Equal(told, want) {
		t.Errorf("told is %q, want %q", told, want)
	}
}

func TestAgesAreSpreadBetweenTheirBounds(t *testing.T) {
	const from, to = 10 * day, 30 * day
	least, most := to, from
	for i := range 1000 {
		age := spread(fmt.Sprint("object-", i), from, to)
		if age < from || age >= to || age%time.Second != 0 {
			t.Fatalf("%s is not between %s and %s", age, from, to)
		}
		least, most = min(least, age), max(most, age)
	}
	if least > 11*day || most < 29*day {
		t.Errorf("all are between %s and %s", least, most)
	}
}

func TestTellTaleTextIsRefused(t *testing.T) {
	disguise, err := newDisguise()
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range disguise.forbidden {
		var made bytes.Buffer
		w, err := recording.NewWriter(&made)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Begin(recording.Header{At: began()}); err != nil {
			t.Fatal(err)
		}
		object := fmt.Appendf(nil, `{"metadata":{"name":%s}}`, `"`+strings.Trim(text, `"`)+`"`)
		if err := w.Write(recording.Entry{At: began(), Kind: recording.Added, Type: "pods.v1", Object: object}); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(began()); err != nil {
			t.Fatal(err)
		}
		if err := disguise.check(made.Bytes()); err == nil {
			t.Errorf("%q passes", text)
		}
	}
}
