package informers

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/model"
)

func TestPathsOfRedactions(t *testing.T) {
	for spelling, want := range map[string][]string{
		".data.*":                               {"data", "*"},
		"{.data.*}":                             {"data", "*"},
		"$.data['*']":                           {"data", "*"},
		"data.key":                              {"data", "key"},
		"cm:data.key":                           {"data", "key"},
		".data['a.b']":                          {"data", "a.b"},
		`.data['a\.b']`:                         {"data", "a.b"},
		`.data.a\.b`:                            {"data", "a.b"},
		".data['a:b c']":                        {"data", "a:b c"},
		"['spec']['x']":                         {"spec", "x"},
		"po:{.spec.containers[*].env[*].value}": {"spec", "containers", "*", "env", "*", "value"},
		".metadata.annotations['example.com/token']": {"metadata", "annotations", "example.com/token"},
	} {
		r, err := ParseRedaction(spelling)
		if err != nil {
			t.Errorf("%s: %v", spelling, err)
		} else if diff := cmp.Diff(want, r.path); diff != "" {
			t.Errorf("%s: %s", spelling, diff)
		}
	}
}

func TestRedactionsThatNoMaskCanMean(t *testing.T) {
	for spelling, want := range map[string]string{
		"":                       "allowed are",
		"cm:":                    "allowed are",
		":.data":                 "type is missing",
		"{}":                     "allowed are",
		"..data":                 `".."`,
		".a..b":                  `".."`,
		".data[0]":               "[*]",
		".a[1:2]":                "[*]",
		".a[?(@.b=='c')]":        "filter",
		".data['a','b']":         "several times",
		"{.a}{.b}":               "one path",
		"{.a} and":               "one path",
		".a.":                    "no name",
		".data['a":               "allowed are",
		".*":                     "which object",
		".kind":                  "which object",
		".metadata":              "which object",
		".metadata.name":         "which object",
		".metadata.labels['a']":  "which object",
		"po:.metadata.uid":       "which object",
		".metadata.*.x":          "which object",
		".metadata.annotations":  "which object",
		"{range .items[*]}{.a}x": "allowed are",
	} {
		if _, err := ParseRedaction(spelling); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", spelling, err, want)
		}
	}
}

func TestTypesOfRedactions(t *testing.T) {
	deployments := Type{
		GVR: schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "deployments"}, Kind: "Deployment",
		Singular: "deployment", ShortNames: []string{"deploy"},
	}
	configMaps := Type{GVR: schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}, Kind: "ConfigMap", ShortNames: []string{"cm"}}
	for name, want := range map[string][2]bool{
		"": {true, true}, "deploy": {true, false}, "Deployment": {true, false}, "deployments.apps": {true, false},
		"deploy.v1.apps": {true, false}, "deployments.batch": {false, false}, "cm": {false, true}, "configmaps.v1": {false, true},
		"ConfigMap": {false, true}, "cm.apps": {false, false}, "secrets": {false, false},
	} {
		spelling := ".data"
		if name != "" {
			spelling = name + ":.data"
		}
		r, err := ParseRedaction(spelling)
		if err != nil {
			t.Fatal(err)
		}
		if got := [2]bool{r.For(deployments), r.For(configMaps)}; got != want {
			t.Errorf("%s: %v, want %v", spelling, got, want)
		}
	}
}

func rules(t *testing.T, spellings ...string) []*Redaction {
	t.Helper()
	var all []*Redaction
	for _, spelling := range spellings {
		r, err := ParseRedaction(spelling)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, r)
	}
	return all
}

// What was hidden is nowhere: neither in the object, nor in copies of it, nor in a cell.
func TestHiddenValuesAreNowhere(t *testing.T) {
	d := testDecoder(gauges)
	all := rules(t, ".spec.token", "other:.spec.size", ".spec.list[*].value", ".spec.level")
	d.redact, d.whole = redactorFor(d.typ, all), true
	object := `{"kind":"Gauge","metadata":{"name":"hidden","annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{\"spec\":{\"token\":\"former\"}}"},` +
		`"managedFields":[{"manager":"kubectl","fieldsV1":{"f:spec":{"v:\"hunter2\"":{}}}}]},` +
		`"spec":{"token":"hunter2","size":3,"level":7,"list":[{"name":"n","value":"hidden"},{"name":"m","value":{"deep":["element"]}}]}}`
	columns := strings.Replace(widgetColumns, `"name":"Last"`, `"name":"Token"`, 1)
	columns = strings.Replace(columns, `"type":"date"`, `"type":"string"`, 1)
	body := strings.Replace(table(`{"cells":["hidden",7,"x:hunter2","9d"],"object":`+object+`}`), widgetColumns, columns, 1)
	objects, _, err := readList(d, body)
	if err != nil {
		t.Fatal(err)
	}
	o := objects[0]
	json, err := o.JSON()
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"hunter2", "former", `"hidden"}`, "element", `"level":7`} {
		if bytes.Contains(json, []byte(secret)) {
			t.Errorf("%s is in %s", secret, json)
		}
	}
	for _, kept := range []string{`"size":3`, `"name":"m"`, `"manager":"kubectl"`, "•••• (7 bytes)"} {
		if !bytes.Contains(json, []byte(kept)) {
			t.Errorf("%s is not in %s", kept, json)
		}
	}
	if want := []string{"hidden", "•••• (1 bytes)", "•••• (9 bytes)"}; !slices.Equal(o.Cells[:3], want) {
		t.Errorf("cells %q, want %q", o.Cells[:3], want)
	}
	if all[0].Count() == 0 || all[1].Count() != 0 || all[2].Count() != 2 {
		t.Errorf("counts %d, %d, %d", all[0].Count(), all[1].Count(), all[2].Count())
	}
}

