package why

import (
	"strings"
	"testing"
)

func TestCauses(t *testing.T) {
	for name, test := range map[string]struct {
		world, events, want string
		absent              map[string]Presence
	}{
		"a bad rollout": {
			world:  deployment + waiting("", "ImagePullBackOff", `Back-off pulling image "shop/web:1.9"`) + replicaSet + node,
			events: "Pod web-7d9-x|Failed|Error: ImagePullBackOff\nPod web-7d9-x|Failed|Failed to pull image \"shop/web:1.9\": not found\nPod web-7d9-x|Old|older",
			want: `
Deployment web: ProgressDeadlineExceeded: ReplicaSet "web-7d9" has timed out progressing.
  ReplicaSet web-7d9: 0 of 1 available
    Pod web-7d9-x: ImagePullBackOff: container app: Back-off pulling image "shop/web:1.9"
      ! Failed: Failed to pull image "shop/web:1.9": not found
`,
		},
		"a node that is in trouble too, but not the cause": {
			world: waiting("", "ImagePullBackOff", `Back-off pulling image "shop/web:1.9"`) + deadNode,
			want: `
Pod web-7d9-x: ImagePullBackOff: container app: Back-off pulling image "shop/web:1.9"
also Node node-1: NodeStatusUnknown: Kubelet stopped posting node status.
`,
		},
		"a config map that is missing": {
			world: deployment + waiting(`, containers: [{name: app, envFrom: [{configMapRef: {name: settings}}], env: [{name: P, valueFrom: {secretKeyRef: {name: db, key: p}}}]}]`,
				"CreateContainerConfigError", `configmap "settings" not found`) + replicaSet + node,
			want: `
Deployment web: ProgressDeadlineExceeded: ReplicaSet "web-7d9" has timed out progressing.
  ReplicaSet web-7d9: 0 of 1 available
    Pod web-7d9-x: CreateContainerConfigError: container app: configmap "settings" not found
      ConfigMap settings missing
also Secret db missing
`,
		},
		"a volume's config map that is missing, as an Event tells": {
			world: strings.Replace(waiting(`, volumes: [{name: v, configMap: {name: settings}}], imagePullSecrets: [{name: registry}]`, "ContainerCreating", "")+node,
				", message: ''", "", 1),
			events: `Pod web-7d9-x|FailedMount|MountVolume.SetUp failed for volume "v" : configmap "settings" not found`,
			want: `
Pod web-7d9-x: stuck: ContainerCreating
  ! FailedMount: MountVolume.SetUp failed for volume "v" : configmap "settings" not found
  ConfigMap settings missing
also Secret registry missing
`,
		},
		"an image that cannot be pulled, as the older of two Events tells in words": {
			world: waiting("", "ImagePullBackOff", `Back-off pulling image "web:missing"`) + node,
			events: "Pod web-7d9-x|Failed|Error: ErrImagePull\n" +
				`Pod web-7d9-x|Failed|Failed to pull image "web:missing": not found`,
			want: `
Pod web-7d9-x: ImagePullBackOff: container app: Back-off pulling image "web:missing"
  ! Failed: Failed to pull image "web:missing": not found
`,
		},
		"the same, of which nothing tells in words": {
			world:  waiting("", "ImagePullBackOff", `Back-off pulling image "web:missing"`) + node,
			events: "Pod web-7d9-x|Failed|Error: ErrImagePull",
			want: `
Pod web-7d9-x: ImagePullBackOff: container app: Back-off pulling image "web:missing"
  ! Failed: Error: ErrImagePull
`,
		},
		"one that may be missing": {
			world: waiting(`, containers: [{name: app, envFrom: [{configMapRef: {name: settings, optional: true}}]}]`, "ErrImagePull", "no such settings") + node,
			want: `
Pod web-7d9-x: ErrImagePull: container app: no such settings
`,
		},
		"a claim without a volume": {
			world: podHead + `spec: {volumes: [{name: data, persistentVolumeClaim: {claimName: data}}]}, status: {phase: Pending, conditions: [
  {type: PodScheduled, status: "False", reason: Unschedulable, message: "0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims.", lastTransitionTime: "2026-11-29T14:02:33Z"}]}}
---
{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {namespace: shop, name: data, uid: c, creationTimestamp: "2026-11-29T14:02:00Z"}, spec: {storageClassName: fast}, status: {phase: Pending}}`,
			events: `PersistentVolumeClaim data|ProvisioningFailed|storageclass.storage.k8s.io "fast" not found`,
			want: `
Pod web-7d9-x: Unschedulable: 0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims.
  PersistentVolumeClaim data: unbound: no volume of the class fast
    ! ProvisioningFailed: storageclass.storage.k8s.io "fast" not found
    StorageClass fast missing
`,
		},
		"a node that is down": {
			world: deployment + podHead + `spec: {nodeName: node-1}, status: {phase: Running, conditions: [
  {type: Ready, status: "False", lastTransitionTime: "2026-11-29T14:01:40Z"}],
  containerStatuses: [{name: app, ready: true, restartCount: 0, state: {running: {startedAt: "2026-11-29T12:00:00Z"}}}]}}` + replicaSet + deadNode,
			events: `Pod web-7d9-x|NodeNotReady|Node is not ready`,
			want: `
Deployment web: ProgressDeadlineExceeded: ReplicaSet "web-7d9" has timed out progressing.
  ReplicaSet web-7d9: 0 of 1 available
    Pod web-7d9-x: not ready
      ! NodeNotReady: Node is not ready
      Node node-1: NodeStatusUnknown: Kubelet stopped posting node status.
`,
		},
		"a webhook that fails": {
			world: `{apiVersion: apps/v1, kind: Deployment, metadata: {namespace: shop, name: web, uid: d, generation: 2}, spec: {replicas: 3},
  status: {observedGeneration: 2, unavailableReplicas: 3, conditions: [
    {type: Available, status: "False", reason: MinimumReplicasUnavailable, lastTransitionTime: "2026-11-29T14:02:00Z"},
    {type: ReplicaFailure, status: "True", reason: FailedCreate, message: 'Internal error occurred: failed calling webhook "pods.policy.acme.io": connection refused', lastTransitionTime: "2026-11-29T14:02:00Z"}]}}
---
{apiVersion: apps/v1, kind: ReplicaSet, metadata: {namespace: shop, name: web-7d9, uid: r, generation: 1, ownerReferences: [{apiVersion: apps/v1, kind: Deployment, name: web, uid: d}]},
  spec: {replicas: 3}, status: {observedGeneration: 1, replicas: 0, conditions: [
    {type: ReplicaFailure, status: "True", reason: FailedCreate, message: 'Internal error occurred: failed calling webhook "pods.policy.acme.io": connection refused', lastTransitionTime: "2026-11-29T14:02:00Z"}]}}`,
			events: `ReplicaSet web-7d9|FailedCreate|Error creating: Internal error occurred: failed calling webhook "pods.policy.acme.io": connection refused`,
			want: `
Deployment web: FailedCreate: Internal error occurred: failed calling webhook "pods.policy.acme.io": connection refused
  ReplicaSet web-7d9: FailedCreate: Internal error occurred: failed calling webhook "pods.policy.acme.io": connection refused
`,
		},
		"a webhook that fails, whose service is not there": {
			world: refused(`failed calling webhook "pods.policy.acme.io": service "policy" not found`) + `
---
{apiVersion: admissionregistration.k8s.io/v1, kind: ValidatingWebhookConfiguration, metadata: {name: other, uid: o}, webhooks: [{name: other.acme.io}]}
---
{apiVersion: admissionregistration.k8s.io/v1, kind: ValidatingWebhookConfiguration, metadata: {name: policy, uid: w}, webhooks: [
  {name: nodes.policy.acme.io, clientConfig: {service: {namespace: policy, name: away}}}, {name: pods.policy.acme.io, clientConfig: {service: {namespace: policy, name: policy}}}]}`,
			want: `
ReplicaSet web-7d9: FailedCreate: failed calling webhook "pods.policy.acme.io": service "policy" not found
  ValidatingWebhookConfiguration policy: WebhookFails
    Service policy missing
`,
		},
		"a webhook that denies": {
			world: refused(`admission webhook "pods.policy.acme.io" denied the request: no`) + `
---
{apiVersion: admissionregistration.k8s.io/v1, kind: ValidatingWebhookConfiguration, metadata: {name: policy, uid: w}, webhooks: [{name: pods.policy.acme.io}]}`,
			want: `
ReplicaSet web-7d9: FailedCreate: admission webhook "pods.policy.acme.io" denied the request: no
  ValidatingWebhookConfiguration policy: WebhookDenies
`,
		},
		"a webhook of which nothing is known yet": {
			world:  refused(`failed calling webhook "pods.policy.acme.io": no`),
			absent: map[string]Presence{"validatingwebhookconfigurations ": Unread},
			want: `
ReplicaSet web-7d9: FailedCreate: failed calling webhook "pods.policy.acme.io": no
needed ValidatingWebhookConfiguration
`,
		},
		"a webhook that may not be read": {
			world:  refused(`failed calling webhook "pods.policy.acme.io": no`),
			absent: map[string]Presence{"validatingwebhookconfigurations ": Hidden},
			want: `
ReplicaSet web-7d9: FailedCreate: failed calling webhook "pods.policy.acme.io": no
hidden ValidatingWebhookConfiguration 
`,
		},
		"a service, which has no health, with pods that fail": {
			world: `{apiVersion: v1, kind: Service, metadata: {namespace: shop, name: web, uid: s}, spec: {selector: {app: web}}}
---
` + waiting("", "ErrImagePull", "no") + "\n---\n" + strings.NewReplacer("name: web-7d9-x", "name: web-7d9-y", "uid: p", "uid: q").Replace(waiting("", "ErrImagePull", "no")) + node,
			want: `
Service web
  Pod web-7d9-x: ErrImagePull: container app: no +1
`,
		},
		"an autoscaler, by what it names": {
			world: `{apiVersion: autoscaling/v1, kind: HorizontalPodAutoscaler, metadata: {namespace: shop, name: web, uid: h}, spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: gone}},
  status: {conditions: [{type: AbleToScale, status: "False", reason: FailedGetScale, message: 'deployments/scale.apps "gone" not found'}]}}`,
			want: `
HorizontalPodAutoscaler web: FailedGetScale: deployments/scale.apps "gone" not found
  Deployment gone missing
`,
		},
		"a healthy one": {
			world: `{apiVersion: v1, kind: Pod, metadata: {namespace: shop, name: web, uid: p}, spec: {nodeName: node-1, imagePullSecrets: [{name: registry}]}, status: {phase: Running, conditions: [{type: Ready, status: "True"}]}}` + deadNode,
			want:  "\nPod web: Running\n",
		},
		"what is not known": {
			world: waiting(`, containers: [{name: app, envFrom: [{configMapRef: {name: settings}}], env: [{name: P, valueFrom: {secretKeyRef: {name: db, key: p}}}]}]`,
				"CreateContainerConfigError", `configmap "settings" not found`),
			absent: map[string]Presence{"configmaps settings": Unread, "secrets db": Hidden, "nodes node-1": Unread, "replicasets web-7d9": Unread},
			want: `
Pod web-7d9-x: CreateContainerConfigError: container app: configmap "settings" not found
wanted ReplicaSet web-7d9
wanted ConfigMap settings
wanted Node node-1
hidden Secret db
`,
		},
		"what each namespace has": {
			world: waiting(`, serviceAccountName: default, volumes: [{name: t, projected: {sources: [{configMap: {name: kube-root-ca.crt}}, {configMap: {name: settings}}]}}]`,
				"CreateContainerConfigError", `configmap "settings" not found`),
			absent: map[string]Presence{
				"nodes node-1": Unwatched, "replicasets web-7d9": Unwatched, "configmaps settings": Unwatched,
				"configmaps kube-root-ca.crt": Unwatched, "serviceaccounts default": Unread,
			},
			want: `
Pod web-7d9-x: CreateContainerConfigError: container app: configmap "settings" not found
unwatched ReplicaSet web-7d9
unwatched Node node-1
unwatched ConfigMap settings
`,
		},
		"what each namespace has, and is spoken of": {
			world: strings.Replace(refused(`pods "web-7d9-" is forbidden: error looking up service account shop/default: serviceaccount "default" not found`),
				"{replicas: 3}", "{replicas: 3, template: {spec: {serviceAccountName: default}}}", 1),
			absent: map[string]Presence{"serviceaccounts default": Unread},
			want: `
ReplicaSet web-7d9: FailedCreate: pods "web-7d9-" is forbidden: error looking up service account shop/default: serviceaccount "default" not found
wanted ServiceAccount default
`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPlace(t, test.world)
			for line := range strings.Lines(test.events) {
				words := strings.SplitN(strings.TrimSpace(line), "|", 3)
				p.events[words[0]] = append(p.events[words[0]], Event{Reason: words[1], Message: words[2]})
			}
			for name, presence := range test.absent {
				p.absent[name] = presence
			}
			a := p.Find()
			if got := "\n" + spell(&a); got != test.want {
				t.Errorf("got:%s\nwant:%s", got, test.want)
			}
		})
	}
}
