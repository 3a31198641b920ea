package relation

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/yaml"

	"github.com/dogwatch/dogwatch/model"
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
batch/cronjobs CronJob
batch/jobs Job
policy/poddisruptionbudgets PodDisruptionBudget
networking.k8s.io/networkpolicies NetworkPolicy
networking.k8s.io/ingresses Ingress
networking.k8s.io/ingressclasses IngressClass N
storage.k8s.io/storageclasses StorageClass N
autoscaling/horizontalpodautoscalers HorizontalPodAutoscaler
gateway.networking.k8s.io/gateways Gateway
gateway.networking.k8s.io/httproutes HTTPRoute
cert-manager.io/certificates Certificate
cert-manager.io/issuers Issuer
acme.io/pumps Pump
acme.io/plants Plant
other.io/plants Plant`

func testTypes(t *testing.T) *Types {
	t.Helper()
	var all []Type
	for line := range strings.Lines(served) {
		words := strings.Fields(line)
		group, plural, _ := strings.Cut(words[0], "/")
		all = append(all, Type{
			GVR: schema.GroupVersionResource{Group: group, Version: "v1", Resource: plural}, Kind: words[1], Namespaced: len(words) == 2,
		})
	}
	return NewTypes(all)
}

// world is a graph of objects written as YAML, the first of which is the subject.
func world(t *testing.T, text string) *Graph {
	t.Helper()
	rules, err := Builtin()
	if err != nil {
		t.Fatal(err)
	}
	types := testTypes(t)
	var graph *Graph
	for doc := range strings.SplitSeq(text, "\n---\n") {
		of, o := object(t, types, doc)
		if graph == nil {
			graph = NewGraph(rules, types, of, o.Key)
		}
		if err := graph.Set(of, o); err != nil {
			t.Fatal(err)
		}
	}
	return graph
}

func object(t *testing.T, served *Types, text string) (Type, *model.Object) {
	t.Helper()
	var head struct {
		APIVersion, Kind string
		Metadata         struct {
			Namespace, Name string
			UID             types.UID
			Labels          map[string]string
		}
		Health model.Level
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
	o := &model.Object{
		Key: model.Key{Namespace: head.Metadata.Namespace, Name: head.Metadata.Name}, UID: head.Metadata.UID,
		Labels: model.MakeLabelSet(head.Metadata.Labels), Health: model.Health{Level: head.Health},
	}
	json, err := yaml.YAMLToJSON([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	o.SetJSON(model.NewPacker(), json)
	return of, o
}

// spell writes a tree, a line an object, with "?" for those that are not known.
func spell(items []Item) string {
	var b strings.Builder
	for _, it := range items {
		how := [...]string{"", "", "-> ", "selects ", "selected by ", "named by "}[it.How]
		fmt.Fprintf(&b, "%s%s%s %s", strings.Repeat("  ", it.Depth), how, it.Of.Kind, it.ID.Key)
		if it.Object == nil {
			b.WriteString(" ?")
		}
		if it.Via != "" {
			b.WriteString(" by " + it.Via)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func allKnown(Type, ID) bool { return true }

const apiPod = `{apiVersion: v1, kind: Pod, metadata: {namespace: shop, name: api-1, uid: p1, labels: {app: api},
  ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: api-5f, uid: r1}]},
  spec: {nodeName: node-1, serviceAccountName: api, imagePullSecrets: [{name: registry}],
    containers: [{name: api, envFrom: [{configMapRef: {name: settings}}], env: [{name: PASSWORD, valueFrom: {secretKeyRef: {name: db, key: pw, optional: true}}}]}],
    volumes: [{name: data, persistentVolumeClaim: {claimName: data}}, {name: tls, secret: {secretName: tls}},
      {name: files, configMap: {name: settings}}, {name: all, projected: {sources: [{configMap: {name: root-ca}}]}}]}}
