package noise

import (
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/change"
	"github.com/dogwatch/dogwatch/model/timeline"
)

func judge(t testing.TB, own string) *Judge {
	t.Helper()
	rules, err := Builtin()
	if err != nil {
		t.Fatal(err)
	}
	mine, err := Load([]byte(own))
	if err != nil {
		t.Fatal(err)
	}
	return mine.Before(rules).NewJudge()
}

// updated reads "path old new" lines; "-" is no value.
func updated(fields ...string) *timeline.Record {
	r := &timeline.Record{Type: model.Updated}
	for _, f := range fields {
		words := strings.Fields(f)
		c := change.Change{Path: change.Path(words[0])}
		if words[1] != "-" {
			c.Old = []byte(words[1])
		}
		if words[2] != "-" {
			c.New = []byte(words[2])
		}
		r.Fields = append(r.Fields, timeline.Field{Change: c})
	}
	return r
}

const (
	before = `"2026-11-24T10:00:00Z"`
	after  = `"2026-11-24T10:00:10.123456Z"`
)

func TestBuiltinRules(t *testing.T) {
	j := judge(t, "")
	for _, c := range []struct {
		of     string
		noise  bool
		fields []string
	}{
		{"nodes", true, []string{`status.conditions[type="Ready"].lastHeartbeatTime ` + before + " " + after}},
		{"nodes", false, []string{
			`status.conditions[type="Ready"].lastHeartbeatTime ` + before + " " + after,
			`status.conditions[type="Ready"].status "True" "False"`,
		}},
		{"nodes", true, []string{`status.images[3] - {"names":["a"]}`}},
		{"pods", false, []string{`status.images[3] - {"names":["a"]}`}},
		{"leases.coordination.k8s.io", true, []string{"spec.renewTime " + before + " " + after}},
		{"leases.coordination.k8s.io", false, []string{"spec.renewTime " + before + " " + after, `spec.holderIdentity "a" "b"`}},
		{"gauges.acme.io", false, []string{"spec.renewTime " + before + " " + after}},
		{"configmaps", true, []string{`metadata.annotations["control-plane.alpha.kubernetes.io/leader"] "{}" "{1}"`}},
		{"pods", true, nil}, // a resync, or only who owns what
		{"deployments.apps", true, []string{"status.observedGeneration 1 2", `status.conditions[type="A"].observedGeneration 1 2`, "metadata.generation 1 2"}},
		{"deployments.apps", false, []string{`spec.template.metadata.annotations["kubectl.kubernetes.io/restartedAt"] ` + before + " " + after}},
		{"pods", false, []string{"metadata.deletionTimestamp - " + before}},
		{"pods", false, []string{"status.startTime - " + before}},
		{"events", true, []string{"count 6 7", "lastTimestamp " + before + " " + after}},
		{"events", false, []string{`message "a" "b"`, "count 6 7"}},
		{"replicasets.apps", false, []string{"status.readyReplicas 2 3"}},
		{"resourcequotas", true, []string{`status.used["requests.cpu"] "1" "2"`}},
		{"deployments.apps", true, []string{`status.conditions[type="Available"] - -`, `status.conditions[type="Available"].lastUpdateTime ` + before + " " + after}},
		{"deployments.apps", false, []string{`status.conditions[type="Available"] - {"type":"Available"}`}},
		{"pods", false, []string{`spec.containers[name="web"] - -`}},
		{"pods", true, []string{`metadata.ownerReferences[uid="1"] - -`}},
		{"pods", false, []string{`metadata.managedFieldsOfMine 1 2`}},
		{"pods", true, []string{`metadata.managedFields[0].time ` + before + " " + after}},
	} {
		if got := j.IsNoise(schema.ParseGroupResource(c.of), updated(c.fields...)); got != c.noise {
			t.Errorf("%s %q: noise %v, want %v", c.of, c.fields, got, c.noise)
		}
	}
	for _, d := range []model.DeltaType{model.Added, model.Deleted} {
		if j.IsNoise(schema.GroupResource{}, &timeline.Record{Type: d}) {
			t.Errorf("what comes or goes is noise")
		}
	}
}

