package health

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/cli-utils/pkg/kstatus/status"
	"sigs.k8s.io/yaml"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/jsonscan"
)

// readOnce reads the rules for all tests.
var readOnce = sync.OnceValues(Builtin)

func builtinRules(t testing.TB) *Rules {
	t.Helper()
	r, err := readOnce()
	if err != nil {
		t.Fatal(err)
	}
	return r.At(func() time.Time { return moment })
}

// moment is when all objects are judged.
var moment = time.Date(2026, 1, 1, 0, 1, 0, 0, time.UTC)

// object reads an object from flow YAML, the way the tables below write them.
func object(t testing.TB, text string) (*unstructured.Unstructured, []byte) {
	t.Helper()
	data, err := yaml.YAMLToJSON([]byte(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	u := &unstructured.Unstructured{}
	if err := u.UnmarshalJSON(data); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	data, err = json.Marshal(u.Object)
	if err != nil {
		t.Fatal(err)
	}
	return u, data
}

func judge(t testing.TB, rules *Rules, text string) model.Health {
	u, data := object(t, text)
	return rules.For(u.GroupVersionKind().GroupKind()).Of(jsonscan.Object{Text: data}, 0)
}

// asLevel is what a status of kstatus is called here.
func asLevel(s status.Status) model.Level {
	switch s {
	case status.CurrentStatus:
		return model.Healthy
	case status.InProgressStatus, status.TerminatingStatus:
		return model.Progressing
	case status.FailedStatus:
		return model.Unhealthy
	default:
		return model.Unknown
	}
}

// variants are fields of the spec and status of types that kstatus knows. All
// combinations are judged by both.
var variants = []struct {
	kind   string
	spec   []string
	status []string
}{
	{
		kind: "apiVersion: apps/v1, kind: Deployment",
		spec: []string{"", "replicas: 0", "replicas: 3", "replicas: 3, progressDeadlineSeconds: 600", "replicas: 3, progressDeadlineSeconds: 2147483647"},
		status: []string{
			"",
			"observedGeneration: 1",
			"observedGeneration: 2",
			"observedGeneration: 2, replicas: 1, readyReplicas: 1, updatedReplicas: 1, availableReplicas: 1, conditions: [{type: Available, status: 'True'}]",
			"observedGeneration: 2, replicas: 3, readyReplicas: 2, updatedReplicas: 3, availableReplicas: 3",
			"observedGeneration: 2, replicas: 3, readyReplicas: 3, updatedReplicas: 2, availableReplicas: 3",
			"observedGeneration: 2, replicas: 3, readyReplicas: 3, updatedReplicas: 3, availableReplicas: 2",
			"observedGeneration: 2, replicas: 4, readyReplicas: 4, updatedReplicas: 3, availableReplicas: 3",
			"observedGeneration: 2, replicas: 3, readyReplicas: 3, updatedReplicas: 3, availableReplicas: 3, conditions: [{type: Available, status: 'True'}]",
			"observedGeneration: 2, replicas: 3, readyReplicas: 3, updatedReplicas: 3, availableReplicas: 3, conditions: [{type: Available, status: 'False'}]",
			"observedGeneration: 2, replicas: 3, readyReplicas: 3, updatedReplicas: 3, availableReplicas: 3, conditions: [{type: Available, status: 'True'}, {type: Progressing, status: 'True', reason: NewReplicaSetAvailable}]",
			"observedGeneration: 2, replicas: 3, readyReplicas: 3, updatedReplicas: 3, availableReplicas: 3, conditions: [{type: Available, status: 'True'}, {type: Progressing, status: 'True', reason: ReplicaSetUpdated}]",
			"observedGeneration: 2, replicas: 3, readyReplicas: 1, updatedReplicas: 3, availableReplicas: 1, conditions: [{type: Progressing, status: 'False', reason: ProgressDeadlineExceeded}]",
		},
	},
	{
		kind: "apiVersion: apps/v1, kind: ReplicaSet",
		spec: []string{"", "replicas: 0", "replicas: 2"},
		status: []string{
			"",
			"observedGeneration: 2, replicas: 2, fullyLabeledReplicas: 2, readyReplicas: 2, availableReplicas: 2",
			"observedGeneration: 2, replicas: 2, fullyLabeledReplicas: 1, readyReplicas: 2, availableReplicas: 2",
			"observedGeneration: 2, replicas: 2, fullyLabeledReplicas: 2, readyReplicas: 1, availableReplicas: 2",
			"observedGeneration: 2, replicas: 2, fullyLabeledReplicas: 2, readyReplicas: 2, availableReplicas: 1",
			"observedGeneration: 2, replicas: 3, fullyLabeledReplicas: 3, readyReplicas: 3, availableReplicas: 3",
		},
	},
	{
		kind: "apiVersion: apps/v1, kind: StatefulSet",
		spec: []string{
			"", "replicas: 3", "replicas: 3, updateStrategy: {type: OnDelete}",
			"replicas: 3, updateStrategy: {type: RollingUpdate, rollingUpdate: {partition: 2}}",
			"replicas: 3, updateStrategy: {rollingUpdate: {partition: 0}}",
		},
		status: []string{
			"",
			"replicas: 3, readyReplicas: 3, currentReplicas: 3, updatedReplicas: 3",
			"replicas: 3, readyReplicas: 2, currentReplicas: 3, updatedReplicas: 3",
			"replicas: 2, readyReplicas: 2, currentReplicas: 2, updatedReplicas: 2",
			"replicas: 4, readyReplicas: 3, currentReplicas: 3, updatedReplicas: 3",
			"replicas: 3, readyReplicas: 3, currentReplicas: 2, updatedReplicas: 1",
			"replicas: 3, readyReplicas: 3, currentReplicas: 3, updatedReplicas: 0",
			"replicas: 3, readyReplicas: 3, currentReplicas: 3, currentRevision: a, updateRevision: b",
			"replicas: 1, readyReplicas: 1, currentReplicas: 1, currentRevision: a, updateRevision: a",
		},
	},
	{
		kind: "apiVersion: apps/v1, kind: DaemonSet",
		spec: []string{""},
		status: []string{
			"",
			"observedGeneration: 2",
			"observedGeneration: 1, desiredNumberScheduled: 2, currentNumberScheduled: 2, updatedNumberScheduled: 2, numberAvailable: 2, numberReady: 2",
			"observedGeneration: 2, desiredNumberScheduled: 2, currentNumberScheduled: 2, updatedNumberScheduled: 2, numberAvailable: 2, numberReady: 2",
			"observedGeneration: 2, desiredNumberScheduled: 2, currentNumberScheduled: 1, updatedNumberScheduled: 2, numberAvailable: 2, numberReady: 2",
			"observedGeneration: 2, desiredNumberScheduled: 2, currentNumberScheduled: 2, updatedNumberScheduled: 1, numberAvailable: 2, numberReady: 2",
			"observedGeneration: 2, desiredNumberScheduled: 2, currentNumberScheduled: 2, updatedNumberScheduled: 2, numberAvailable: 1, numberReady: 2",
			"observedGeneration: 2, desiredNumberScheduled: 2, currentNumberScheduled: 2, updatedNumberScheduled: 2, numberAvailable: 2, numberReady: 1",
			"observedGeneration: 2, desiredNumberScheduled: 0",
		},
	},
	{
		kind: "apiVersion: batch/v1, kind: Job",
		spec: []string{"", "parallelism: 3"},
		status: []string{
			"",
			"startTime: '2026-01-01T00:00:00Z', active: 1",
			"startTime: '2026-01-01T00:00:00Z', succeeded: 1, conditions: [{type: Complete, status: 'True'}]",
			"startTime: '2026-01-01T00:00:00Z', failed: 1, conditions: [{type: Failed, status: 'True', reason: BackoffLimitExceeded}]",
			"startTime: '2026-01-01T00:00:00Z', failed: 1, conditions: [{type: Failed, status: 'False'}, {type: Complete, status: 'False'}]",
		},
	},
	{
		kind: "apiVersion: v1, kind: PersistentVolumeClaim",
		spec: []string{""}, status: []string{"", "phase: Bound", "phase: Pending"},
	},
	{
		kind: "apiVersion: v1, kind: Service",
		spec: []string{"", "type: ClusterIP", "type: ClusterIP, clusterIP: 10.0.0.1", "type: LoadBalancer", "type: NodePort"}, status: []string{""},
	},
	{
		kind: "apiVersion: v1, kind: Pod",
		spec: []string{"", "nodeName: a"},
		status: []string{
			"", "phase: Pending", "phase: Succeeded", "phase: Running",
			"phase: Running, conditions: [{type: Ready, status: 'True'}]",
			"phase: Running, conditions: [{type: Ready, status: 'False'}]",
			"phase: Running, conditions: [{type: Ready, status: 'False'}], containerStatuses: [{name: a, state: {running: {}}}, {name: b, state: {waiting: {reason: CrashLoopBackOff}}}]",
			"phase: Pending, conditions: [{type: PodScheduled, status: 'False', reason: Unschedulable}]",
			"phase: Pending, conditions: [{type: PodScheduled, status: 'False', reason: SchedulingGated}]",
			"phase: Pending, containerStatuses: [{name: a, state: {waiting: {reason: ContainerCreating}}}]",
		},
	},
	{
		kind: "apiVersion: policy/v1, kind: PodDisruptionBudget",
		spec: []string{""}, status: []string{"", "observedGeneration: 2, currentHealthy: 2, desiredHealthy: 2", "observedGeneration: 1"},
	},
	{
		kind: "apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition",
		spec: []string{""},
		status: []string{
			"",
			"conditions: [{type: NamesAccepted, status: 'True'}]",
			"conditions: [{type: NamesAccepted, status: 'False', reason: Taken}]",
			"conditions: [{type: NamesAccepted, status: 'True'}, {type: Established, status: 'True'}]",
			"conditions: [{type: NamesAccepted, status: 'True'}, {type: Established, status: 'False', reason: Installing}]",
			"conditions: [{type: NamesAccepted, status: 'True'}, {type: Established, status: 'False', reason: Broken}]",
		},
	},
	{kind: "apiVersion: v1, kind: ConfigMap", spec: []string{""}, status: []string{""}},
	{kind: "apiVersion: v1, kind: Secret", spec: []string{""}, status: []string{""}},
	{kind: "apiVersion: batch/v1, kind: CronJob", spec: []string{"schedule: '* * * * *'"}, status: []string{"", "active: []"}},
	{
		kind: "apiVersion: example.com/v1, kind: Gauge",
		spec: []string{"", "replicas: 3"},
		status: []string{
			"", "observedGeneration: 1", "observedGeneration: 2", "observedGeneration: 2, replicas: 1",
			"conditions: []",
			"conditions: [{type: Ready, status: 'True'}]",
			"conditions: [{type: Ready, status: 'False', reason: Waiting}]",
			"conditions: [{type: Ready, status: Unknown}]",
			"conditions: [{type: Ready, status: Strange}]",
			"conditions: [{type: Stalled, status: 'True', reason: Broken}]",
			"conditions: [{type: Stalled, status: 'False'}, {type: Ready, status: 'True'}]",
			"conditions: [{type: Reconciling, status: 'True', reason: Busy}, {type: Ready, status: 'True'}]",
			"conditions: [{type: Reconciling, status: 'False'}, {type: Ready, status: 'False'}]",
			"observedGeneration: 1, conditions: [{type: Ready, status: 'True'}]",
			"conditions: [{type: Other, status: 'False'}]",
		},
	},
}

func TestJudgesAgreeWithKstatus(t *testing.T) {
	rules := builtinRules(t)
	metadata := []string{
		"name: a",
		"name: a, generation: 2, creationTimestamp: '2026-01-01T00:00:00Z'",
		"name: a, generation: 2, deletionTimestamp: '2026-01-01T00:00:00Z'",
	}
	for _, v := range variants {
		for _, meta := range metadata {
			for _, spec := range v.spec {
				for _, stat := range v.status {
					text := fmt.Sprintf("{%s, metadata: {%s}, spec: {%s}, status: {%s}}", v.kind, meta, spec, stat)
					compareWithKstatus(t, rules, text)
				}
			}
		}
	}
}

func compareWithKstatus(t *testing.T, rules *Rules, text string) {
	t.Helper()
	u, data := object(t, text)
	want, err := status.Compute(u)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	got := rules.For(u.GroupVersionKind().GroupKind()).Of(jsonscan.Object{Text: data}, 0)
	// What has no sign of health is current to kstatus, and plain here.
	if got.Level == model.Unknown {
		got.Level = model.Healthy
	}
	// A load balancer needs an address here, not only a cluster IP.
	if got.Level != asLevel(want.Status) && !strings.Contains(text, "LoadBalancer") {
		t.Errorf("%s:\n  is %v, kstatus says %s: %s", text, got, want.Status, want.Message)
	}
}

func TestLoadSaysWhatIsWrong(t *testing.T) {
	for text, want := range map[string]string{
		"before: [{level: Fine}]":                                          `before[0]: level "Fine"`,
		"after: [{level: Healthy}, {level: Healthy, when: [a b]}]":         `after[1]: "a b": unknown operator b`,
		"types: [{kinds: [A], rules: [{when: ['']}]}]":                     "types[0].rules[0]: level",
		"types: [{kinds: [A]}, {kinds: [A]}]":                              "types[1]: A has rules already",
		"nonsense: 1":                                                      "field nonsense not found",
		"after: [{level: Healthy, when: [status.a ==]}]":                   "want FIELD",
		"after: [{level: Healthy, when: ['status.a > 1 2']}]":              "want FIELD",
		"after: [{level: Healthy, when: ['status..a']}]":                   "is no path",
		"after: [{level: Healthy, when: ['conditions.Ready.generation']}]": "only status, reason, message and since",
		"after: [{level: Healthy, when: ['status.a older 5']}]":            "missing unit",
		"after: [{level: Healthy, when: ['status.a within']}]":             "want FIELD",
		"after: [{level: Healthy, message: 'a [b {status.c}'}]":            "not closed",
		"after: [{level: Healthy, message: 'a] b'}]":                       "not opened",
		"types: [{kinds: [A], parts: [{each: a}]}]":                        "is no path",
		"types: [{kinds: [A], parts: [{each: status.a, when: [a b c]}]}]":  "unknown operator",
		"types: [{kinds: [A], since: status..a}]":                          "since: status..a is no path",
		"after: [{level: Healthy, reason: 'a {status.b'}]":                 "not closed",
		"after: [{level: Healthy, when: ['']}]":                            "want FIELD",
		"after: [{level: Healthy, when: ['status.phase in A B']}]":         "want FIELD",
		"after: [{level: Healthy, when: ['conditions']}]":                  "want conditions.TYPE",
		"after: [{level: Healthy, cause: Pod}]":                            `cause "Pod": want KIND by FIELD`,
		"after: [{level: Healthy, cause: Pod by conditions.Ready}]":        "want KIND by FIELD",
		"after: [{level: Healthy, cause: Pod by spec..a}]":                 "is no path",
		"after: [{level: Healthy, when: ['status.a - status..b == 1']}]":   "is no path",
	} {
		_, err := Load([]byte(text))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want one that says %q", text, err, want)
		}
	}
}

func BenchmarkJudgePod(b *testing.B) {
	j := builtinRules(b).For(schema.GroupKind{Kind: "Pod"})
	data := []byte(realisticPod)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		j.Of(jsonscan.Object{Text: data}, 0)
	}
}

// BenchmarkSkipPod is the floor: jsontext alone reads the same bytes.
func BenchmarkSkipPod(b *testing.B) {
	data := []byte(realisticPod)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		d := jsontext.NewDecoder(bytes.NewBuffer(data), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
		if err := d.SkipValue(); err != nil {
			b.Fatal(err)
		}
	}
}