---
{apiVersion: apps/v1, kind: ReplicaSet, metadata: {namespace: shop, name: api-5f, uid: r1, ownerReferences: [{apiVersion: apps/v1, kind: Deployment, name: api, uid: d1}]}}
---
{apiVersion: apps/v1, kind: Deployment, metadata: {namespace: shop, name: api, uid: d1}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {namespace: shop, name: settings}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {namespace: web, name: root-ca}}
---
{apiVersion: v1, kind: Service, metadata: {namespace: shop, name: api}, spec: {selector: {app: api}}}
---
{apiVersion: v1, kind: Service, metadata: {namespace: web, name: api}, spec: {selector: {app: api}}}
---
{apiVersion: v1, kind: Service, metadata: {namespace: shop, name: outside}, spec: {}}
---
{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {namespace: shop, name: some}, spec: {selector: {matchExpressions: [{key: app, operator: In, values: [api, web]}]}}}
---
{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {namespace: shop, name: all}, spec: {podSelector: {}}}`

func TestTrees(t *testing.T) {
	for name, test := range map[string]struct{ objects, want string }{
		"pod": {apiPod, `Deployment shop/api
  ReplicaSet shop/api-5f
    Pod shop/api-1
-> Secret shop/db ? by spec.containers.*.env.*.valueFrom.secretKeyRef
-> ConfigMap shop/settings by spec.containers.*.envFrom.*.configMapRef
-> Secret shop/registry ? by spec.imagePullSecrets.*.name
-> Node node-1 ? by spec.nodeName
-> ServiceAccount shop/api ? by spec.serviceAccountName
-> PersistentVolumeClaim shop/data ? by spec.volumes.*.persistentVolumeClaim.claimName
-> Secret shop/tls ? by spec.volumes.*.secret.secretName
-> ConfigMap shop/root-ca ? by spec.volumes.*.projected.sources.*.configMap.name
selected by NetworkPolicy shop/all by spec.podSelector
selected by PodDisruptionBudget shop/some by spec.selector
selected by Service shop/api by spec.selector
`},
		"what a deployment owns, the worst first, and what names it": {
			`{apiVersion: apps/v1, kind: Deployment, metadata: {namespace: shop, name: api, uid: d1}}
---
{apiVersion: apps/v1, kind: ReplicaSet, metadata: {namespace: shop, name: old, uid: r1, ownerReferences: [{apiVersion: apps/v1, kind: Deployment, name: api, uid: d1}]}}
---
{apiVersion: apps/v1, kind: ReplicaSet, health: 2, metadata: {namespace: shop, name: young, uid: r2, ownerReferences: [{apiVersion: apps/v1, kind: Deployment, name: api, uid: d1}]}}
---
{apiVersion: v1, kind: Pod, metadata: {namespace: shop, name: a, uid: p1, ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: young, uid: r2}]}}
---
{apiVersion: v1, kind: Pod, health: 3, metadata: {namespace: shop, name: b, uid: p2, ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: young, uid: r2}]}}
---
{apiVersion: v1, kind: Pod, metadata: {namespace: shop, name: other, uid: p3, ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: else, uid: r9}]}}
---
{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {namespace: shop, name: api}, spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: api}}}`,
			`Deployment shop/api
  ReplicaSet shop/young
    Pod shop/b
    Pod shop/a
  ReplicaSet shop/old
named by HorizontalPodAutoscaler shop/api by spec.scaleTargetRef
`,
		},
		"service": {
			`{apiVersion: v1, kind: Service, metadata: {namespace: shop, name: api}, spec: {selector: {app: api}}}
---
{apiVersion: v1, kind: Pod, metadata: {namespace: shop, name: a, labels: {app: api}}}
---
{apiVersion: v1, kind: Pod, metadata: {namespace: shop, name: b, labels: {app: web}}}
---
{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {namespace: shop, name: front}, spec: {rules: [{http: {paths: [{backend: {service: {name: api}}}]}}]}}
---
{apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute, metadata: {namespace: web, name: front}, spec: {rules: [{backendRefs: [{kind: Service, group: "", name: api, namespace: shop}]}]}}`,
			`Service shop/api
selects Pod shop/a by spec.selector
named by HTTPRoute web/front by spec.rules.*.backendRefs.*
named by Ingress shop/front by spec.rules.*.http.paths.*.backend.service.name
`,
		},
		"gateway route": {
			`{apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute, metadata: {namespace: web, name: front},
  spec: {parentRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: public, namespace: infra}], rules: [{backendRefs: [{kind: Service, name: api, port: 80}]}]}}`,
			`HTTPRoute web/front
-> Gateway infra/public ? by spec.parentRefs.*
-> Service web/api ? by spec.rules.*.backendRefs.*
`,
		},
		"claim": {
			`{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {namespace: shop, name: data}, spec: {storageClassName: fast, volumeName: pv-1}}
