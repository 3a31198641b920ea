package signals

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/yaml"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/change"
	"github.com/dogwatch/dogwatch/model/jsonscan"
	"github.com/dogwatch/dogwatch/model/relation"
	"github.com/dogwatch/dogwatch/model/timeline"
)

// begin is when all that is tested begins.
func begin() time.Time { return time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC) }

// world is some objects that change, before an Engine that writes down what it tells.
type world struct {
	testing.TB
	*Engine
	objects map[relation.ID][]byte
	related map[schema.GroupResource][][]byte
	// relating are those of which an object is among the related ones.
	relating map[relation.ID][]relation.ID
	// looked are the types of which related objects were asked for, in that order.
	looked []string
	at     time.Time
	told   []Signal
	unwell []Unwell
}

func newWorld(t testing.TB, rules []*Rule) *world {
	w := &world{TB: t, objects: map[relation.ID][]byte{}, related: map[schema.GroupResource][][]byte{}, at: begin()}
	w.Engine = New(rules, w, func(s Signal) { w.told = append(w.told, s) })
	return w
}

// load reads rules that have to be right.
func load(t testing.TB, text string) []*Rule {
	t.Helper()
	rules, wrong := Load("test.yaml", []byte(text))
	for _, err := range wrong {
		t.Fatal(err)
	}
	return rules
}

func (w *world) Object(id relation.ID) []byte { return w.objects[id] }

func (w *world) Objects(types []schema.GroupResource) []relation.ID {
	var all []relation.ID
	for id := range w.objects {
		if types == nil || slices.Contains(types, id.Type) {
			all = append(all, id)
		}
	}
	slices.SortFunc(all, func(a, b relation.ID) int { return strings.Compare(a.String(), b.String()) })
	return all
}

func (w *world) Kind(gk schema.GroupKind) (relation.Type, bool) {
	resource := strings.ToLower(gk.Kind) + "s"
	return relation.Type{GVR: schema.GroupVersionResource{Group: gk.Group, Version: "v1", Resource: resource}, Kind: gk.Kind, Namespaced: gk.Kind != "Node"}, true
}

func (w *world) Related(_ relation.ID, to schema.GroupResource, most int) ([][]byte, bool) {
	w.looked = append(w.looked, to.String())
	if len(w.related[to]) > most {
		return nil, true
	}
	return w.related[to], false
}

func (w *world) Relating(to relation.ID) []relation.ID { return w.relating[to] }

func (w *world) Unwell(relation.ID) []Unwell { return w.unwell }

// id names an object in "shop".
func id(resource, name string) relation.ID {
	return relation.ID{Type: schema.ParseGroupResource(resource), Key: model.Key{Namespace: "shop", Name: name}}
}

// jsonOf is YAML as JSON, with the metadata that every object has.
func jsonOf(t testing.TB, name, text string) []byte {
	t.Helper()
	object := map[string]any{}
	if err := yaml.Unmarshal([]byte(text), &object); err != nil {
		t.Fatal(err)
	}
	meta, _ := object["metadata"].(map[string]any)
	if meta == nil {
		meta = map[string]any{}
		object["metadata"] = meta
	}
	meta["name"], meta["namespace"] = name, "shop"
	out, err := yaml.Marshal(object)
	if err != nil {
		t.Fatal(err)
	}
	if out, err = yaml.YAMLToJSON(out); err != nil {
		t.Fatal(err)
	}
	return out
}

// present says that an object is there when the engine begins.
func (w *world) present(of relation.ID, text string) {
	w.Helper()
	json := jsonOf(w, of.Name, text)
	w.objects[of] = json
	w.Take(&Change{At: w.at, Of: of, UID: types.UID("uid-" + of.Name), Type: model.Added, Initial: true, New: json})
}

// set adds an object or changes it.
func (w *world) set(of relation.ID, text string) {
	w.Helper()
	json := jsonOf(w, of.Name, text)
	c := Change{At: w.at, Of: of, UID: types.UID("uid-" + of.Name), Type: model.Added, New: json, By: change.Manager{Name: "somebody"}}
	if old := w.objects[of]; old != nil {
		var d change.Differ
		var r timeline.Record
		r.SetFields(d.Diff(jsonscan.Object{Text: old}, jsonscan.Object{Text: json}), nil)
		for i := range r.Fields {
			r.Fields[i].By = change.Manager{Name: "somebody"}
		}
		c.Type, c.Old, c.Fields, c.By = model.Updated, old, r.Fields, change.Manager{}
	}
	w.objects[of] = json
	w.Take(&c)
}

func (w *world) remove(of relation.ID) {
	w.Helper()
	last := w.objects[of]
	delete(w.objects, of)
	w.Take(&Change{At: w.at, Of: of, Type: model.Deleted, New: last})
}

// wait lets time go by, in small steps or at once: it must make no difference.
func (w *world) wait(d time.Duration) {
	w.at = w.at.Add(d)
	w.Tick(w.at)
}

// tells checks what was told since it was asked last, one line each: seconds, what, type, name, message.
func (w *world) tells(want ...string) {
	w.Helper()
	var got []string
	for _, s := range w.told {
		what, at := "opened", s.Opened
		switch {
		case s.Moment:
			what = "happened"
		case s.Unknown:
			what, at = "unknown", s.Resolved
		case !s.IsOpen():
			what, at = "resolved", s.Resolved
		}
		got = append(got, strings.TrimSpace(fmt.Sprintf("%.0fs %s %s %s %s", at.Sub(begin()).Seconds(), what, s.Type, s.Subject.Name, s.Message)))
	}
	w.told = nil
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		w.Errorf("told:\n\t%s\nwanted:\n\t%s", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
	for _, f := range w.Faults() {
		w.Errorf("%s on %s: %v", f.Rule, f.Of.Key, f.Err)
	}
}
