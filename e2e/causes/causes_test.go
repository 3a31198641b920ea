package causes

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/dogwatch/dogwatch/e2e/await"
	"github.com/dogwatch/dogwatch/e2e/controlplane"
	"github.com/dogwatch/dogwatch/e2e/faults"
	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/timeline"
	"github.com/dogwatch/dogwatch/model/versions"
	"github.com/dogwatch/dogwatch/workspace"
)

// trouble is what somebody does to the cluster, and how its cause is named.
type trouble struct {
	name string
	// steps are command lines of kubectl, or manifests to apply.
	steps []string
	// kind and object begin the name of what the list of problems has, with a reason and a message that has a text in it.
	kind, object, reason, message string
	// related is what the relations of the object lead to, and how they say that it is there.
	related  string
	presence workspace.Presence
	why      reason
}

// deployment is one of a pod on a node.
func deployment(name, node, container string) string {
	return fmt.Sprintf(`{apiVersion: apps/v1, kind: Deployment, metadata: {name: %s}, spec: {replicas: 1, selector: {matchLabels: {app: %[1]s}},
		template: {metadata: {labels: {app: %[1]s}}, spec: {nodeSelector: {kubernetes.io/hostname: %[2]s}, containers: [{name: %[1]s, %[3]s}]}}}}`, name, node, container)
}

func inDefault(name string) model.Key { return model.Key{Namespace: "default", Name: name} }

const (
	claim = `{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: archive}, spec: {accessModes: [ReadWriteOnce], storageClassName: fast, resources: {requests: {storage: 1Gi}}}}
---
{apiVersion: v1, kind: Pod, metadata: {name: keeper}, spec: {containers: [{name: keeper, image: "keeper:1"}], volumes: [{name: data, persistentVolumeClaim: {claimName: archive}}]}}`

	webhook = `{apiVersion: v1, kind: Namespace, metadata: {name: guarded, labels: {guarded: "yes"}}}
---
{apiVersion: admissionregistration.k8s.io/v1, kind: ValidatingWebhookConfiguration, metadata: {name: guard}, webhooks: [{name: guard.example.com, failurePolicy: Fail, sideEffects: None,
  admissionReviewVersions: [v1], timeoutSeconds: 1, clientConfig: {service: {namespace: default, name: nobody}}, namespaceSelector: {matchLabels: {guarded: "yes"}},
  rules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}]}]}`
)

func troubles() []trouble {
	return []trouble{
		{
			name:  "bad rollout",
			steps: []string{deployment("web", "node-0", `image: "web:1"`), "rollout status deployment/web", "set image deployment/web web=web:missing"},
			kind:  "Pod", object: "web-", reason: "ErrImagePull", message: `failed to pull and unpack image "web:missing": not found`,
			related: "deployments.apps web",
			why: reason{
				resource: "deployments", kind: "Deployment", of: inDefault("web"),
				steps: []string{"Deployment web: ", "ReplicaSet web-", "Pod web-"}, cause: `ErrImagePull: container web: failed to pull and unpack image "web:missing": not found`,
				change: `Deployment web spec.template.spec.containers[web].image: "web:1" -> "web:missing" by kubectl-set`,
			},
		},
		{
			name: "missing ConfigMap", steps: []string{deployment("api", "node-0", `image: "api:1", envFrom: [{configMapRef: {name: settings}}]`)},
			kind: "Pod", object: "api-", reason: "CreateContainerConfigError", message: `configmap "settings" not found`,
			related: "configmaps settings", presence: workspace.Missing,
			why: reason{
				resource: "deployments", kind: "Deployment", of: inDefault("api"),
				steps:  []string{"Deployment api: ", "ReplicaSet api-", "Pod api-", "ConfigMap settings: missing"},
				change: "Deployment api created by kubectl-client-side-apply",
			},
		},
		{
			name: "unbound PVC", steps: []string{claim},
			kind: "Pod", object: "keeper", reason: "Unschedulable", message: "PersistentVolumeClaim",
			related: "persistentvolumeclaims archive",
			why: reason{
				resource: "pods", kind: "Pod", of: inDefault("keeper"),
				steps:  []string{"Pod keeper: Unschedulable: ", "PersistentVolumeClaim archive: ", "StorageClass fast: missing"},
				change: "PersistentVolumeClaim archive created by kubectl-client-side-apply",
			},
		},
		{
			name: "failing webhook", steps: []string{webhook, "--namespace=guarded create deployment locked --image=locked:1"},
			kind: "Deployment", object: "locked", reason: "FailedCreate", message: `service "nobody" not found`,
			related: "replicasets.apps locked-",
			why: reason{
				resource: "deployments", kind: "Deployment", of: model.Key{Namespace: "guarded", Name: "locked"},
				steps:  []string{"Deployment locked: ", "ReplicaSet locked-", "ValidatingWebhookConfiguration guard: WebhookFails", "Service nobody: missing"},
				change: "ValidatingWebhookConfiguration guard created by kubectl-client-side-apply",
			},
		},
		{
			name:  "node down",
			steps: []string{deployment("far", "node-1", `image: "far:1"`), "rollout status deployment/far", "label node node-1 " + powerLabel + "=off"},
			kind:  "Node", object: "node-1", reason: "NodeStatusUnknown", message: "Kubelet stopped posting node status.",
			why: reason{
				resource: "deployments", kind: "Deployment", of: inDefault("far"),
				steps:  []string{"Deployment far: ", "ReplicaSet far-", "Pod far-", "Node node-1: NodeStatusUnknown: Kubelet stopped posting node status."},
				change: "Node node-1 metadata.labels[" + powerLabel + "]",
			},
		},
	}
}

