package player

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/dogwatch/dogwatch/replay/recording"
)

// moment is a step of a recording as a plain reading of it knows it.
type moment struct {
	at    time.Time
	state map[string]string // version and cells by type and name; the type alone for its kind
}

// story writes a recording of bursts at one instant, of a type that comes and goes, with segments that know more than the
// one before and with gaps.
type story struct {
	*recording.Writer
	random          *rand.Rand
	types           []recording.Type
	present         map[recording.TypeName]map[string]int
	second, version int
}

func typeNamed(name recording.TypeName, kind string) recording.Type {
	return recording.Type{Name: name, Kind: kind, Namespaced: true, Verbs: []string{"get", "list", "watch"}}
}

func stepped(t *testing.T, seed uint64) (*recording.Recording, []moment) {
	t.Helper()
	var out bytes.Buffer
	w, err := recording.NewWriter(&out)
	if err != nil {
		t.Fatal(err)
	}
	s := story{
		Writer: w, random: rand.New(rand.NewPCG(seed, 7)), version: 10,
		types: []recording.Type{typeNamed("pods.v1", "Pod")}, present: map[recording.TypeName]map[string]int{"pods.v1": {}},
	}
	for segment := range 5 {
		lost := segment > 0 && s.random.IntN(2) == 0
		if lost {
			s.second += 20
			for range s.random.IntN(3) { // what nobody saw
				s.version++
				s.present["pods.v1"][fmt.Sprintf("pod-%d", s.random.IntN(5))] = s.version
			}
		}
		s.begin(t, segment > 0 && !lost)
		for range s.random.IntN(12) { // perhaps none
			s.second += s.random.IntN(2)
			if s.random.IntN(5) == 0 {
				s.toggle(t)
			} else {
				s.change(t)
			}
		}
	}
	if err := w.Close(at(s.second + 5)); err != nil {
		t.Fatal(err)
	}
	rec, err := recording.Open(bytes.NewReader(out.Bytes()), int64(out.Len()))
	if err != nil {
		t.Fatal(err)
	}
	return rec, momentsOf(t, rec)
}

func (s *story) begin(t *testing.T, continues bool) {
	t.Helper()
	n := 0
	for _, objects := range s.present {
		n += len(objects)
	}
	err := s.Begin(recording.Header{At: at(s.second), Types: s.types, Objects: n, Continues: continues})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range slices.Sorted(maps.Keys(s.present)) {
		for _, object := range slices.Sorted(maps.Keys(s.present[name])) {
			s.write(t, recording.Present, name, object, s.present[name][object])
		}
	}
	live := recording.Entry{At: at(s.second), Kind: recording.Watch, Type: "pods.v1", Live: true}
	if err := s.Write(live); err != nil {
		t.Fatal(err)
	}
}

// toggle makes the second type come or go.
func (s *story) toggle(t *testing.T) {
	t.Helper()
	const name = "gauges.v1.acme.io"
	if _, ok := s.present[name]; ok {
		delete(s.present, name)
		s.types = s.types[:1:1]
	} else {
		s.present[name] = map[string]int{}
		s.types = append(s.types[:1:1], typeNamed(name, "Gauge"))
	}
	if err := s.Write(recording.Entry{At: at(s.second), Kind: recording.Served, Types: s.types}); err != nil {
		t.Fatal(err)
	}
}

// change makes an object come, change or go.
func (s *story) change(t *testing.T) {
	t.Helper()
	s.version++
	of := s.types[s.random.IntN(len(s.types))].Name
	objects, name := s.present[of], fmt.Sprintf("pod-%d", s.random.IntN(5))
	kind := recording.Modified
	if objects[name] == 0 {
		kind = recording.Added
	} else if s.random.IntN(3) == 0 {
		kind = recording.Deleted
	}
	s.write(t, kind, of, name, s.version)
	if objects[name] = s.version; kind == recording.Deleted {
		delete(objects, name)
	}
}

func (s *story) write(t *testing.T, kind recording.Kind, of recording.TypeName, name string, version int) {
	t.Helper()
	object := fmt.Sprintf(`{"metadata":{"namespace":"shop","name":%q,"resourceVersion":"%d"}}`, name, version)
	entry := recording.Entry{
		At: at(s.second), Kind: kind, Type: of, Object: jsontext.Value(object),
		Cells: jsontext.Value(fmt.Sprintf(`[%q,%d]`, name, version)),
	}
	if err := s.Write(entry); err != nil {
		t.Fatal(err)
	}
}

// momentsOf reads a recording in the plain way.
func momentsOf(t *testing.T, rec *recording.Recording) []moment {
	t.Helper()
	var all []moment
	state := map[string]string{}
	for _, s := range rec.Segments() {
		before := state
		state = map[string]string{}
		declare(state, s.Types)
		begun := false
		err := s.Read(func(e *recording.Entry) error {
			if e.Kind != recording.Present && !begun {
				if begun = true; len(all) == 0 || !maps.Equal(before, state) {
					all = append(all, moment{s.At, maps.Clone(state)})
				}
			}
			switch e.Kind {
			case recording.Watch, recording.End:
				return nil
			case recording.Served:
				declare(state, e.Types)
			default:
				if err := apply(state, e); err != nil {
					return err
				}
			}
			if e.Kind != recording.Present {
				all = append(all, moment{e.At, maps.Clone(state)})
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return all
}

func declare(state map[string]string, types []recording.Type) {
	kinds := map[string]string{}
	for _, t := range types {
		kinds[string(t.Name)] = t.Kind
	}
	maps.DeleteFunc(state, func(key, _ string) bool {
		name, _, _ := strings.Cut(key, " ")
		return kinds[name] == ""
	})
	maps.Copy(state, kinds)
}

func apply(state map[string]string, e *recording.Entry) error {
	var o struct {
		Metadata struct{ Name, ResourceVersion string }
	}
	if err := json.Unmarshal(e.Object, &o); err != nil {
		return err
	}
	key := string(e.Type) + " " + o.Metadata.Name
	if state[key] = o.Metadata.ResourceVersion + " " + string(e.Cells); e.Kind == recording.Deleted {
		delete(state, key)
	}
	return nil
}
