package change

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"
	"sigs.k8s.io/structured-merge-diff/v6/value"

	"github.com/dogwatch/dogwatch/model/change/changetest"
)

func TestManagersOfChanges(t *testing.T) {
	entry := func(manager, operation, subresource, time, fields string) string {
		return fmt.Sprintf(`{"manager":%q,"operation":%q,"apiVersion":"v1","time":%q,"fieldsType":"FieldsV1","fieldsV1":%s,"subresource":%q}`,
			manager, operation, time, fields, subresource)
	}
	all := "[" + strings.Join([]string{
		entry("argo", "Apply", "", "2026-11-02T09:00:00Z", `{"f:metadata":{"f:labels":{"f:app":{},"f:x.y/z":{}}},"f:spec":{"f:replicas":{},"f:containers":{"k:{\"name\":\"web\"}":{".":{},"f:name":{},"f:ports":{"k:{\"containerPort\":80,\"protocol\":\"TCP\"}":{".":{},"f:hostPort":{}}}}}}}`),
		entry("kubectl-edit", "Update", "", "2026-11-02T10:00:00Z", `{"f:metadata":{"f:finalizers":{".":{},"v:\"a/b\"":{}}},"f:spec":{"f:containers":{"k:{\"name\":\"web\"}":{"f:image":{}}},"f:rules":{"k:{\"host\":\"h\",\"zone\":1}":{".":{},"f:to":{}}},"f:template":{"f:metadata":{"f:annotations":{".":{},"f:restartedAt":{}}}}}}`),
		entry("kubelet", "Update", "status", "2026-11-02T11:00:00Z", `{"f:status":{"f:conditions":{"k:{\"type\":\"Ready\"}":{".":{},"f:status":{}}},"f:containerStatuses":{}}}`),
	}, ",") + "]"
	object := `{"spec":{"rules":[{"host":"g","zone":1,"to":"u"},{"host":"h","zone":1,"to":"v"}]}}`
	for _, c := range []struct{ path, value, want string }{
		{`spec.replicas`, `3`, "argo/Apply"},
		{`metadata.labels.app`, `"a"`, "argo/Apply"},
		{`metadata.labels["x.y/z"]`, `"a"`, "argo/Apply"},
		{`metadata.labels.other`, `"a"`, ""},
		{`metadata.labels`, `{"app":"a"}`, "argo/Apply"},
		{`spec.containers[name="web"].image`, `"b"`, "kubectl-edit/Update"},
		{`spec.containers[name="web"]`, `{"name":"web"}`, "argo/Apply"},
		{`spec.containers[name="log"].image`, `"b"`, ""},
		{`spec.containers[name="web"].ports[containerPort=80,protocol="TCP"].hostPort`, `1`, "argo/Apply"},
		{`spec.containers[name="web"].ports[containerPort=80,protocol="UDP"].hostPort`, `1`, ""},
		{`spec.containers[name="web"].ports[containerPort=80].hostPort`, `1`, "argo/Apply"},
		{`metadata.finalizers[0]`, `"a\/b"`, "kubectl-edit/Update"},
		{`metadata.finalizers[1]`, `"b"`, ""},
		{`metadata.finalizers[0]`, ``, ""},
		{`spec.rules[1].to`, `"w"`, "kubectl-edit/Update"},
		{`spec.rules[0].to`, `"w"`, ""},
		{`spec.rules[to="v"].to`, `"w"`, "kubectl-edit/Update"},
		{`spec.rules[host="h"].to`, `"w"`, "kubectl-edit/Update"},
		{`spec.template`, `{}`, "kubectl-edit/Update"},
		{`spec.template.metadata.annotations`, `{}`, "kubectl-edit/Update"},
		{`status.conditions[type="Ready"].status`, `"True"`, "kubelet/Update/status"},
		{`status.containerStatuses[name="web"].state.waiting`, `{}`, "kubelet/Update/status"},
		{`data`, `{}`, ""},
	} {
		m := &Managers{}
		who := m.Of([]byte(all), []Change{{Path: Path(c.path), New: []byte(c.value)}}, []byte(object))[0]
		if got := shortly(who); got != c.want {
			t.Errorf("%s = %s is owned by %q, want %q", c.path, c.value, got, c.want)
		}
		if who.Name == "kubelet" && who.At != 1793617200 {
			t.Errorf("%s: %+v", c.path, who)
		}
	}
	// Who moves an element becomes the owner of no field, but of a list that is one value.
	for path, want := range map[string]string{
		`spec.containers[name="web"]`: "", `spec.containers[name="log"]`: "", `status.containerStatuses[name="web"]`: "kubelet/Update/status",
	} {
		if who := (&Managers{}).Of([]byte(all), []Change{{Path: Path(path), From: 1}}, []byte(object))[0]; shortly(who) != want {
			t.Errorf("%s, which was moved, is owned by %q, want %q", path, shortly(who), want)
		}
	}
	if who := (&Managers{}).Creator([]byte(all)); who.Name != "argo" {
		t.Errorf("created by %+v, want argo, who wrote first", who)
	}
	if who := (&Managers{}).Creator(nil); who != (Manager{}) {
		t.Errorf("created by %+v, though nobody is told", who)
	}
}