// The list of problems names the cause of trouble of the usual kinds, the relations of what is in it lead there, and so does
// the answer to why an object that needs it is not well.
func TestCausesAreNamed(t *testing.T) {
	kubeconfig, err := cluster.Kubeconfig(controlplane.Reader, "")
	if err != nil {
		t.Fatal(err)
	}
	d := faults.Start(t, faults.Options{
		Kubeconfig: kubeconfig, Types: []string{"deployments", "replicasets", "pods", "nodes", "persistentvolumeclaims", "validatingwebhookconfigurations"}, History: timeline.New(1 << 20),
	})
	for _, trouble := range troubles() {
		for _, step := range trouble.steps {
			do(t, step)
		}
	}
	for _, trouble := range troubles() {
		t.Run(trouble.name, func(t *testing.T) {
			await.Success(t, patience, "the problem to be listed", func(context.Context) error { return trouble.isListed(t, d.Workspace) })
			trouble.leadsThere(t, d.Workspace)
			trouble.isExplained(t, d)
		})
	}
}

// do applies a manifest, or runs a command line.
func do(t *testing.T, step string) {
	t.Helper()
	if !strings.HasPrefix(step, "{") {
		if _, err := cluster.Kubectl(t.Context(), strings.Fields(step)...); err != nil {
			t.Fatal(err)
		}
		return
	}
	await.Success(t, patience, "the manifest to be taken", func(ctx context.Context) error { return cluster.Apply(ctx, step) })
}

// isListed returns nil if the list has the problem with its cause, and otherwise what it has.
func (s *trouble) isListed(t *testing.T, w *workspace.Workspace) error {
	var all []string
	for _, p := range w.Problems().Window(0, 1000).Problems {
		if p.Kind == s.kind && strings.HasPrefix(p.Name, s.object) && p.Reason == s.reason && strings.Contains(p.Message, s.message) {
			t.Logf("%s %s: %s: %s", p.Kind, p.Key, p.Reason, p.Message)
			return nil
		}
		all = append(all, fmt.Sprintf("%s %s: %s: %s", p.Kind, p.Key, p.Reason, p.Message))
	}
	return fmt.Errorf("listed are only:\n%s", strings.Join(all, "\n"))
}

// leadsThere awaits that what is listed relates to the cause.
func (s *trouble) leadsThere(t *testing.T, w *workspace.Workspace) {
	t.Helper()
	if s.related == "" {
		return
	}
	of := versions.Object{}
	for _, p := range w.Problems().Window(0, 1000).Problems {
		if p.Kind != s.kind || !strings.HasPrefix(p.Name, s.object) {
			continue
		}
		for _, watched := range w.Watches() {
			if id := watched.Watch.Identity(); id.GVR.GroupResource() == p.Type {
				of = versions.Object{Cluster: id.Cluster, GVR: id.GVR, Key: model.Key{Namespace: p.Namespace, Name: p.Name}}
			}
		}
	}
	relations, err := w.WatchRelations(of, s.kind)
	if err != nil {
		t.Fatal(err)
	}
	defer relations.Close()
	await.Success(t, patience, "the relations to lead to the cause", func(context.Context) error {
		tree, err := relations.Read()
		if err != nil {
			return err
		}
		var all []string
		for _, r := range tree {
			line := r.ID.Type.String() + " " + r.ID.Name
			if strings.HasPrefix(line, s.related) && r.Presence == s.presence {
				return nil
			}
			all = append(all, fmt.Sprintf("%s (%d)", line, r.Presence))
		}
		return fmt.Errorf("they lead to %s", strings.Join(all, ", "))
	})
}
