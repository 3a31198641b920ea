package recorded

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dogwatch/dogwatch/model/relation"
	"github.com/dogwatch/dogwatch/replay/recording"
)

// neighbours are rules that look at related objects.
const neighbours = `rules:
- name: empty
  types: [services]
  when: related["endpointslices.discovery.k8s.io"].all(s, s.status.ready == 0)
  signal: {type: Empty, severity: warning, title: No endpoints}
- name: no-settings
  types: [pods]
  when: object.spec.?app.orValue("") != "none" && related["configmaps"].size() == 0
  signal: {type: NoSettings, severity: warning, title: The settings are missing}
- name: in-use
  types: [configmaps]
  when: related["pods"].exists(p, p.?status.?ready.orValue(0) > 0)
  signal: {type: InUse, severity: info, title: It is in use}
- name: went
  types: [configmaps]
  when: change.type == "DELETED" && related["pods"].size() > 0
  resolved: "true"
  signal: {type: Went, severity: info, title: It went}
`

// shop is a world whose objects name each other.
type shop struct{ *script }

func newNeighbours(t *testing.T) *shop {
	t.Helper()
	s := &shop{newScript(t, neighbours)}
	var types []recording.Type
	for name, kind := range map[recording.TypeName]string{
		"services.v1": "Service", "endpointslices.v1.discovery.k8s.io": "EndpointSlice", "pods.v1": "Pod", "configmaps.v1": "ConfigMap", "replicasets.v1.apps": "ReplicaSet",
	} {
		types = append(types, recording.Type{Name: name, Kind: kind, Namespaced: true})
	}
	s.state(types)
	return s
}

// put writes an object with what it holds beside its metadata. Its owner is "v1/Service web", or empty.
func (s *shop) put(kind recording.Kind, of recording.TypeName, name, owner, more string) {
	s.Helper()
	owners := ""
	if owner != "" {
		version, rest, _ := strings.Cut(owner, " ")
		ownerKind, ownerName, _ := strings.Cut(rest, " ")
		owners = fmt.Sprintf(`,"ownerReferences":[{"apiVersion":%q,"kind":%q,"name":%q,"uid":"o"}]`, version, ownerKind, ownerName)
	}
	object := fmt.Sprintf(`{"metadata":{"namespace":"shop","name":%q,"uid":%q%s},%s}`, name, name, owners, more)
	if err := s.Write(recording.Entry{At: s.at, Kind: kind, Type: of, Object: []byte(object)}); err != nil {
		s.Fatal(err)
	}
}

// gatherTime is how late an object may be judged for what changed of others.
const gatherTime = time.Second

const endpointSlices = "endpointslices.v1.discovery.k8s.io"

// later lets time go by.
func (s *shop) later(d time.Duration) {
	s.at = s.at.Add(d)
	s.Tick(s.at)
}

// tells checks what was told since it was asked last: type, object, and whether it opened.
func (s *shop) tells(when string, want ...string) {
	s.Helper()
	var got []string
	for _, signal := range s.told {
		what := "opened"
		if !signal.IsOpen() {
			what = "over"
		}
		got = append(got, signal.Type+" "+signal.Subject.Name+" "+what)
	}
	s.told = nil
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		s.Errorf("%s: told %q, wanted %q", when, got, want)
	}
	for _, f := range s.Faults() {
		s.Errorf("%s: %s: %v", when, f.Rule, f.Err)
	}
}