---
{apiVersion: v1, kind: PersistentVolume, metadata: {name: pv-1}, spec: {claimRef: {kind: PersistentVolumeClaim, namespace: shop, name: data}}}`,
			`PersistentVolumeClaim shop/data
-> StorageClass fast ? by spec.storageClassName
-> PersistentVolume pv-1 by spec.volumeName
named by PersistentVolume pv-1 by spec.claimRef
`,
		},
		"custom resource": {
			`{apiVersion: acme.io/v1, kind: Pump, metadata: {namespace: hall, name: p},
  spec: {plantRef: {name: north}, certificateName: gone, credentialsSecretName: s, issuerRef: {kind: Issuer, group: cert-manager.io, name: ca}, schedulerName: x}}
---
{apiVersion: acme.io/v1, kind: Plant, metadata: {namespace: hall, name: north}}`,
			`Pump hall/p
-> Issuer hall/ca ? by spec.issuerRef
-> Plant hall/north by spec.plantRef
`,
		},
		"custom resource that names others in all ways": {
			`{apiVersion: acme.io/v1, kind: Pump, metadata: {namespace: hall, name: p},
  spec: {caSecretRef: {name: ca}, privateKeySecretRef: {name: key}, passwordSecretRefs: [{name: pw-1}, {name: pw-2, namespace: vault}], smtpTLSSecretName: tls,
    secretNames: [one, two], backupServiceAccountName: backup, targetRef: {resource: secrets, name: target}, otherRef: {group: acme.io, resource: plants, name: west},
    tokenSecretKeyRef: {name: token, key: t}, wrongRef: {group: else.io, resource: secrets, name: one-more}, displayName: ca, secretive: ca, names: [ca], secretaryName: ca},
  status: {secretRef: {name: made}, boundSecretName: bound, conditions: [{reason: x, secretName: told}], phase: ca}}
` + secrets("ca", "key", "pw-1", "tls", "one", "two", "target", "token", "one-more", "made", "bound", "told"),
			`Pump hall/p
-> Secret hall/ca by spec.caSecretRef
-> Plant hall/west ? by spec.otherRef
-> Secret hall/pw-1 by spec.passwordSecretRefs.*
-> Secret hall/key by spec.privateKeySecretRef
-> Secret hall/one by spec.secretNames.*
-> Secret hall/two by spec.secretNames.*
-> Secret hall/tls by spec.smtpTLSSecretName
-> Secret hall/target by spec.targetRef
-> Secret hall/token by spec.tokenSecretKeyRef
-> Secret hall/bound by status.boundSecretName
-> Secret hall/made by status.secretRef
`,
		},
		"owners in a ring": {
			`{apiVersion: acme.io/v1, kind: Pump, metadata: {namespace: hall, name: a, uid: a, ownerReferences: [{apiVersion: acme.io/v1, kind: Pump, name: b, uid: b}]}}
---
{apiVersion: acme.io/v1, kind: Pump, metadata: {namespace: hall, name: b, uid: b, ownerReferences: [{apiVersion: acme.io/v1, kind: Pump, name: a, uid: a}]}}`,
			`Pump hall/b
  Pump hall/a
`,
		},
		"owner that was made anew": {
			`{apiVersion: v1, kind: Pod, metadata: {namespace: shop, name: a, uid: p1, ownerReferences: [{apiVersion: batch/v1, kind: Job, name: j, uid: j1}]}}
---
{apiVersion: batch/v1, kind: Job, metadata: {namespace: shop, name: j, uid: j2}}`,
			`Job shop/j ?
  Pod shop/a