func TestOwnRulesDecideFirst(t *testing.T) {
	j := judge(t, `
rules:
- {types: [events], paths: [count], keep: true}
- {paths: [status.measured.**], values: numbers}
- {types: [gauges.acme.io, "*"], paths: ["spec.*Nonce"]}
telling: [status.last]
`)
	events, pods := schema.GroupResource{Resource: "events"}, schema.GroupResource{Resource: "pods"}
	for fields, noise := range map[string]bool{
		"status.measured.x 1 -2": true, `status.measured.x "1" 2`: false, "status.measured.x - 2": false,
		"spec.myNonce 1 2": true, "spec.nonces 1 2": false,
	} {
		if got := j.IsNoise(pods, updated(fields)); got != noise {
			t.Errorf("%s: noise %v", fields, got)
		}
	}
	if j.IsNoise(events, updated("count 1 2")) || !j.IsNoise(events, updated("series.count 1 2")) {
		t.Error("the own rule does not decide first, or for more than its own")
	}
	telling := func(field string) int { return j.Telling(pods, &updated(field).Fields[0].Change) }
	order := []string{"status.last 1 2", "spec.containers[0].image 1 2", "unheard.of 1 2", `status.last[name="a"] - -`}
	if !slices.IsSortedFunc(order, func(a, b string) int { return telling(a) - telling(b) }) || telling(order[0]) == telling(order[1]) || telling(order[2]) == telling(order[3]) {
		t.Errorf("%v tell %d, %d, %d, %d", order, telling(order[0]), telling(order[1]), telling(order[2]), telling(order[3]))
	}
}

// What means nothing is shown only where nothing else is, and the first of what tells as much.
func TestTheMostTellingField(t *testing.T) {
	j := judge(t, "")
	pods := schema.GroupResource{Resource: "pods"}
	for _, c := range []struct {
		want   int
		fields []string
	}{
		{-1, nil},
		{1, []string{"metadata.generation 1 2", "unheard.of 1 2"}},
		{0, []string{"metadata.generation 1 2", "status.observedGeneration 1 2"}},
		{2, []string{"unheard.of 1 2", `spec.containers[name="a"] - -`, "spec.replicas 1 2", "spec.paused true false"}},
		{1, []string{`status.conditions[type="A"] - -`, `spec.containers[name="a"] - -`}},
	} {
		if got := j.MostTelling(pods, updated(c.fields...).Fields); got != c.want {
			t.Errorf("%q: %d, want %d", c.fields, got, c.want)
		}
	}
}

func TestErrorsNameTheLine(t *testing.T) {
	for text, want := range map[string]string{
		"rules:\n- paths: [a..b]":             `line 2: path "a..b": expected names`,
		"rules:\n- paths:\n  - a\n  - a[0]":   `line 4: path "a[0]": [0]: expected [*]`,
		"rules:\n- paths: ['']":               `line 2: path "": expected names`,
		"rules:\n- paths: ['a[*]b']":          `line 2: path "a[*]b": expected names`,
		"rules:\n- {paths: [a], values: big}": `line 2: values "big" is none of`,
		"rules:\n- {path: [a]}":               "line 2: field path not found",
		"rules:\n- paths: [[a]]":              "line 2: expected a text",
		"- a":                                 "line 1",
		"rules:\n- {}":                        "a rule has no paths",
		"telling: ['[\"']":                    "line 1",
	} {
		if _, err := Load([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

func TestPatterns(t *testing.T) {
	for _, c := range []struct {
		pattern, path string
		want          bool
	}{
		{"**", "a", true},
		{"**", `a[k="x"].b`, true},
		{"a.**", "a", true},
		{"a.**.b", "a.b", true},
		{"a.**.b", "a.c[1].b", true},
		{"a.**.b", "a.b.c", false},
		{"a.**.b.**.c", "a.b.b.x.c", true},
		{"a[*]", "a[3]", true},
		{"a[*]", "a.b", false},
		{"a.*", "a[3]", false},
		{"a.*Time", "a.lastTime", true},
		{`a["x.y"].z`, `a["x.y"].z`, true},
		{"a", "a.b", false},
		{"a.b", "a", false},
	} {
		p, err := parsePattern(c.pattern)
		if err != nil {
			t.Errorf("%s: %v", c.pattern, err)
		}
		if got := p.fits(change.Path(c.path).Steps()); got != c.want {
			t.Errorf("%s fits %s: %v", c.pattern, c.path, got)
		}
	}
}

func BenchmarkIsNoise(b *testing.B) {
	j := judge(b, "")
	r := updated(
		`status.conditions[type="Ready"].lastTransitionTime `+before+" "+after, `status.conditions[type="Ready"].status "True" "False"`,
		`status.conditions[type="ContainersReady"].lastTransitionTime `+before+" "+after, `status.containerStatuses[name="web"].ready true false`,
	)
	pods := schema.GroupResource{Resource: "pods"}
	b.ReportAllocs()
	for b.Loop() {
		j.IsNoise(pods, r)
	}
}