// What is related to an object appears, changes and goes: the object is judged again, each time within a second, and told once.
func TestARuleIsJudgedAgainWhenARelatedObjectChanges(t *testing.T) {
	s := newNeighbours(t)
	s.put(recording.Added, "services.v1", "web", "", `"spec":{}`)
	s.tells("alone", "Empty web opened")
	s.put(recording.Added, endpointSlices, "web-1", "v1 Service web", `"status":{"ready":2}`)
	s.tells("not at once")
	s.later(gatherTime)
	s.tells("one appears", "Empty web over")
	s.put(recording.Modified, endpointSlices, "web-1", "v1 Service web", `"status":{"ready":0}`)
	s.later(gatherTime)
	s.tells("it changes", "Empty web opened")
	s.put(recording.Modified, endpointSlices, "web-1", "v1 Service web", `"status":{"ready":1}`)
	s.later(gatherTime)
	s.tells("and again", "Empty web over")
	s.put(recording.Added, endpointSlices, "web-2", "v1 Service web", `"status":{"ready":1}`)
	s.put(recording.Modified, endpointSlices, "web-2", "v1 Service web", `"status":{"ready":2}`)
	s.later(gatherTime)
	s.tells("nothing that matters")
	s.put(recording.Deleted, endpointSlices, "web-1", "v1 Service web", `"status":{"ready":1}`)
	s.later(gatherTime)
	s.tells("one goes")
	s.put(recording.Deleted, endpointSlices, "web-2", "v1 Service web", `"status":{"ready":2}`)
	s.later(gatherTime)
	s.tells("the last goes", "Empty web opened")
	s.put(recording.Deleted, "services.v1", "web", "", `"spec":{}`)
	s.tells("it goes itself", "Empty web over")
	s.later(time.Minute)
	s.tells("and no more")
}

// An object that another is related to no longer, and one to which it is related now, are both judged again.
func TestWhatARelatedObjectMovesFromAndToIsJudgedAgain(t *testing.T) {
	s := newNeighbours(t)
	for _, name := range []string{"a", "b"} {
		s.put(recording.Added, "services.v1", name, "", `"spec":{}`)
	}
	s.put(recording.Added, endpointSlices, "one", "v1 Service a", `"status":{"ready":1}`)
	s.later(gatherTime)
	s.tells("of a", "Empty a opened", "Empty b opened", "Empty a over")
	s.put(recording.Modified, endpointSlices, "one", "v1 Service b", `"status":{"ready":1}`)
	s.later(gatherTime)
	s.tells("of b", "Empty a opened", "Empty b over")
}

// An object that names others itself, through a field that its rule does not read, is judged again with what it names now; so it is when that appears later.
func TestWhatNamesOthersIsJudgedAgain(t *testing.T) {
	s := newNeighbours(t)
	volume := func(name string) string {
		return fmt.Sprintf(`"spec":{"volumes":[{"configMap":{"name":%q}}]}`, name)
	}
	s.put(recording.Added, "configmaps.v1", "old", "", `"data":{}`)
	s.put(recording.Added, "pods.v1", "web", "", volume("old"))
	s.later(gatherTime)
	s.tells("it is there")
	s.put(recording.Modified, "pods.v1", "web", "", volume("new"))
	s.later(gatherTime)
	s.tells("it names another", "NoSettings web opened")
	s.put(recording.Added, "configmaps.v1", "new", "", `"data":{}`)
	s.later(gatherTime)
	s.tells("which appears", "NoSettings web over")
	s.put(recording.Deleted, "configmaps.v1", "new", "", `"data":{}`)
	s.later(gatherTime)
	s.tells("and goes", "Went new over", "NoSettings web opened")
}

// What is related through an owner's owner is judged again, too: pods of what names a ConfigMap.
func TestWhatIsRelatedThroughOwnersIsJudgedAgain(t *testing.T) {
	s := newNeighbours(t)
	s.put(recording.Added, "configmaps.v1", "settings", "", `"data":{}`)
	s.put(recording.Added, "replicasets.v1.apps", "web", "", `"spec":{"volumes":[{"configMap":{"name":"settings"}}]}`)
	s.put(recording.Added, "pods.v1", "web-1", "apps/v1 ReplicaSet web", `"spec":{"app":"none"},"status":{"ready":0}`)
	s.later(gatherTime)
	s.tells("not ready")
	s.put(recording.Modified, "pods.v1", "web-1", "apps/v1 ReplicaSet web", `"spec":{"app":"none"},"status":{"ready":1}`)
	s.later(gatherTime)
	s.tells("ready", "InUse settings opened")
	s.put(recording.Modified, "replicasets.v1.apps", "web", "", `"spec":{"volumes":[]}`)
	s.later(gatherTime)
	s.tells("what is between names it no longer", "InUse settings over")
	s.put(recording.Modified, "replicasets.v1.apps", "web", "", `"spec":{"volumes":[{"configMap":{"name":"settings"}}]}`)
	s.later(gatherTime)
	s.tells("and again", "InUse settings opened")
}

