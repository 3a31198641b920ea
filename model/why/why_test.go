package why

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/yaml"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/health"
	"github.com/dogwatch/dogwatch/model/jsonscan"
	"github.com/dogwatch/dogwatch/model/relation"
)

// served are the types of these tests: "group/plural Kind", those with a capital N behind them in no namespace.
const served = `/pods Pod
/services Service
/configmaps ConfigMap
/secrets Secret
/serviceaccounts ServiceAccount
/persistentvolumeclaims PersistentVolumeClaim
/persistentvolumes PersistentVolume N
/nodes Node N
apps/deployments Deployment
apps/replicasets ReplicaSet
batch/jobs Job
policy/poddisruptionbudgets PodDisruptionBudget
storage.k8s.io/storageclasses StorageClass N
admissionregistration.k8s.io/validatingwebhookconfigurations ValidatingWebhookConfiguration N
autoscaling/horizontalpodautoscalers HorizontalPodAutoscaler
acme.io/pumps Pump`

// now is when all objects are judged.
var now = time.Date(2026, 11, 29, 14, 10, 0, 0, time.UTC)

// builtin and builtinRelations read the rules once for all tests.
var (
	builtin          = sync.OnceValues(health.Builtin)
	builtinRelations = sync.OnceValues(relation.Builtin)
)

// place is a World of a test.
type place struct {
	World
	types   *relation.Types
	absent  map[string]Presence // by kind and name; the others are missing
	events  map[string][]Event  // by kind and name, the newest first
	changed map[string][]Change
	since   time.Time
}

func named(it *relation.Item) string { return it.Of.Kind + " " + it.ID.Name }

// newPlace makes a World of objects that are written as YAML, the first of which is the one that is asked for.
func newPlace(t testing.TB, text string) *place {
	t.Helper()
	p := &place{absent: map[string]Presence{}, events: map[string][]Event{}, changed: map[string][]Change{}, since: now.Add(-time.Hour)}
	p.types = typesOf()
	rules, err := builtin()
	if err != nil {
		t.Fatal(err)
	}
	rules = rules.At(func() time.Time { return now })
	relations, err := builtinRelations()
	if err != nil {
		t.Fatal(err)
	}
	packer := model.NewPacker()
	for doc := range strings.SplitSeq(strings.TrimSpace(text), "\n---\n") {
		of, o := object(t, p.types, packer, rules, doc)
		if p.Graph == nil {
			p.Graph = relation.NewGraph(relations, p.types, of, o.Key)
		}
		if err := p.Graph.Set(of, o); err != nil {
			t.Fatal(err)
		}
	}
	p.Explain = func(of relation.Type, o *model.Object) health.Finding {
		text, err := o.JSON()
		if err != nil {
			t.Fatal(err)
		}
		return rules.Explain(of.GroupKind()).Of(jsonscan.Object{Text: text}, 0)
	}
	p.Absent = func(id relation.ID) Presence {
		if presence, ok := p.absent[id.Type.Resource+" "+id.Name]; ok {
			return presence
		}
		return Missing
	}
	p.Warnings = func(it relation.Item) []Event { return p.events[named(&it)] }
	p.Changes = func(it relation.Item) ([]Change, time.Time) { return p.changed[named(&it)], p.since }
	return p
}

// refused is a ReplicaSet that cannot make pods, for a reason.
func refused(message string) string {
	return fmt.Sprintf(`{apiVersion: apps/v1, kind: ReplicaSet, metadata: {namespace: shop, name: web-7d9, uid: r, generation: 1}, spec: {replicas: 3},
  status: {observedGeneration: 1, replicas: 0, conditions: [{type: ReplicaFailure, status: "True", reason: FailedCreate, message: '%s'}]}}`, message)
}

func typesOf() *relation.Types {
	var all []relation.Type
	for line := range strings.Lines(served) {
		words := strings.Fields(line)
		group, plural, _ := strings.Cut(words[0], "/")
		all = append(all, relation.Type{
			GVR: schema.GroupVersionResource{Group: group, Version: "v1", Resource: plural}, Kind: words[1], Namespaced: len(words) == 2,
		})
	}
	return relation.NewTypes(all)
}

