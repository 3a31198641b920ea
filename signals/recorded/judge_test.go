package recorded

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/relation"
	"github.com/dogwatch/dogwatch/replay/recording"
	"github.com/dogwatch/dogwatch/signals"
)

// plainly looks through all objects of a type, as Related must not.
func plainly(o *objects, of relation.ID, to schema.GroupResource) [][]byte {
	links := func(id relation.ID) (names []relation.ID, owner *relation.ID) {
		k := o.known[id]
		if k == nil {
			return nil, nil
		}
		text, _ := k.text.JSON()
		read, err := o.rules.Read(o.types, o.served[id.Type], text)
		if err != nil {
			return nil, nil
		}
		for _, ref := range slices.Concat(read.Owners, read.Refs) {
			names = append(names, ref.ID)
		}
		if len(read.Owners) > 0 {
			owner = &read.Owners[0].ID
		}
		return names, owner
	}
	reaches := func(from relation.ID) bool {
		for range highest {
			names, owner := links(from)
			if slices.Contains(names, of) {
				return true
			}
			if owner == nil {
				return false
			}
			from = *owner
		}
		return false
	}
	var all [][]byte
	named, _ := links(of)
	for _, id := range o.all() {
		if id.Type == to && (slices.Contains(named, id) || reaches(id)) {
			all = append(all, o.Object(id))
		}
	}
	return all
}