// What is only not looked at any more makes no difference for what it is related to.
func TestWhatIsNotWatchedAnyMoreDoesNotJudgeOthersAgain(t *testing.T) {
	s := newNeighbours(t)
	s.put(recording.Added, "services.v1", "web", "", `"spec":{}`)
	s.put(recording.Added, endpointSlices, "web-1", "v1 Service web", `"status":{"ready":2}`)
	s.later(gatherTime)
	s.tells("at first", "Empty web opened", "Empty web over")
	types := []recording.Type{{Name: "services.v1", Kind: "Service", Namespaced: true}}
	if err := s.Write(recording.Entry{At: s.at, Kind: recording.Served, Types: types}); err != nil {
		t.Fatal(err)
	}
	s.later(gatherTime)
	s.tells("the slices are not watched")
}

// However often what is related to it changes, an object is judged once a second.
func TestJudgingAgainIsOnceASecond(t *testing.T) {
	s := &shop{newScript(t, `rules:
- name: counted
  types: [services]
  when: related["endpointslices.discovery.k8s.io"].size() > 0 && object.spec.nothing == 1
  signal: {type: Counted, severity: info, title: Never}
`)}
	s.state([]recording.Type{{Name: "services.v1", Kind: "Service", Namespaced: true}, {Name: endpointSlices, Kind: "EndpointSlice", Namespaced: true}})
	s.put(recording.Added, "services.v1", "web", "", `"spec":{}`)
	for i := range 3 {
		s.put(recording.Added, endpointSlices, fmt.Sprintf("web-%d", i), "v1 Service web", `"status":{"ready":0}`)
	}
	s.later(gatherTime)
	for i := range 300 { // for three seconds
		s.at = s.at.Add(10 * time.Millisecond)
		s.put(recording.Modified, endpointSlices, fmt.Sprintf("web-%d", i%3), "v1 Service web", fmt.Sprintf(`"status":{"ready":%d}`, i+1))
	}
	s.later(gatherTime)
	if faults := s.Faults(); len(faults) != 1 || faults[0].Count < 4 || faults[0].Count > 5 {
		t.Errorf("it is judged as often as %+v", faults)
	}
}

// However much changes, and however many are related, an object is judged once a second, and so many of them at a time.
func TestJudgingAgainIsBounded(t *testing.T) {
	s := newNeighbours(t)
	const many = 2500
	s.put(recording.Added, "configmaps.v1", "settings", "", `"data":{}`)
	for i := range many {
		s.put(recording.Added, "pods.v1", fmt.Sprintf("p%04d", i), "", `"spec":{"volumes":[{"configMap":{"name":"settings"}}]}`)
	}
	s.later(10 * gatherTime)
	s.tells("at first")
	s.put(recording.Deleted, "configmaps.v1", "settings", "", `"data":{}`)
	s.told = nil // it went
	for _, want := range []int{1000, 2000, many, many} {
		s.later(gatherTime)
		if len(s.told) != want {
			t.Errorf("%d are told, wanted %d", len(s.told), want)
		}
	}
}

// Relating is Related from the other end.
func TestRelatingIsRelatedFromTheOtherEnd(t *testing.T) {
	j, err := NewJudge(Rules{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, segment := range openDemo(t).Segments() {
		if err := j.Begin(segment.Header); err != nil {
			t.Fatal(err)
		}
		if err := segment.Read(func(e *recording.Entry) error { return j.Write(*e) }); err != nil {
			t.Fatal(err)
		}
	}
	type pair struct{ a, b relation.ID }
	forth, back := map[pair]bool{}, map[pair]bool{}
	for _, a := range j.all() {
		for _, b := range j.around(a) {
			forth[pair{a, b}] = true
		}
		for _, b := range j.Relating(a) {
			if j.knows(b) {
				back[pair{b, a}] = true
			}
		}
	}
	for p := range forth {
		if !back[p] {
			t.Errorf("%v is related to %v, which does not find it", p.a, p.b)
		}
	}
	if len(forth) < 100 || len(forth) != len(back) {
		t.Errorf("%d and %d", len(forth), len(back))
	}
}
