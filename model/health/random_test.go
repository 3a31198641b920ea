package health

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// fieldsOf are the numbers and conditions by which kstatus tells how objects of a kind are.
var fieldsOf = []struct {
	kind, spec, numbers string
	conditions          string
}{
	{"apiVersion: apps/v1, kind: Deployment", "replicas", "replicas updatedReplicas readyReplicas availableReplicas", "Available"},
	{"apiVersion: apps/v1, kind: ReplicaSet", "replicas", "replicas fullyLabeledReplicas readyReplicas availableReplicas", ""},
	{"apiVersion: apps/v1, kind: StatefulSet", "replicas", "replicas readyReplicas currentReplicas updatedReplicas", ""},
	{"apiVersion: apps/v1, kind: DaemonSet", "", "desiredNumberScheduled currentNumberScheduled updatedNumberScheduled numberAvailable numberReady", ""},
	{"apiVersion: batch/v1, kind: Job", "parallelism completions", "active succeeded", "Complete Failed"},
	{"apiVersion: v1, kind: ConfigMap", "", "", ""},
	{"apiVersion: networking.k8s.io/v1, kind: NetworkPolicy", "", "", "Ready Other"},
	{"apiVersion: storage.k8s.io/v1, kind: StorageClass", "", "", "Ready"},
	{"apiVersion: rbac.authorization.k8s.io/v1, kind: Role", "", "", "Ready"},
	{"apiVersion: example.com/v1, kind: Gauge", "replicas", "replicas readyReplicas", "Ready Other"},
}

// randomObject writes an object of a kind with any of its fields, and any conditions in any order.
func randomObject(r *rand.Rand, kind, spec, numbers, conditions string) string {
	fields := func(names string) string {
		var all []string
		for _, name := range strings.Fields(names) {
			if n := r.IntN(5); n < 4 {
				all = append(all, fmt.Sprintf("%s: %d", name, n))
			}
		}
		return strings.Join(all, ", ")
	}
	status := fields(numbers + " observedGeneration")
	var told []string
	types := strings.Fields(conditions + " Reconciling Stalled")
	for _, i := range r.Perm(len(types)) {
		if r.IntN(3) == 0 {
			told = append(told, fmt.Sprintf("{type: %s, status: '%s', reason: Because}", types[i], []string{"True", "False", "Unknown"}[r.IntN(3)]))
		}
	}
	if told != nil {
		if status != "" {
			status += ", "
		}
		status += "conditions: [" + strings.Join(told, ", ") + "]"
	}
	return fmt.Sprintf("{%s, metadata: {name: a, generation: 2, creationTimestamp: '2026-01-01T00:00:00Z'}, spec: {%s}, status: {%s}}", kind, fields(spec), status)
}

// areTrue tells whether an object has both of two conditions.
func areTrue(text, one, other string) bool {
	return strings.Contains(text, one+", status: 'True'") && strings.Contains(text, other+", status: 'True'")
}

// What nobody thought of is judged as kstatus judges it, too: the polarity of any conditions together, in whatever numbers.
func TestJudgesAgreeWithKstatusOnRandomObjects(t *testing.T) {
	rules, r := builtinRules(t), rand.New(rand.NewPCG(7, 29))
	for _, f := range fieldsOf {
		for range 300 {
			text := randomObject(r, f.kind, f.spec, f.numbers, f.conditions)
			if areTrue(text, "Stalled", "Reconciling") || areTrue(text, "Complete", "Failed") {
				continue // of two that contradict each other kstatus takes the one that stands first
			}
			if compareWithKstatus(t, rules, text); t.Failed() {
				return
			}
		}
	}
}