func object(t testing.TB, served *relation.Types, packer *model.Packer, rules *health.Rules, text string) (relation.Type, *model.Object) {
	t.Helper()
	var head struct {
		APIVersion, Kind string
		Metadata         struct {
			Namespace, Name string
			UID             types.UID
			Labels          map[string]string
		}
	}
	if err := yaml.Unmarshal([]byte(text), &head); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	gv, err := schema.ParseGroupVersion(head.APIVersion)
	if err != nil {
		t.Fatal(err)
	}
	of, ok := served.Find(schema.GroupKind{Group: gv.Group, Kind: head.Kind})
	if !ok {
		t.Fatalf("no type %s %s", head.APIVersion, head.Kind)
	}
	json, err := yaml.YAMLToJSON([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	o := &model.Object{
		Key: model.Key{Namespace: head.Metadata.Namespace, Name: head.Metadata.Name}, UID: head.Metadata.UID,
		Labels: model.MakeLabelSet(head.Metadata.Labels), Health: rules.For(of.GroupKind()).Of(jsonscan.Object{Text: json}, 0),
	}
	o.SetJSON(packer, json)
	return of, o
}

// spell writes an answer, a line a step.
func spell(a *Answer) string {
	var b strings.Builder
	write := func(indent int, mark string, s *Step) {
		fmt.Fprintf(&b, "%s%s%s", strings.Repeat("  ", indent), mark, named(&s.Item))
		switch {
		case s.Object == nil:
			fmt.Fprintf(&b, " %s", [...]string{"unread", "missing", "hidden", "unwatched"}[s.Presence])
		case s.Finding.Reason != "":
			fmt.Fprintf(&b, ": %s", s.Finding.Reason)
		}
		if s.Finding.Message != "" {
			fmt.Fprintf(&b, ": %s", s.Finding.Message)
		}
		if s.Others > 0 {
			fmt.Fprintf(&b, " +%d", s.Others)
		}
		b.WriteByte('\n')
	}
	for i := range a.Steps {
		write(i, "", &a.Steps[i])
		if a.Event != nil && a.EventOf == i {
			fmt.Fprintf(&b, "%s! %s: %s\n", strings.Repeat("  ", i+1), a.Event.Reason, a.Event.Message)
		}
	}
	for i := range a.Also {
		write(0, "also ", &a.Also[i])
	}
	for _, c := range a.Changes {
		fmt.Fprintf(&b, "before %s %s %s -> %s by %s\n", named(&c.Item), c.Path, c.Old, c.New, c.By.Name)
	}
	for i := range a.Wanted {
		fmt.Fprintf(&b, "wanted %s\n", named(&a.Wanted[i]))
	}
	for _, of := range a.Needed {
		fmt.Fprintf(&b, "needed %s\n", of.Kind)
	}
	for i := range a.Hidden {
		fmt.Fprintf(&b, "hidden %s\n", named(&a.Hidden[i]))
	}
	for i := range a.Unwatched {
		fmt.Fprintf(&b, "unwatched %s\n", named(&a.Unwatched[i]))
	}
	return b.String()
}

const (
	// deployment and replicaSet are of a rollout that does not get on.
	deployment = `{apiVersion: apps/v1, kind: Deployment, metadata: {namespace: shop, name: web, uid: d, generation: 2}, spec: {replicas: 3},
  status: {observedGeneration: 2, replicas: 4, updatedReplicas: 1, readyReplicas: 3, availableReplicas: 3, unavailableReplicas: 1, conditions: [
    {type: Available, status: "True", reason: MinimumReplicasAvailable, lastTransitionTime: "2026-11-29T09:00:00Z"},
    {type: Progressing, status: "False", reason: ProgressDeadlineExceeded, message: 'ReplicaSet "web-7d9" has timed out progressing.', lastTransitionTime: "2026-11-29T14:09:00Z"}]}}
---
`
	replicaSet = `
---
{apiVersion: apps/v1, kind: ReplicaSet, metadata: {namespace: shop, name: web-7d9, uid: r, generation: 1, ownerReferences: [{apiVersion: apps/v1, kind: Deployment, name: web, uid: d}]},
  spec: {replicas: 1}, status: {observedGeneration: 1, replicas: 1, fullyLabeledReplicas: 1}}
---
{apiVersion: apps/v1, kind: ReplicaSet, metadata: {namespace: shop, name: web-5c4, uid: o, generation: 1, ownerReferences: [{apiVersion: apps/v1, kind: Deployment, name: web, uid: d}]},
  spec: {replicas: 3}, status: {observedGeneration: 1, replicas: 3, fullyLabeledReplicas: 3, readyReplicas: 3, availableReplicas: 3}}`
	podHead = `{apiVersion: v1, kind: Pod, metadata: {namespace: shop, name: web-7d9-x, uid: p, labels: {app: web}, creationTimestamp: "2026-11-29T14:02:32Z",
  ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: web-7d9, uid: r}]}, `
	notReady = `{type: Ready, status: "False", reason: ContainersNotReady, message: "containers with unready status: [app]", lastTransitionTime: "2026-11-29T14:02:33Z"}`
	node     = `
---
{apiVersion: v1, kind: Node, metadata: {name: node-1, uid: n}, status: {conditions: [
  {type: MemoryPressure, status: "False", reason: KubeletHasSufficientMemory}, {type: Ready, status: "True", reason: KubeletReady}]}}`
	deadNode = `
---
{apiVersion: v1, kind: Node, metadata: {name: node-1, uid: n}, status: {conditions: [
  {type: MemoryPressure, status: "Unknown", reason: NodeStatusUnknown, message: Kubelet stopped posting node status.},
  {type: Ready, status: "Unknown", reason: NodeStatusUnknown, message: Kubelet stopped posting node status., lastTransitionTime: "2026-11-29T14:01:00Z"}]}}`
)

// waiting is a pod whose container waits.
func waiting(spec, reason, message string) string {
	return podHead + "spec: {nodeName: node-1" + spec + "}, status: {phase: Pending, conditions: [" + notReady +
		"], containerStatuses: [{name: app, ready: false, restartCount: 0, state: {waiting: {reason: " + reason + ", message: '" + message + "'}}}]}}"
}
