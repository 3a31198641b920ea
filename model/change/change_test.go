package change

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/dogwatch/dogwatch/model/change/changetest"
	"github.com/dogwatch/dogwatch/model/jsonscan"
)

func TestChanges(t *testing.T) {
	for _, c := range []struct {
		name, old, new string
		want           []string
	}{
		{"nothing", `{"a":1}`, `{ "a" : 1 }`, nil},
		{"order of members", `{"a":1,"b":2}`, `{"b":2,"a":1}`, nil},
		{"a scalar", `{"a":{"b":1}}`, `{"a":{"b":10}}`, []string{"a.b: 1 -> 10"}},
		{"null is a value", `{"a":null}`, `{}`, []string{"a: null -> "}},
		{"another kind", `{"a":{"b":1}}`, `{"a":[1]}`, []string{`a: {"b":1} -> [1]`}},
		{"a subtree", `{"x":1}`, `{"a":{"b":{"c":1}},"x":1}`, []string{`a:  -> {"b":{"c":1}}`}},
		{"an image", `{"spec":{"containers":[{"name":"web","image":"a:1"},{"name":"log"}]}}`, `{"spec":{"containers":[{"name":"web","image":"a:2"},{"name":"log"}]}}`, []string{`spec.containers[web].image: "a:1" -> "a:2"`}},
		{"an element by its name", `{"l":[{"name":"a"},{"name":"c"}]}`, `{"l":[{"name":"a"},{"name":"b"},{"name":"c"}]}`, []string{`l[b]:  -> {"name":"b"}`}},
		{"two ports of one number", `{"l":[{"containerPort":53,"protocol":"TCP","name":"a"},{"containerPort":53,"protocol":"UDP","name":"b"}]}`, `{"l":[{"containerPort":53,"protocol":"TCP","name":"x"},{"containerPort":53,"protocol":"UDP","name":"b"}]}`, []string{`l[53/TCP].name: "a" -> "x"`}},
		{"names that are not unique", `{"l":[{"name":"a","v":1},{"name":"a","v":2}]}`, `{"l":[{"name":"a","v":1},{"name":"a","v":3}]}`, []string{`l[1].v: 2 -> 3`}},
		{"an element in the middle", `{"l":["a","b","c"]}`, `{"l":["a","c"]}`, []string{`l[1]: "b" -> `}},
		{"another order", `{"l":[{"name":"a"},{"name":"b","v":1}]}`, `{"l":[{"name":"b","v":2},{"name":"a"}]}`, []string{`l[b].v: 1 -> 2`, `l[b]: moved from 1 to 0`}},
		{"another order of many", `{"l":[{"name":"a"},{"name":"b"},{"name":"c"},{"name":"d"}]}`, `{"l":[{"name":"d"},{"name":"a"},{"name":"b"},{"name":"e"},{"name":"c"}]}`, []string{`l[e]:  -> {"name":"e"}`, `l[d]: moved from 3 to 0`}},
		{
			"lists in what was moved", `{"l":[{"name":"a","m":[{"name":"x"},{"name":"y"},{"name":"z"}]},{"name":"b"},{"name":"c"}]}`, `{"l":[{"name":"b"},{"name":"c"},{"name":"a","m":[{"name":"y"},{"name":"x"}]}]}`,
			[]string{`l[a].m[z]: {"name":"z"} -> `, `l[a].m[y]: moved from 1 to 0`, `l[a]: moved from 0 to 2`},
		},
		{"names with dots", `{"labels":{"app.kubernetes.io/name":"a"}}`, `{"labels":{"app.kubernetes.io/name":"b"}}`, []string{`labels[app.kubernetes.io/name]: "a" -> "b"`}},
		{"another spelling of a name", `{"\u0061":1}`, `{"a":2}`, []string{`a: 1 -> 2`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := &Differ{}
			var got []string
			for _, c := range diff(d, []byte(c.old), []byte(c.new)) {
				said := fmt.Sprintf("%s: %s -> %s", c.Path, c.Old, c.New)
				if c.IsMove() {
					said = fmt.Sprintf("%s: moved from %d to %d", c.Path, c.From, c.At)
				}
				got = append(got, said)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("changes %q, want %q", got, c.want)
			}
			check(t, d, []byte(c.old), []byte(c.new))
		})
	}
}

