package yamldoc_test

import (
	"bytes"
	"context"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"github.com/dogwatch/dogwatch/ui/detail/yamldoc"
)

const pod = `{
  "kind": "Pod", "apiVersion": "v1",
  "metadata": {"name": "api-1", "namespace": "shop", "resourceVersion": "1048",
    "creationTimestamp": "2026-11-23T13:58:01Z", "generation": 12,
    "annotations": {"a10": "x", "a9": "true", "note": "wait: what", "empty": "", "on": "1.5", "clock": "12:30:45"},
    "labels": {"app.kubernetes.io/name": "api", "tier": "null"},
    "managedFields": [{"manager": "kubectl", "operation": "Apply"}]},
  "spec": {"nodeName": null, "hostNetwork": false, "volumes": [],
    "containers": [
      {"name": "api", "image": "registry.example/api:1.9.0", "args": ["-v", "--port=80", "*", "- x"],
       "resources": {}, "ports": [{"containerPort": 80}],
       "command": ["sh", "-c", "set -e\nexec api \\\n  --all\n"]},
      {"name": "proxy", "image": "proxy"}],
    "matrix": [[1, 2], [3.25, []]]},
  "status": {"podIP": "10.0.3.9", "message": "can't pull \"x\"", "tab": "a\tb", "last": "no end\nhere"}
}`

func document(t *testing.T, object string) *yamldoc.Document {
	t.Helper()
	d, err := yamldoc.New([]byte(object), false)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestDocumentIsWhatKubectlPrints(t *testing.T) {
	full, err := yamldoc.New([]byte(pod), true)
	if err != nil {
		t.Fatal(err)
	}
	want, err := yaml.JSONToYAML([]byte(pod))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), full.Text()); diff != "" {
		t.Errorf("-kubectl +document:\n%s", diff)
	}
}

func TestManagedFieldsAreLeftOut(t *testing.T) {
	if got := document(t, pod).Text(); strings.Contains(got, "managedFields") {
		t.Error("managedFields are in the document")
	}
}

func TestNumbersStayAsTheServerWroteThem(t *testing.T) {
	got := document(t, `{"big": 12345678901234567890, "f": 1.0, "e": 1e3}`).Text()
	if want := "big: 12345678901234567890\ne: 1e3\nf: 1.0\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestWhatIsNoJSONIsAnError(t *testing.T) {
	for _, object := range []string{"", "{", `{"a":1}{"b":2}`, "<html>"} {
		if d, err := yamldoc.New([]byte(object), false); err == nil {
			t.Errorf("%q gives %q", object, d.Text())
		}
	}
}

// at finds the line that reads so, without indentation.
func at(t *testing.T, d *yamldoc.Document, want string) int {
	t.Helper()
	i := slices.IndexFunc(d.Lines, func(l yamldoc.Line) bool {
		return strings.TrimLeft(l.Lead(), " ")+l.Key+l.Colon()+l.Scalar == want
	})
	if i < 0 {
		t.Fatalf("no line %q in:\n%s", want, d.Text())
	}
	return i
}

func TestLinesKnowPathAndValue(t *testing.T) {
	d := document(t, pod)
	for line, want := range map[string]struct{ path, value string }{
		"name: api-1":                               {".metadata.name", "api-1"},
		"app.kubernetes.io/name: api":               {`.metadata.labels.app\.kubernetes\.io/name`, "api"},
		`creationTimestamp: "2026-11-23T13:58:01Z"`: {".metadata.creationTimestamp", "2026-11-23T13:58:01Z"},
		"- image: proxy":                            {".spec.containers[1].image", "proxy"},
		"- args:":                                   {".spec.containers[0].args", "- -v\n- --port=80\n- '*'\n- '- x'\n"},
		"- '*'":                                     {".spec.containers[0].args[2]", "*"},
		"- containerPort: 80":                       {".spec.containers[0].ports[0].containerPort", "80"},
		"- |":                                       {".spec.containers[0].command[2]", "set -e\nexec api \\\n  --all\n"},
		"  --all":                                   {".spec.containers[0].command[2]", "set -e\nexec api \\\n  --all\n"},
		"resources: {}":                             {".spec.containers[0].resources", "{}"},
		"- - 3.25":                                  {".spec.matrix[1][0]", "3.25"},
		"labels:":                                   {".metadata.labels", "app.kubernetes.io/name: api\ntier: \"null\"\n"},
		"nodeName: null":                            {".spec.nodeName", "null"},
		`tab: "a\tb"`:                               {".status.tab", "a\tb"},
		`message: can't pull "x"`:                   {".status.message", `can't pull "x"`},
	} {
		i := at(t, d, line)
		if got := d.Lines[i].Path.String(); got != want.path {
			t.Errorf("%q has path %q, want %q", line, got, want.path)
		}
		if got := d.Value(i); got != want.value {
			t.Errorf("%q has value %q, want %q", line, got, want.value)
		}
	}
}