`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			if got := spell(world(t, test.objects).Tree(allKnown)); got != test.want {
				t.Errorf("got\n%s\nwant\n%s", got, test.want)
			}
		})
	}
}

// secrets are Secrets of a namespace, each after a line that ends the document before.
func secrets(names ...string) string {
	var b strings.Builder
	for _, name := range names {
		fmt.Fprintf(&b, "---\n{apiVersion: v1, kind: Secret, metadata: {namespace: hall, name: %s}}\n", name)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// What is told is not what is referred to, unless it is called a reference: else each change of a status would have relations read again.
func TestWhichMembersTellOfRelations(t *testing.T) {
	rules, err := Builtin()
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]bool{
		"spec": true, "metadata.ownerReferences": true, "metadata": true, "metadata.labels": false, "data": false, "status": true,
		"status.secretRef": true, "status.secretNames": true, "status.conditions": false, "status.phase": false,
	} {
		first, second, _ := strings.Cut(path, ".")
		if got := rules.Reads(first, second); got != want {
			t.Errorf("what %s says is read: %v, want %v", path, got, want)
		}
	}
}

func TestGraphFollowsChanges(t *testing.T) {
	g := world(t, apiPod)
	of, o := object(t, g.served, `{apiVersion: v1, kind: Service, metadata: {namespace: shop, name: api}, spec: {selector: {app: other}}}`)
	if err := g.Set(of, o); err != nil {
		t.Fatal(err)
	}
	g.Delete(ID{Type: schema.GroupResource{Group: "apps", Resource: "replicasets"}, Key: model.Key{Namespace: "shop", Name: "api-5f"}})
	got := spell(g.Tree(allKnown))
	if !strings.HasPrefix(got, "ReplicaSet shop/api-5f ?\n  Pod shop/api-1\n") || strings.Contains(got, "Service shop") {
		t.Errorf("got\n%s", got)
	}
}

// What is given to another owner is no longer among what the first one owns.
func TestOwnedObjectsMayBeGivenAway(t *testing.T) {
	const pod = `{apiVersion: v1, kind: Pod, metadata: {namespace: shop, name: a, uid: p, ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: OWNER, uid: OWNER}]}}`
	g := world(t, `{apiVersion: apps/v1, kind: ReplicaSet, metadata: {namespace: shop, name: r1, uid: r1}}`+"\n---\n"+strings.ReplaceAll(pod, "OWNER", "r1"))
	if got := spell(g.Tree(allKnown)); !strings.Contains(got, "Pod shop/a") {
		t.Fatalf("at first\n%s", got)
	}
	of, o := object(t, g.served, strings.ReplaceAll(pod, "OWNER", "r2"))
	if err := g.Set(of, o); err != nil {
		t.Fatal(err)
	}
	if got := spell(g.Tree(allKnown)); strings.Contains(got, "Pod shop/a") {
		t.Errorf("given away it is still owned:\n%s", got)
	}
}

func TestNeededTypes(t *testing.T) {
	rules, err := Builtin()
	if err != nil {
		t.Fatal(err)
	}
	for of, want := range map[string]string{
		"CronJob.batch": "[{Job.batch true false} {Pod true false}]",
		"Event":         "[]",
		"Node":          "[{Pod false false}]", // 100,000 of them are not to be listed for a page
		"Gateway.gateway.networking.k8s.io": "[{HTTPRoute.gateway.networking.k8s.io true true} {GRPCRoute.gateway.networking.k8s.io true true} " +
			"{TLSRoute.gateway.networking.k8s.io true true} {TCPRoute.gateway.networking.k8s.io true true} {UDPRoute.gateway.networking.k8s.io true true}]",
		"StatefulSet.apps": "[{Pod true false} {HorizontalPodAutoscaler.autoscaling true false}]",
	} {
		if got := fmt.Sprint(rules.Needed(schema.ParseGroupKind(of))); got != want {
			t.Errorf("a %s needs %s, want %s", of, got, want)
		}
	}
	for _, gk := range []string{"ConfigMap", "Secret", "ServiceAccount", "Node", "PersistentVolumeClaim"} {
		for _, n := range rules.Needed(schema.ParseGroupKind(gk)) {
			if many := n.Of.Kind == "Pod" || n.Of.Group == "apps" || n.Of.Group == "batch"; many && n.Watch {
				t.Errorf("%s are listed for a %s", n.Of, gk)
			}
		}
	}
	if _, err := Load([]byte("refers: [{of: Pod, watch: true}]")); err == nil || !strings.Contains(err.Error(), "lacks of or to") {
		t.Errorf("a rule that says nothing of what is referred to: %v", err)
	}
}

func TestTheWorstAreThoseThatASortWouldGive(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for range 200 {
		n := 1 + random.IntN(6)
		var all, worst []Item
		for i := range random.IntN(20) {
			it := Item{ID: ID{Key: model.Key{Name: strconv.Itoa(i)}}, Object: &model.Object{Health: model.Health{Level: model.Level(random.IntN(4))}}}
			all, worst = append(all, it), keepWorst(worst, it, n)
		}
		slices.SortFunc(all, worse)
		if want := all[:min(n, len(all))]; spell(worst) != spell(want) {
			t.Fatalf("got:\n%swant:\n%s", spell(worst), spell(want))
		}
	}
}