func shortly(m Manager) string {
	var parts []string
	for _, p := range []string{m.Name, m.Operation, m.Subresource} {
		if p != "" {
			parts = append(parts, p)
		}
	}
	return strings.Join(parts, "/")
}

// Of several managers of a field the last to write is told.
// Who has nothing left of what several own parts of did not take out what is gone: who did owns nothing there.
func TestWhatIsTakenOutIsNobodys(t *testing.T) {
	of := func(fields, path, value string) string {
		all := `[{"manager":"kubectl-create","operation":"Update","apiVersion":"v1","time":"2026-11-02T09:00:00Z","fieldsType":"FieldsV1","fieldsV1":{"f:data":{}}}` + fields + `]`
		c := Change{Path: Path(path), Old: []byte(`"bye"`), New: []byte(value)}
		if value == "" {
			c.New = nil
		}
		return shortly((&Managers{}).Of([]byte(all), []Change{c}, []byte(`{"data":{"a":""}}`))[0])
	}
	alice := `,{"manager":"alice","operation":"Update","apiVersion":"v1","time":"2026-11-02T10:00:00Z","fieldsType":"FieldsV1","fieldsV1":{"f:data":{".":{},"f:a":{}}}}`
	for _, c := range []struct{ fields, path, value, want string }{
		{alice, "data.b", "", ""},
		{alice, "data.b", `"new"`, "kubectl-create/Update"},
		{alice, "data.a", `""`, "alice/Update"},
		{"", "data.b", "", "kubectl-create/Update"}, // it may be one value
	} {
		if got := of(c.fields, c.path, c.value); got != c.want {
			t.Errorf("%s = %s is of %q, want %q", c.path, c.value, got, c.want)
		}
	}
}

func TestNewestManagerIsTold(t *testing.T) {
	entry := func(name string, minute int) string {
		return fmt.Sprintf(`{"manager":%q,"operation":"Apply","time":"2026-11-02T10:%02d:00Z","fieldsV1":{"f:a":{}}}`, name, minute)
	}
	managed := "[" + entry("a", 1) + "," + entry("b", 3) + "," + entry("c", 3) + "," + entry("d", 2) + "]"
	if who := (&Managers{}).Of([]byte(managed), []Change{{Path: "a", New: []byte("1")}}, nil)[0]; who.Name != "c" {
		t.Errorf("%q, want the last of the newest", who.Name)
	}
}

// What structured-merge-diff reads of sets of random paths is what we say of each of them.
func TestManagersAreThoseOfStructuredMergeDiff(t *testing.T) {
	m := &Managers{}
	for seed := range uint64(1000) {
		r := changetest.New(seed)
		old := r.Object(4)
		new := r.Changed(old, 3)
		text := changetest.JSON(new)
		changes := (&Differ{}).Diff(objectOf(changetest.JSON(old)), objectOf(text))
		var entries []any
		var sets []*fieldpath.Set
		for n := range 3 {
			set := fieldpath.NewSet()
			randomPaths(r, set, nil, new)
			fields, err := set.ToJSON()
			if err != nil {
				t.Fatal(err)
			}
			sets = append(sets, set)
			entries = append(entries, map[string]any{
				"manager": fmt.Sprint(n), "operation": "Update", "time": metav1.Unix(int64(n), 0), "fieldsV1": json.RawMessage(fields),
			})
		}
		got := m.Of(changetest.JSON(entries), changes, text)
		for i, c := range changes {
			if want := plainManager(sets, c, new); got[i].Name != want {
				t.Fatalf("seed %d: %s is owned by %q, want %q\nof %s", seed, c.Path, got[i].Name, want, changetest.JSON(entries))
			}
		}
	}
}