func TestPathEscapesOddNames(t *testing.T) {
	d := document(t, `{"a b": {"it's\\": 1, "": {"名": 2}}, "[0]": 3}`)
	var got []string
	for _, l := range d.Lines {
		got = append(got, l.Path.String())
	}
	want := []string{`.\[0\]`, `.a\ b`, `.a\ b['']`, `.a\ b[''].名`, `.a\ b.it\'s\\`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestKeysAreInKubectlsOrder(t *testing.T) {
	for _, object := range []string{
		`{"a10":1,"a9":1,"a09":1,"a":1,"A":1,"b":1,"_":1,"-":1,"1":1,"10":1,"2":1,"a1-":1,"ab":1,"é":1,"e":1,"":1}`,
		`{"a100":1,"a19":1,"a01":1,"a1":1,"a010":1,"x1y2":1,"x1y10":1,"x.y":1,"x/y":1,"xy":1}`,
	} {
		want, err := yaml.JSONToYAML([]byte(object))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), document(t, object).Text()); diff != "" {
			t.Errorf("-kubectl +document:\n%s", diff)
		}
	}
}

func TestFindGoesByWhatALineStandsFor(t *testing.T) {
	before := document(t, pod)
	after := document(t, strings.Replace(pod, `{"name": "api",`, `{"name": "init", "image": "x"}, {"name": "api",`, 1))
	l := &before.Lines[at(t, before, "image: registry.example/api:1.9.0")]
	if got, want := after.Find(l), at(t, after, "image: registry.example/api:1.9.0"); got != want {
		t.Errorf("found line %d, want %d", got, want)
	}
	gone := document(t, strings.Replace(pod, `"tier": "null"`, `"x": "y"`, 1))
	l = &before.Lines[at(t, before, `tier: "null"`)]
	if got, want := gone.Find(l), at(t, gone, "labels:"); got != want {
		t.Errorf("where it is gone: line %d, want its parent's %d", got, want)
	}
	if got := document(t, `{"other": 1}`).Find(l); got != 0 {
		t.Errorf("in another object: line %d, want 0", got)
	}
}