// Changes of another version than the one that was compared are refused, by both ways, and say of which field.
func TestChangesThatDoNotFitAreRefused(t *testing.T) {
	for _, c := range []struct {
		change Change
		object string
	}{
		{Change{Path: "a.b", Old: []byte("1"), New: []byte("2")}, `{}`},
		{Change{Path: "a.b", Old: []byte("1"), New: []byte("2")}, `{"a":{}}`},
		{Change{Path: "a.b", Old: []byte("1"), New: []byte("2")}, `{"a":[1]}`},
		{Change{Path: "a[1]", Old: []byte("1"), New: []byte("2")}, `{"a":[1]}`},
		{Change{Path: "a[3]", Old: []byte("1"), At: 3}, `{"a":[1]}`},
		{Change{Path: "a[0]", Old: []byte("1")}, `{"a":1}`},
		{Change{Path: "a[0]", Old: []byte("1")}, `{}`},
		{Change{Path: `a[name="b"]`, At: 1, From: 2}, `{"a":[{"name":"b"}]}`},
		{Change{Path: `a[name="b"]`, At: 1, From: 2}, `{"a":{}}`},
		{Change{Path: `a[name="b"]`, At: 1}, `{}`},
	} {
		for _, way := range []struct {
			name string
			make func([]byte, []Change) ([]byte, error)
			by   Change
		}{{"apply", Apply, c.change}, {"undo", Undo, c.change.inverse()}} {
			made, err := way.make([]byte(c.object), []Change{way.by})
			if err == nil || !strings.HasPrefix(err.Error(), way.name+" a change of "+c.change.Path.String()+": ") {
				t.Errorf("%s of %s to %s: %s, %v", way.name, c.change.Path, c.object, made, err)
			}
		}
	}
	if made, err := Apply([]byte(`{"a":1}`), []Change{{Path: "a[0]", New: []byte("1")}}); err == nil {
		t.Errorf("an element was put into what is no list: %s", made)
	}
}

func TestPathsSayExactlyWhere(t *testing.T) {
	path := Path(`spec.containers[name="a]\"b"].ports[containerPort=80,protocol="TCP"].args[12]["x.y"][""]`)
	if got, want := path.String(), `spec.containers[a]"b].ports[80/TCP].args[12][x.y][]`; got != want {
		t.Errorf("in short %s, want %s", got, want)
	}
	var again []byte
	for _, s := range path.Steps() {
		switch {
		case s.IsMember():
			again = appendMember(again, []byte(s.Member))
		case s.Key != nil:
			var key []string
			for _, k := range s.Key {
				key = append(key, k.Name+"="+k.Value)
			}
			again = appendKey(again, []byte(strings.Join(key, ",")))
		default:
			again = appendIndex(again, s.Index)
		}
	}
	if string(again) != string(path) {
		t.Errorf("taken apart and put together again: %s, want %s", again, path)
	}
}

func TestDepthIsBounded(t *testing.T) {
	deep := func(inner string) []byte {
		return []byte(strings.Repeat(`{"a":[`, deepest) + inner + strings.Repeat(`]}`, deepest))
	}
	check(t, &Differ{}, deep("1"), deep("2"))
}

func TestChangesOfRandomObjects(t *testing.T) {
	d := &Differ{}
	for seed := range uint64(1000) {
		r := changetest.New(seed)
		old := r.Object(4)
		for range 3 {
			new := r.Changed(old, 3)
			check(t, d, []byte(spelled(old)), []byte(spelled(new)))
			old, _ = new.(map[string]any)
		}
	}
}

// FuzzDiff compares with the plain way where every value has one spelling, and applies the changes where not.
func FuzzDiff(f *testing.F) {
	f.Add([]byte(`{"a":[{"name":"x","v":1},{"name":"y"}]}`), []byte(`{"a":[{"name":"y"},{"name":"x","v":2}],"b":{}}`))
	f.Add([]byte(`{"b":1,"a":{"c":[1,2,3]}}`), []byte(`{"a":{"c":[1,3]},"b":10}`))
	f.Add([]byte(`{"l":[[{"uid":"1"}],"x]"]}`), []byte(` { "l" : [ [ ] , "x]" ] } `))
	f.Add([]byte(`{"\u0061":1e3}`), []byte(`{"a":1E3}`))
	f.Fuzz(func(t *testing.T, old, new []byte) {
		d := &Differ{}
		if !valid(old) || !valid(new) {
			diff(d, old, new) // it ends, and says something
			return
		}
		changes := diff(d, old, new)
		if got, want := applied(t, decoded(t, old), changes), decoded(t, new); spelled(got) != spelled(want) {
			t.Fatalf("%s\n-> %s\ngave %s", old, new, spelled(got))
		}
		checkApply(t, old, new, changes)
		check(t, d, []byte(spelled(decoded(t, old))), []byte(spelled(decoded(t, new))))
	})
}

// valid tells whether a text is a JSON object without names that come twice.
func valid(text []byte) bool {
	in := jsontext.NewDecoder(bytes.NewReader(text))
	kind := in.PeekKind()
	_, err := in.ReadValue()
	return err == nil && kind == '{' && json.Valid(text)
}

// BenchmarkDiff compares versions of a deployment of which the status changed, and a label.
func BenchmarkDiff(b *testing.B) {
	version := func(generation, ready int, tier string) []byte {
		var env []string
		for n := range 40 {
			env = append(env, fmt.Sprintf(`{"name":"SETTING_%d","value":"the value with number %d"}`, n, n))
		}
		return fmt.Appendf(nil, `{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web","labels":{"app":"web","tier":%q},"generation":%d},`+
			`"spec":{"replicas":3,"template":{"spec":{"containers":[{"name":"web","image":"web:1","env":[%s]}]}}},`+
			`"status":{"conditions":[{"type":"Available","status":"True"},{"type":"Progressing","status":"True","reason":"r%d"}],"readyReplicas":%d}}`,
			tier, generation, strings.Join(env, ","), ready, ready)
	}
	d := &Differ{}
	old, new := jsonscan.Object{Text: version(1, 2, "a")}, jsonscan.Object{Text: version(2, 3, "b")}
	b.SetBytes(int64(len(new.Text)))
	b.ReportAllocs()
	for b.Loop() {
		if changes := d.Diff(old, new); len(changes) != 4 {
			b.Fatal(said(changes))
		}
	}
}