// plainManager goes through all paths of the sets, the last set first.
func plainManager(sets []*fieldpath.Set, c Change, object any) string {
	best, who := none, ""
	var path fieldpath.Path
	var exists bool
	path, exists = pathOf(c, object)
	for n := len(sets) - 1; n >= 0; n-- {
		how := none
		sets[n].Iterate(func(p fieldpath.Path) {
			switch {
			case exists && p.Equals(path):
				how = exactly
			case exists && len(p) > len(path) && p[:len(path)].Equals(path):
				how = max(how, inside)
			case len(p) < len(path) && p.Equals(path[:len(p)]) && isLeaf(sets[n], p):
				how = max(how, around)
			}
		})
		if how > best {
			best, who = how, fmt.Sprint(n)
		}
	}
	container := path[:max(len(path)-1, 0)]
	if c.New == nil && best == around && slices.ContainsFunc(sets, func(s *fieldpath.Set) bool { return !isLeaf(s, container) }) {
		return ""
	}
	return who
}

// isLeaf tells whether a set has nothing below a path.
func isLeaf(set *fieldpath.Set, path fieldpath.Path) bool {
	leaf := true
	set.Iterate(func(p fieldpath.Path) {
		if len(p) > len(path) && p[:len(path)].Equals(path) {
			leaf = false
		}
	})
	return leaf
}

// pathOf is a change's path as structured-merge-diff spells it, by what keyOf goes by. It is false for what is no element of a
// set any more.
func pathOf(c Change, object any) (fieldpath.Path, bool) {
	var path fieldpath.Path
	at := object
	for n, s := range c.Path.Steps() {
		if s.IsMember() {
			path = append(path, fieldpath.PathElement{FieldName: &s.Member})
			in, _ := at.(map[string]any)
			at = in[s.Member]
			continue
		}
		list, _ := at.([]any)
		i := s.Index
		if s.Key != nil {
			i = slices.IndexFunc(list, func(e any) bool { return hasKey(changetest.JSON(e), s.Key) })
		}
		last := n == len(c.Path.Steps())-1
		if i < 0 || i >= len(list) || last && c.New == nil {
			none := "nothing is called so"
			return append(path, fieldpath.PathElement{FieldName: &none}), false
		}
		e, _ := elementOf(list, i)
		path = append(path, e)
		at = list[i]
	}
	return path, true
}

// elementOf names an element of a list: by the member "name" where each has one of its own, by its value where all are different
// strings. It is false for other lists, which servers call atomic: of those no set has a part.
func elementOf(list []any, i int) (fieldpath.PathElement, bool) {
	if _, ok := plainKeys(list, []string{"name"}); ok {
		name := list[i].(map[string]any)["name"]
		if number, ok := name.(json.Number); ok {
			name, _ = number.Int64()
		}
		key := value.FieldList{{Name: "name", Value: value.NewValueInterface(name)}}
		return fieldpath.PathElement{Key: &key}, true
	}
	seen := map[string]bool{}
	for _, v := range list {
		text, ok := v.(string)
		if !ok || seen[text] {
			return fieldpath.PathElement{Index: &i}, false
		}
		seen[text] = true
	}
	v := value.NewValueInterface(list[i])
	return fieldpath.PathElement{Value: &v}, true
}

// randomPaths puts some of the places in a value into a set.
func randomPaths(r changetest.Random, set *fieldpath.Set, path fieldpath.Path, v any) {
	if len(path) > 0 && r.IntN(4) == 0 {
		set.Insert(slices.Clone(path))
	}
	switch v := v.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			randomPaths(r, set, append(slices.Clone(path), fieldpath.PathElement{FieldName: &name}), v[name])
		}
	case []any:
		for i := range v {
			if e, ok := elementOf(v, i); ok {
				randomPaths(r, set, append(slices.Clone(path), e), v[i])
			}
		}
	}
}