func TestCompareMarksWhatChanged(t *testing.T) {
	type result struct{ Added, Modified, Removed []string }
	for name, test := range map[string]struct {
		from, to string
		want     result
	}{
		"nothing":       {`{"a":1,"b":2}`, `{"b":2,"a":1}`, result{}},
		"a value":       {`{"a":1,"b":2,"c":3}`, `{"a":1,"b":5,"c":3}`, result{Modified: []string{"b: 5"}}},
		"a member more": {`{"a":1,"c":3}`, `{"a":1,"b":2,"c":3}`, result{Added: []string{"b: 2"}}},
		"a member less": {`{"a":1,"b":2,"c":3}`, `{"a":1,"c":3}`, result{Removed: make([]string, 1)}},
		"an element before named ones": {
			`{"l":[{"name":"x","v":1},{"name":"y","v":2}]}`,
			`{"l":[{"name":"w","v":0},{"name":"x","v":1},{"name":"y","v":7}]}`,
			result{Added: []string{"- name: w", "v: 0"}, Modified: []string{"v: 7"}},
		},
		"named elements in another order": {
			`{"containerStatuses":[{"name":"api","ready":true},{"name":"proxy","ready":false}]}`,
			`{"containerStatuses":[{"name":"proxy","ready":true},{"name":"api","ready":true}]}`,
			result{Modified: []string{"ready: true"}},
		},
		"an element before plain ones": {`{"l":["x","y"]}`, `{"l":["w","x","y"]}`, result{Added: []string{"- w"}}},
		"a line of a text":             {`{"t":"a\nb\nc\n"}`, `{"t":"a\nB\nc\nd\n"}`, result{Added: []string{"d"}, Modified: []string{"B"}}},
		"a map that becomes a text":    {`{"m":{"a":1,"b":2}}`, `{"m":"x"}`, result{Modified: []string{"m: x"}, Removed: make([]string, 2)}},
	} {
		t.Run(name, func(t *testing.T) {
			from, to := document(t, test.from), document(t, test.to)
			c := to.Compare(from)
			got := result{Removed: make([]string, c.Removed)}
			for i, mark := range c.Marks {
				l := to.Lines[i]
				switch text := strings.TrimLeft(l.Lead(), " ") + l.Key + l.Colon() + l.Scalar; mark {
				case yamldoc.Added:
					got.Added = append(got.Added, text)
				case yamldoc.Modified:
					got.Modified = append(got.Modified, text)
				}
			}
			if len(got.Removed) == 0 {
				got.Removed = nil
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
			if len(got.Added) != c.Added || len(got.Modified) != c.Modified {
				t.Errorf("counts %d added, %d modified", c.Added, c.Modified)
			}
		})
	}
}

func TestSearchFindsLines(t *testing.T) {
	d := document(t, `{"Image":"x","name":"my-IMAGE","other":"名前image","z":"a.b"}`)
	for query, want := range map[string][]int{
		"image": {0, 1, 2},
		"IMAGE": {1},
		"名前":    {2},
		"a.b":   {3},
		".":     {3},
		": x":   {0},
		"":      nil,
		"\xff":  nil,
	} {
		if got := d.Search(context.Background(), yamldoc.NewQuery(query)); !slices.Equal(got, want) {
			t.Errorf("%q is found in lines %v, want %v", query, got, want)
		}
	}
	if got, want := yamldoc.NewQuery("ab").Spans("xABab"), [][]int{{1, 3}, {3, 5}}; !reflect.DeepEqual(got, want) {
		t.Errorf("spans %v, want %v", got, want)
	}
}

// Any JSON becomes YAML that reads back as the same.
func FuzzDocumentReadsBack(f *testing.F) {
	for _, object := range []string{
		pod, `"x"`, `[]`, `[[["a\nb"]]]`, `{"a":"\n"}`, `{"a":" b\nc"}`, `{"a":"b \nc "}`, `{"a":"\tb\n"}`, `{"a":"x\n\n\n"}`,
		`{"a":"\u0085\u2028\ufeff\u001b[31m\u007f"}`, `{"<<":"=","~":"0x1f","y":"no"}`, `["---","...","- ","? ","a: b","a #b","!x","&a","*a","@","%","` + "`" + `"]`,
		`{"a\nb":{"c: d":1}}`,
		`["1_000","1e3",".inf","0o7","+1","-","2026-1-2","1:30","0b1","-.5","1."]`,
	} {
		f.Add([]byte(object))
	}
	f.Fuzz(func(t *testing.T, object []byte) {
		d, err := yamldoc.New(object, true)
		if err != nil {
			return
		}
		for i := range d.Lines {
			d.Value(i)
			if d.Find(&d.Lines[i]) < 0 || d.Lines[i].Path.String() == "" {
				t.Fatalf("line %d of %q", i, d.Text())
			}
		}
		if !readable(object) {
			return
		}
		var want, got any
		if err := json.Unmarshal(object, &want); err != nil {
			t.Fatal(err)
		}
		if err := yaml.Unmarshal([]byte(d.Text()), &got); err != nil {
			t.Fatalf("%v\nJSON %q\nYAML %q", err, object, d.Text())
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("JSON %q\nYAML %q\nreads back as %#v", object, d.Text(), got)
		}
	})
}

// readable leaves out what YAML parsers cannot take for reasons of their own:
// keys over 1024 bytes, numbers out of range, a key given twice.
func readable(object []byte) bool {
	var v any
	return len(object) < 1000 && json.Unmarshal(object, &v) == nil && !bytes.ContainsAny(object, "eE")
}

func TestDecodedOnlyWhereSaid(t *testing.T) {
	object := `{"data":{"a":"aGk=","list":["aGk="],"num":1},"other":{"a":"aGk="},"plain":"aGk="}`
	for want, encoded := range map[string][][]string{
		"data:\n  a: hi  # decoded, 2 bytes\n  list:\n  - aGk=\n  num: 1\nother:\n  a: aGk=\nplain: aGk=\n": {{"data", "*"}},
		"data:\n  a: aGk=\n  list:\n  - hi  # decoded, 2 bytes\n  num: 1\nother:\n  a: aGk=\nplain: aGk=\n": {{"data", "list", "*"}},
		"data:\n  a: aGk=\n  list:\n  - aGk=\n  num: 1\nother:\n  a: aGk=\nplain: hi  # decoded, 2 bytes\n": {{"plain"}},
		"data:\n  a: aGk=\n  list:\n  - aGk=\n  num: 1\nother:\n  a: hi  # decoded, 2 bytes\nplain: aGk=\n": {{"gone", "*"}, {"other", "a"}},
		"data:\n  a: aGk=\n  list:\n  - aGk=\n  num: 1\nother:\n  a: aGk=\nplain: aGk=\n":                   {{"data"}, {"data", "num"}},
	} {
		d, err := yamldoc.NewDecoded([]byte(object), false, encoded)
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		for i := range d.Lines {
			l := &d.Lines[i]
			b.WriteString(l.Lead() + l.Key + l.Colon() + l.Scalar + l.Comment() + "\n")
		}
		if got := b.String(); got != want {
			t.Errorf("%q gives\n%swant\n%s", encoded, got, want)
		}
	}
}