// BenchmarkDiffOfMoved compares versions of a deployment whose controller put the condition that it wrote last behind the others.
func BenchmarkDiffOfMoved(b *testing.B) {
	condition := func(kind string, n int) string {
		return fmt.Sprintf(`{"type":%q,"status":"True","reason":"r","message":"ReplicaSet \"web-%d\" has successfully progressed.","lastUpdateTime":"2026-11-24T10:00:0%dZ"}`, kind, n, n)
	}
	version := func(n int, conditions ...string) jsonscan.Object {
		return jsonscan.Object{Text: fmt.Appendf(nil, `{"metadata":{"name":"web"},"status":{"conditions":[%s],"readyReplicas":%d}}`, strings.Join(conditions, ","), n)}
	}
	d := &Differ{}
	old := version(1, condition("Available", 1), condition("ReplicaFailure", 1), condition("Progressing", 1))
	new := version(2, condition("ReplicaFailure", 1), condition("Progressing", 1), condition("Available", 2))
	bytes := 0
	b.ReportAllocs()
	for b.Loop() {
		bytes = 0
		for _, c := range d.Diff(old, new) {
			bytes += len(c.Old) + len(c.New)
		}
	}
	b.ReportMetric(float64(bytes), "value-B")
}

// All values that are others are found in one go, in whichever order they come.
func TestValuesThatAreOthersAreReplacedAtOnce(t *testing.T) {
	d := &Differ{}
	n := 0
	for seed := range uint64(1000) {
		r := changetest.New(seed)
		old := r.Object(4)
		text := []byte(spelled(old))
		changes := slices.Clone(diff(d, text, []byte(spelled(r.Changed(old, 5)))))
		slices.Reverse(changes)
		_, left := replace(text, changes)
		for _, c := range left {
			if c.Old != nil && c.New != nil && c.Path != "" {
				t.Fatalf("%s: %s is not found", text, c.Path)
			}
		}
		n += len(changes) - len(left)
	}
	if n < 100 {
		t.Errorf("only %d are replaced", n)
	}
}

// No differ tells of a value and of what is in it, but what is read of elsewhere may.
func TestAValueWithinAnotherIsReplacedInIt(t *testing.T) {
	made, err := Apply([]byte(`{"a":{"b":1},"c":2}`), []Change{
		{Path: "a.b", Old: []byte("1"), New: []byte("4")},
		{Path: "a", Old: []byte(`{"b":1}`), New: []byte(`{"b":3}`)},
		{Path: "c", Old: []byte("2"), New: []byte("5")},
		{Path: "c", Old: []byte("5"), New: []byte("6")},
	})
	if want := `{"a":{"b":4},"c":6}`; string(made) != want || err != nil {
		t.Errorf("%s, %v, want %s", made, err, want)
	}
}

// What it takes to make a version grows with its text, not with that times the values that are others.
func TestUndoTakesNoWalkForEachValue(t *testing.T) {
	quickest := func(fields int) time.Duration {
		old, new := many(fields, 100, 1), many(fields, 100, 2)
		changes := diff(&Differ{}, old, new)
		best := time.Hour
		for range 5 {
			began := time.Now()
			if made, err := Undo(new, changes); err != nil || !bytes.Equal(made, old) {
				t.Fatalf("%v in %d bytes", err, len(made))
			}
			best = min(best, time.Since(began))
		}
		return best
	}
	if few, more := quickest(300), quickest(6000); more > 100*few { // one by one it would be 400 times as long
		t.Errorf("20 times as many values take %v instead of %v", more, few)
	}
}

// many is an object of many fields, all of which are others in another version.
func many(fields, bytes, version int) []byte {
	var all []string
	for i := range fields {
		all = append(all, fmt.Sprintf(`"field-%04d":"%d%s"`, i, version, strings.Repeat("x", bytes)))
	}
	return fmt.Appendf(nil, `{"kind":"Gauge","metadata":{"name":"huge"},"spec":{%s}}`, strings.Join(all, ","))
}

// BenchmarkUndo makes the version before of objects in which few and many values are others.
func BenchmarkUndo(b *testing.B) {
	for _, c := range []struct{ fields, bytes int }{{3, 100}, {1000, 1500}} {
		old, new := many(c.fields, c.bytes, 1), many(c.fields, c.bytes, 2)
		changes := diff(&Differ{}, old, new)
		b.Run(fmt.Sprint(len(changes)), func(b *testing.B) {
			b.SetBytes(int64(len(new)))
			b.ReportAllocs()
			for b.Loop() {
				if made, err := Undo(new, changes); err != nil || len(made) != len(old) {
					b.Fatal(err)
				}
			}
		})
	}
}