// Objects of which nothing was hidden keep all.
func TestRedactionLeavesOthersAlone(t *testing.T) {
	r := redactorFor(Type{}, rules(t, ".data.secret"))
	object := `{"metadata":{"annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{\"data\":{\"b\":\"1\"}}"}},"data":{"a":1,"secret":null}}`
	got, hidden, err := r.apply([]byte(object), nil, "")
	if err != nil || string(got) != object || len(hidden) > 0 {
		t.Errorf("%s, %q, %v", got, hidden, err)
	}
}

// A path that says nothing of a list hides all of it, and what is masked is not masked again.
func TestRedactionHidesRatherTooMuch(t *testing.T) {
	r := redactorFor(Type{}, rules(t, ".spec.containers.env[*].value", ".metadata.annotations.*"))
	object := `{"metadata":{"annotations":{"kubectl.kubernetes.io/last-applied-configuration":"12345"}},` +
		`"spec":{"containers":[{"env":[{"name":"a","value":"hunter2"}]}]}}`
	want := `{"metadata":{"annotations":{"kubectl.kubernetes.io/last-applied-configuration":"•••• (5 bytes)"}},` +
		`"spec":{"containers":[{"env":[{"name":"a","value":"•••• (7 bytes)"}]}]}}`
	if got, _, err := r.apply([]byte(object), nil, ""); err != nil || string(got) != want {
		t.Errorf("%s, %v, want %s", got, err, want)
	}
}

// Short values are in everything: only cells that are just that are masked.
func TestShortHiddenValues(t *testing.T) {
	o := &model.Object{Columns: &model.Columns{List: make([]model.Column, 2)}, Cells: []string{"1/1", "1"}}
	hidden{[]byte("1")}.maskCells(o, &words{})
	if want := []string{"1/1", "•••• (1 bytes)"}; !slices.Equal(o.Cells, want) {
		t.Errorf("cells %q, want %q", o.Cells, want)
	}
}

// FuzzRedaction parses what a user may type; what it takes hides what it names.
func FuzzRedaction(f *testing.F) {
	for _, seed := range []string{".data.*", "cm:{.a['b.c'][*].d}", "..", "[", "{.a}{.b}", `.a\`, "['", "po:$.x[?(@.y)]"} {
		f.Add(seed)
	}
	marks := newMarks(f)
	f.Fuzz(func(t *testing.T, spelling string) {
		r, err := ParseRedaction(spelling)
		if err != nil {
			return
		}
		if len(r.path) == 0 || slices.Contains(r.path, "") {
			t.Fatalf("%q has the path %q", spelling, r.path)
		}
		value := `"hunter2"`
		for _, step := range slices.Backward(r.path) {
			name, err := jsontext.AppendQuote(nil, step)
			if err != nil {
				t.Fatal(err)
			}
			value = "{" + string(name) + ":" + value + "}"
		}
		got, hidden, err := redactorFor(Type{}, []*Redaction{{path: r.path}}).apply([]byte(value), marks, "u")
		if err == nil && (bytes.Contains(got, []byte("hunter2")) || len(hidden) == 0) {
			t.Fatalf("%q leaves %s", spelling, got)
		}
	})
}

// The memory of what was masked is used again, for who knows what.
func TestMaskingWipesWhatItWasGiven(t *testing.T) {
	for _, text := range []string{`{"data":{"a":"c2VzYW1l"}}`, `{"data":{"a":"c2VzYW1l"`} {
		given := []byte(text)
		if _, _, err := secretPaths[schema.GroupResource{Resource: "secrets"}].apply(given, newMarks(t), "u"); (err == nil) != json.Valid([]byte(text)) {
			t.Errorf("%s: %v", text, err)
		}
		if len(bytes.Trim(given, "\x00")) > 0 {
			t.Errorf("%q is left of %s", given, text)
		}
	}
}

// What a replay serves of Secrets is masked already: the masks are as base64, so that typed clients can read them, and tell
// the same sizes when they are masked again.
func TestMasksStandForThemselves(t *testing.T) {
	secrets := schema.GroupResource{Resource: "secrets"}
	masked, err := redact(secrets, []byte(`{"data":{"a":"c2VzYW1l","b":"","c":"4oCi4oCi4oCi4oCi","d":"4oCi4oCi4oCi4oCi!"},"stringData":{"x":"••••"}}`), nil)
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"data":{"a":"•••• (6 bytes)","b":"•••• (0 bytes)","c":"•••• (12 bytes)","d":"•••• (12 bytes)"},"stringData":{"x":"•••• (12 bytes)"}}`
	if string(masked) != want {
		t.Errorf("got %s, want %s", masked, want)
	}
	served, err := EncodeMasks(secrets, masked)
	if err != nil {
		t.Fatal(err)
	}
	var secret corev1.Secret
	if err := json.Unmarshal(served, &secret); err != nil || string(secret.Data["a"]) != "•••• (6 bytes)" {
		t.Errorf("%s is read as %v, %v", served, secret, err)
	}
	again, err := redact(secrets, served, nil)
	if err != nil || string(again) != want {
		t.Errorf("masked again it is %s, %v", again, err)
	}
}