// What relates is found without looking through all objects, and is the same at any time of the demo.
func TestRelatedIsWhatLookingThroughAllFinds(t *testing.T) {
	j, err := NewJudge(Rules{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	lines, found := 0, 0
	compare := func() {
		for i, of := range j.all() {
			if i%12 != 0 { // all would take minutes
				continue
			}
			for _, to := range []string{"pods", "configmaps"} {
				want := plainly(j.objects, of, schema.ParseGroupResource(to))
				got, more := j.Related(of, schema.ParseGroupResource(to), len(want))
				if _, more1 := j.Related(of, schema.ParseGroupResource(to), len(want)-1); more || !more1 {
					t.Fatalf("line %d: of %d there are more: %v, and of one fewer: %v", lines, len(want), more, more1)
				}
				found += len(got)
				if !slices.EqualFunc(got, want, bytes.Equal) {
					t.Fatalf("line %d: %s that %s %s relates to: %d, want %d", lines, to, of.Type, of.Key, len(got), len(want))
				}
			}
		}
	}
	for _, segment := range openDemo(t).Segments() {
		if err := j.Begin(segment.Header); err != nil {
			t.Fatal(err)
		}
		if err := segment.Read(func(e *recording.Entry) error {
			if lines++; lines%1500 == 0 {
				compare()
			}
			return j.Write(*e)
		}); err != nil {
			t.Fatal(err)
		}
	}
	if found < 100 {
		t.Errorf("%d of %d lines relate, which tells nothing", found, lines)
	}
}

// script writes a recording by hand.
type script struct {
	testing.TB
	*Judge
	at   time.Time
	told []signals.Signal
}

func newScript(t *testing.T, rules string) *script {
	t.Helper()
	loaded, wrong := signals.Load("test.yaml", []byte(rules))
	if len(wrong) > 0 {
		t.Fatal(wrong)
	}
	s := &script{TB: t, at: time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)}
	j, err := NewJudge(Rules{Own: loaded}, func(signal signals.Signal) { s.told = append(s.told, signal) })
	if err != nil {
		t.Fatal(err)
	}
	s.Judge = j
	return s
}

// state writes a segment's beginning with some objects of types.
func (s *script) state(types []recording.Type, objects ...[2]string) {
	s.Helper()
	s.at = s.at.Add(time.Second)
	if err := s.Begin(recording.Header{At: s.at, Types: types, Objects: len(objects)}); err != nil {
		s.Fatal(err)
	}
	for _, o := range objects {
		s.line(recording.Present, o)
	}
}

func (s *script) line(kind recording.Kind, o [2]string) {
	s.Helper()
	object := fmt.Sprintf(`{"metadata":{"namespace":"shop","name":%q,"uid":%q},"spec":{}}`, o[1], o[1])
	err := s.Write(recording.Entry{At: s.at, Kind: kind, Type: recording.TypeName(o[0]), Object: []byte(object)})
	if err != nil {
		s.Fatal(err)
	}
}

// names are what was told, in an order that does not depend on maps.
func (s *script) names() []string {
	var names []string
	for _, signal := range s.told {
		names = append(names, signal.Type+" "+signal.Subject.Name)
	}
	slices.SortFunc(names, cmp.Compare)
	return names
}

// Objects that are there when a type is looked at first did not come then, whenever that is.
func TestWhatWasThereDidNotCome(t *testing.T) {
	s := newScript(t, `rules:
- name: came
  types: ["*"]
  when: change.type == "ADDED"
  resolved: "true"
  signal: {type: Came, severity: info, title: It came}
`)
	pods := recording.Type{Name: "pods.v1", Kind: "Pod", Namespaced: true}
	maps := recording.Type{Name: "configmaps.v1", Kind: "ConfigMap", Namespaced: true}
	s.state([]recording.Type{pods}, [2]string{"pods.v1", "old"})
	s.line(recording.Added, [2]string{"pods.v1", "new"})
	both := []recording.Type{pods, maps}
	if err := s.Write(recording.Entry{At: s.at, Kind: recording.Served, Types: both}); err != nil {
		t.Fatal(err)
	}
	s.state(both, [2]string{"pods.v1", "old"}, [2]string{"pods.v1", "new"}, [2]string{"pods.v1", "unseen"}, [2]string{"configmaps.v1", "settings"})
	s.line(recording.Added, [2]string{"configmaps.v1", "more"})
	if got, want := s.names(), []string{"Came more", "Came new", "Came unseen"}; !slices.Equal(got, want) {
		t.Errorf("told %q, want %q", got, want)
	}
	if _, known := s.known[relation.ID{Type: schema.GroupResource{Resource: "configmaps"}, Key: model.Key{Namespace: "shop", Name: "more"}}]; !known {
		t.Error("the last line was not taken in")
	}
}

// What is not watched any more is not told as gone, nor as mended; what another watch shows did not come.
func TestWhatIsNotWatchedAnyMoreIsNotMended(t *testing.T) {
	s := newScript(t, `rules:
- name: there
  types: ["*"]
  when: "true"
  signal: {type: There, severity: info, title: It is there}
- name: gone
  types: ["*"]
  when: change.type == "DELETED"
  resolved: "true"
  signal: {type: Gone, severity: info, title: It went}
- name: came
  types: ["*"]
  when: change.type == "ADDED"
  resolved: "true"
  signal: {type: Came, severity: info, title: It came}
`)
	pods := recording.Type{Name: "pods.v1", Kind: "Pod", Namespaced: true, Scopes: []recording.Scope{{Namespace: "shop"}}}
	maps := recording.Type{Name: "configmaps.v1", Kind: "ConfigMap", Namespaced: true}
	s.state([]recording.Type{pods, maps}, [2]string{"pods.v1", "web"}, [2]string{"pods.v1", "other"}, [2]string{"configmaps.v1", "settings"})
	if err := s.Write(recording.Entry{At: s.at, Kind: recording.Served, Types: []recording.Type{pods}}); err != nil {
		t.Fatal(err)
	}
	pods.Scopes = []recording.Scope{{Namespace: "shop", LabelSelector: "app=web"}}
	s.state([]recording.Type{pods}, [2]string{"pods.v1", "web"}, [2]string{"pods.v1", "api"})
	for _, signal := range s.told {
		switch {
		case signal.Type != "There":
			t.Errorf("told: %s of %s", signal.Type, signal.Subject)
		case !signal.IsOpen() && !signal.Unknown:
			t.Errorf("%s is told as mended", signal.Subject)
		}
	}
	if got, want := s.names(), []string{"There api", "There other", "There other", "There settings", "There settings", "There web"}; !slices.Equal(got, want) {
		t.Errorf("told %q, want %q", got, want)
	}
	// What goes from a watch with a selector may be there yet, unless it was about to go.
	ends := func(unknown bool) {
		t.Helper()
		if last := s.told[len(s.told)-1]; last.Type != "There" || last.IsOpen() || last.Unknown != unknown {
			t.Errorf("what went is told as %+v", last)
		}
	}
	s.line(recording.Deleted, [2]string{"pods.v1", "web"})
	ends(true)
	going := []byte(`{"metadata":{"namespace":"shop","name":"api","uid":"u","deletionTimestamp":"2026-11-30T10:00:00Z"}}`)
	if err := s.Write(recording.Entry{At: s.at, Kind: recording.Deleted, Type: "pods.v1", Object: going}); err != nil {
		t.Fatal(err)
	}
	ends(false)
	pods.Scopes = append(pods.Scopes, recording.Scope{Namespace: "other"})
	s.state([]recording.Type{pods}, [2]string{"pods.v1", "new"})
	s.line(recording.Deleted, [2]string{"pods.v1", "new"})
	ends(false)
}

// A signal names what the subject is related to and is not well, either.
func TestSignalsNameWhatElseIsNotWell(t *testing.T) {
	var told []signals.Signal
	if _, err := Run(t.Context(), openDemo(t), Rules{Builtin: builtin(t)}, func(s signals.Signal) { told = append(told, s) }); err != nil {
		t.Fatal(err)
	}
	named := map[string]bool{}
	for _, s := range told {
		for _, u := range s.Unwell {
			if u.ID == s.Subject.ID || u.Reason == "" || len(s.Unwell) > 5 {
				t.Errorf("%s of %s names %+v", s.Type, s.Subject, s.Unwell)
			}
			named[s.Type+" "+u.Type.Resource] = true
		}
	}
	for _, want := range []string{"RolloutStuck pods", "JobFailed pods"} {
		if !named[want] {
			t.Errorf("no %s are named: %v", want, named)
		}
	}
}
