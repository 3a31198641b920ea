package signals

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/model/relation"
)

// act is what happens to the object of a case: a version of it, time that goes by, or other versions of what it is related to.
type act struct {
	object  string
	wait    time.Duration
	gone    bool
	near    string // a type
	related []string
}

// relate has an object be related to these objects of a type, of which the first has changed.
func (w *world) relate(of relation.ID, near string, objects []string) {
	w.related[schema.ParseGroupResource(near)] = nil
	for _, o := range objects {
		w.related[schema.ParseGroupResource(near)] = append(w.related[schema.ParseGroupResource(near)], jsonOf(w, "r", o))
	}
	if len(objects) > 0 {
		first := id(near, "r")
		w.relating = map[relation.ID][]relation.ID{first: {of}}
		w.set(first, objects[0])
	}
}

const (
	runs       = "{name: web, image: 'shop/web:1', ready: true, restartCount: 0, state: {running: {}}}"
	conditions = "status: {conditions: [{type: TYPE, status: 'STATUS', reason: REASON, message: said}]}"
)

// is gives an object with one condition.
func is(kind, status, reason string) string {
	return strings.NewReplacer("TYPE", kind, "STATUS", status, "REASON", reason).Replace(conditions)
}

func pod(containers ...string) string {
	return "spec: {containers: [{name: web, image: 'shop/web:1', resources: {limits: {memory: 64Mi}}}]}\nstatus: {phase: Running, containerStatuses: [" +
		strings.Join(containers, ", ") + "]}"
}

func waits(reason string) string {
	return "{name: web, image: 'shop/web:1', ready: false, restartCount: 3, state: {waiting: {reason: " + reason + "}}, lastState: {terminated: {exitCode: 1, reason: Error}}}"
}

func deployment(generation, observed, wanted, has int, image string) string {
	return strings.NewReplacer("GEN", digit(generation), "OBS", digit(observed), "WANT", digit(wanted), "HAS", digit(has), "IMAGE", image).Replace(
		"kind: Deployment\nmetadata: {generation: GEN}\nspec: {replicas: WANT, template: {spec: {containers: [{name: web, image: 'IMAGE'}]}}}\n" +
			"status: {observedGeneration: OBS, replicas: WANT, updatedReplicas: HAS, availableReplicas: HAS}")
}

func digit(n int) string { return string(rune('0' + n)) }

// Each rule that dogwatch comes with tells what it is for, once, and its end, once, and nothing of what is well.
func TestBuiltinRules(t *testing.T) {
	rules, err := Builtin()
	if err != nil {
		t.Fatal(err)
	}
	covered := map[string]bool{}
	for _, c := range builtinCases() {
		t.Run(c.rule, func(t *testing.T) {
			w := newWorld(t, rules)
			w.related[schema.GroupResource{Resource: "pods"}] = [][]byte{jsonOf(t, "p1", pod(runs)), jsonOf(t, "p2", "status: {phase: Succeeded}")}
			of := id(c.of, "x")
			for _, a := range c.acts {
				switch {
				case a.gone:
					w.remove(of)
				case a.near != "":
					w.relate(of, a.near, a.related)
				case a.wait > 0:
					w.wait(a.wait)
				default:
					w.set(of, a.object)
				}
			}
			for _, s := range w.told {
				if s.Rule != c.rule && !strings.HasPrefix(s.Rule, "definition-") {
					t.Errorf("%s tells %s", s.Rule, s.Message)
				}
			}
			w.tells(c.want...)
		})
		covered[c.rule] = true
	}
	for _, r := range rules {
		if !covered[r.Name] {
			t.Errorf("nothing tests %s", r.Name)
		}
	}
}

type builtinCase struct {
	rule, of string
	acts     []act
	want     []string
}

func builtinCases() []builtinCase {
	set := func(objects ...string) []act {
		acts := make([]act, len(objects))
		for i, o := range objects {
			acts[i].object = o
		}
		return acts
	}
	return slices.Concat(podCases(set), overCases(set), workloadCases(set), clusterCases(set), waitingCases(set), roleCases(set),
		podsAlike(set), workloadsAlike(set), rolledAlike(set), clusterAlike(set))
}

func podCases(set func(...string) []act) []builtinCase {
	const killed = "{name: web, image: 'shop/web:1', ready: READY, restartCount: 1, state: {running: {}}, lastState: {terminated: {exitCode: 137, reason: OOMKilled}}}"
	privileged := "spec: {volumes: [{name: host, hostPath: {path: /etc}}], containers: [{name: web, image: i, securityContext: {privileged: true}}]}"
	return []builtinCase{
		{"image-pull", "pods", set(pod(runs), pod(waits("ContainerCreating")), pod(waits("ErrImagePull")), pod(waits("ImagePullBackOff")), pod(waits("ContainerCreating")), pod(runs)), []string{
			"0s opened ImagePullFailing x shop/web:1: ErrImagePull", "0s resolved ImagePullFailing x shop/web:1: ErrImagePull",
		}},
		{"cannot-start", "pods", set(pod(runs), pod(waits("CreateContainerConfigError")), pod(runs)), []string{
			"0s opened CannotStart x web: CreateContainerConfigError", "0s resolved CannotStart x web: CreateContainerConfigError",
		}},
		{"crash-loop", "pods", append(set(pod(runs), pod(waits("CrashLoopBackOff")), pod(runs), pod(waits("CrashLoopBackOff")), pod(runs)), act{wait: time.Hour}), []string{
			"0s opened CrashLoop x web: restarted 3 times, exit code 1 (Error)", "120s resolved CrashLoop x web: restarted 3 times, exit code 1 (Error)",
		}},
		{"out-of-memory", "pods", append(set(pod(runs), pod(strings.Replace(killed, "READY", "false", 1)), pod(strings.Replace(killed, "READY", "true", 1))), act{wait: time.Hour}), []string{
			"0s opened OutOfMemory x web, restarted once", "120s resolved OutOfMemory x web, restarted once",
		}},
		{"unschedulable", "pods", append(append(set(pending(is("PodScheduled", "False", "Unschedulable"))), act{wait: time.Minute}), set(pending(is("PodScheduled", "True", "Done")))...), []string{
			"10s opened Unschedulable x said", "60s resolved Unschedulable x said",
		}},
		{"evicted", "pods", append(set(pod(runs), "spec: {nodeName: node-1}\nstatus: {phase: Failed, reason: Evicted, message: too much}"), act{gone: true}), []string{
			"0s happened Evicted x too much",
		}},
		{"privileged-pod", "pods", set(privileged, privileged+"\nstatus: {phase: Running}"), []string{
			"0s happened PrivilegedPod x privileged: web; paths of the node: /etc",
		}},
	}
}

// overCases are of trouble that comes in several states, or that ends with the pod's work.
func overCases(set func(...string) []act) []builtinCase {
	over := func(text string) string { return strings.Replace(text, "phase: Running", "phase: Failed", 1) }
	failed := strings.Replace(waits("StartError"), "waiting: {", "terminated: {exitCode: 128, ", 1)
	withoutLast := strings.Replace(waits("CrashLoopBackOff"), ", lastState: {terminated: {exitCode: 1, reason: Error}}", "", 1)
	return []builtinCase{
		{"image-pull", "pods", set(pod(waits("ErrImagePull")), over(pod(waits("ErrImagePull")))), []string{
			"0s opened ImagePullFailing x shop/web:1: ErrImagePull", "0s resolved ImagePullFailing x shop/web:1: ErrImagePull",
		}},
		{"image-pull", "pods", set(pod(waits("ErrImagePull")), pod(failed)), []string{
			"0s opened ImagePullFailing x shop/web:1: ErrImagePull", "0s resolved ImagePullFailing x shop/web:1: ErrImagePull",
		}},
		{"image-pull", "pods", set(over(pod(waits("ErrImagePull")))), nil},
		{"cannot-start", "pods", set(pod(waits("RunContainerError")), pod(failed), pod(waits("RunContainerError")), pod(failed), pod(runs)), []string{
			"0s opened CannotStart x web: RunContainerError", "0s resolved CannotStart x web: RunContainerError",
		}},
		{"cannot-start", "pods", set(pod(waits("RunContainerError")), over(pod(failed)), over(pod(waits("RunContainerError")))), []string{
			"0s opened CannotStart x web: RunContainerError", "0s resolved CannotStart x web: RunContainerError",
		}},
		{"crash-loop", "pods", append(set(pod(withoutLast), over(pod(withoutLast))), act{wait: time.Hour}), []string{
			"0s opened CrashLoop x web: restarted 3 times", "120s resolved CrashLoop x web: restarted 3 times",
		}},
	}
}

// A container that cannot start is held back between two tries, which is trouble of its own beside what it was.
func TestAContainerThatIsHeldBackCannotStartStill(t *testing.T) {
	rules, err := Builtin()
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, slices.DeleteFunc(rules, func(r *Rule) bool { return r.Name != "cannot-start" }))
	for _, state := range []string{waits("RunContainerError"), waits("CrashLoopBackOff"), waits("RunContainerError"), waits("CrashLoopBackOff"), runs} {
		w.set(id("pods", "x"), pod(state))
	}
	w.tells("0s opened CannotStart x web: RunContainerError", "0s resolved CannotStart x web: RunContainerError")
}

// waitingCases are of what is not there yet, or not meant to be, and of what should be.
func waitingCases(set func(...string) []act) []builtinCase {
	const slices, classes = "endpointslices.discovery.k8s.io", "storageclasses.storage.k8s.io"
	const ready, notReady, none = "endpoints: [{conditions: {ready: true}}]", "endpoints: [{conditions: {ready: false}}]", "endpoints: null"
	const leaving = "endpoints: [{conditions: {ready: false, terminating: true}}]"
	wait := act{wait: time.Minute}
	behind := func(all ...string) act { return act{near: slices, related: all} }
	service := func(acts ...act) []act { return append(set("spec: {selector: {app: web}}"), acts...) }
	claim := func(pods []string, class ...string) []act {
		return append([]act{{near: "pods", related: pods}, {near: classes, related: class}}, append(set("spec: {storageClassName: fast, resources: {requests: {storage: 1Gi}}}\nstatus: {phase: Pending}"), wait, wait)...)
	}
	const joined = "metadata: {creationTimestamp: '2026-11-29T11:59:50Z'}\n"
	node := func(status, since string) string {
		return joined + "status: {conditions: [{type: Ready, status: '" + status + "', message: said, lastTransitionTime: '2026-11-29T" + since + "Z'}]}"
	}
	return []builtinCase{
		{"no-endpoints", "services", service(behind(ready), wait, behind(notReady), wait, behind(ready), wait), []string{
			"91s opened NoEndpoints x 1 endpoints, none ready", "121s resolved NoEndpoints x 1 endpoints, none ready",
		}},
		{"no-endpoints", "services", service(behind(notReady, ready), wait, wait), nil},
		{"no-endpoints", "services", service(behind(notReady, notReady), wait), []string{"31s opened NoEndpoints x 2 endpoints, none ready"}},
		{"no-endpoints", "services", service(behind(none, notReady), wait), []string{"31s opened NoEndpoints x 1 endpoints, none ready"}},
		{"no-endpoints", "services", service(behind(ready), wait, behind(leaving), wait, behind(none), wait, wait), nil},
		{"volume-claim-pending", "persistentvolumeclaims", claim(nil, "volumeBindingMode: WaitForFirstConsumer"), nil},
		{"volume-claim-pending", "persistentvolumeclaims", claim(nil), nil},
		{"volume-claim-pending", "persistentvolumeclaims", claim([]string{"status: {phase: Succeeded}"}), nil},
		{"volume-claim-pending", "persistentvolumeclaims", claim(nil, "provisioner: a"), []string{"60s opened VolumeClaimPending x fast 1Gi"}},
		{"volume-claim-pending", "persistentvolumeclaims", claim([]string{pending(is("PodScheduled", "False", "SchedulingGated"))}, "volumeBindingMode: WaitForFirstConsumer"), []string{"60s opened VolumeClaimPending x fast 1Gi"}},
		{"node-not-ready", "nodes", append(set(node("False", "11:59:50")), wait, act{object: node("True", "12:01:00")}), nil},
		{"node-not-ready", "nodes", append(set(node("False", "11:59:50")), act{wait: 10 * time.Minute}), []string{"300s opened NodeNotReady x said"}},
		{"node-not-ready", "nodes", append(set(node("True", "12:00:50")), wait, act{object: node("Unknown", "12:01:00")}), []string{"60s opened NodeNotReady x said"}},
	}
}

// roleCases are changes of what a role allows, most of which allow no more than before.
func roleCases(set func(...string) []act) []builtinCase {
	role := func(rules ...string) string { return "rules: [" + strings.Join(rules, ", ") + "]" }
	allow := func(verbs, resources, more string) string {
		return fmt.Sprintf("{apiGroups: [''], verbs: [%s], resources: [%s]%s}", verbs, resources, more)
	}
	urls := func(of string) string { return fmt.Sprintf("{verbs: [get], nonResourceURLs: [%s]}", of) }
	const told = "0s happened RoleWidened x "
	var all []builtinCase
	for _, c := range []struct{ before, after, want string }{
		{role(allow("get", "pods", "")), role(allow("get", "pods", ""), allow("'*'", "secrets", "")), "[*] secrets"},
		{role(allow("get, list, watch, delete", "pods", "")), role(allow("get", "pods", "")), ""},
		{role(allow("get, list", "pods", "")), role(allow("list, get", "pods", "")), ""},
		{role(allow("get", "pods, secrets", "")), role(allow("get", "secrets", ""), allow("get", "pods", "")), ""},
		{role(allow("get", "pods", "")), role(allow("get, list", "pods", "")), "[get list] pods"},
		{role(allow("get", "pods", ""), allow("list", "secrets", "")), role(allow("get, list", "pods, secrets", "")), "[get list] pods secrets"},
		{role(allow("'*'", "'*'", "")), role(allow("get", "pods/log", "")), ""},
		{role(allow("get", "'*/scale'", "")), role(allow("get", "deployments/scale", "")), ""},
		{role(allow("get", "'*/scale'", "")), role(allow("get", "deployments", "")), "[get] deployments"},
		{role(allow("get", "pods", "")), role(allow("get", "pods", ", resourceNames: [a]")), ""},
		{role(allow("get", "pods", ", resourceNames: [a, b]")), role(allow("get", "pods", ", resourceNames: [b]")), ""},
		{role(allow("get", "pods", ", resourceNames: [a]")), role(allow("get", "pods", ", resourceNames: [a, c]")), "[get] pods"},
		{role(allow("get", "pods", ", resourceNames: [a]")), role(allow("get", "pods", "")), "[get] pods"},
		{role(allow("get", "pods", "")), role(strings.Replace(allow("get", "pods", ""), "['']", "[apps]", 1)), "[get] pods"},
		{role(urls("/healthz, '/apis/*'")), role(urls("/apis/apps")), ""},
		{role(urls("/healthz")), role(urls("/healthz, /metrics")), "[get] /healthz /metrics"},
		{"rules: null", role(allow("get", "pods", "")), "[get] pods"},
		{role(allow("get", "pods", "")), "rules: null", ""},
	} {
		var want []string
		if c.want != "" {
			want = []string{told + c.want}
		}
		all = append(all, builtinCase{"role-widened", "roles.rbac.authorization.k8s.io", set(c.before, c.after), want})
	}
	return all
}

// The widest role that may be expected is compared within the limit of cost, though each of its rules is another than before.
func TestAWideRoleIsCompared(t *testing.T) {
	rules, err := Builtin()
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, rules)
	role := func(verbs string) string {
		var b strings.Builder
		b.WriteString("rules:\n")
		for i := range 60 {
			fmt.Fprintf(&b, "- {apiGroups: [g%d.example.com], resources: [as, bs, cs, ds, es, fs, gs, hs], verbs: [%s]}\n", i, verbs)
		}
		return b.String()
	}
	of := id("clusterroles.rbac.authorization.k8s.io", "x")
	w.set(of, role("get, list, watch, create, update, patch, delete"))
	w.set(of, role("delete, patch, update, create, watch, list, get"))
	w.tells()
}

func workloadCases(set func(...string) []act) []builtinCase {
	return []builtinCase{
		{"scaled", "statefulsets.apps", set("kind: StatefulSet\nspec: {replicas: 1}", "kind: StatefulSet\nspec: {replicas: 3}", "kind: StatefulSet\nspec: {replicas: 3}\nstatus: {replicas: 3}"), []string{
			"0s happened Scaled x from 1 to 3",
		}},
		{"rollout", "deployments.apps", set(deployment(1, 1, 3, 3, "a"), deployment(2, 1, 3, 3, "b"), deployment(2, 2, 3, 1, "b"), deployment(2, 2, 3, 3, "b")), []string{
			"0s opened Rollout x b", "0s resolved Rollout x b",
		}},
		{"rollout-stuck", "deployments.apps", set(is("Progressing", "True", "ReplicaSetUpdated"), is("Progressing", "False", "ProgressDeadlineExceeded"), is("Progressing", "True", "NewReplicaSetAvailable")), []string{
			"0s opened RolloutStuck x said", "0s resolved RolloutStuck x said",
		}},
		{"creation-refused", "replicasets.apps", set(is("ReplicaFailure", "False", "Fine"), is("ReplicaFailure", "True", "FailedCreate"), "status: {replicas: 1}"), []string{
			"0s opened CreationRefused x said", "0s resolved CreationRefused x said",
		}},
		{"job-failed", "jobs.batch", append(set(is("Complete", "False", "No"), is("Failed", "True", "BackoffLimitExceeded")), act{gone: true}), []string{
			"0s opened JobFailed x BackoffLimitExceeded: said", "0s resolved JobFailed x BackoffLimitExceeded: said",
		}},
		{"autoscaler-at-limit", "horizontalpodautoscalers.autoscaling", append(append(set("spec: {maxReplicas: 5, scaleTargetRef: {name: web}}\n"+is("ScalingLimited", "True", "TooManyReplicas")),
			act{wait: 2 * time.Minute}), set("spec: {maxReplicas: 9, scaleTargetRef: {name: web}}\n"+is("ScalingLimited", "False", "DesiredWithinRange"))...), []string{
			"60s opened AutoscalerAtLimit x web has all 5 replicas", "120s resolved AutoscalerAtLimit x web has all 5 replicas",
		}},
	}
}

func clusterCases(set func(...string) []act) []builtinCase {
	definition := "spec: {group: acme.io, names: {plural: tanks}}"
	return []builtinCase{
		{"node-not-ready", "nodes", set(is("Ready", "True", "KubeletReady"), is("Ready", "Unknown", "NodeStatusUnknown"), is("Ready", "True", "KubeletReady")), []string{
			"0s opened NodeNotReady x said", "0s resolved NodeNotReady x said",
		}},
		{"node-pressure", "nodes", set(is("DiskPressure", "False", "Fine"), is("DiskPressure", "True", "Full"), is("DiskPressure", "False", "Fine")), []string{
			"0s opened NodePressure x DiskPressure", "0s resolved NodePressure x DiskPressure",
		}},
		{"volume-claim-pending", "persistentvolumeclaims", append(append(set("spec: {storageClassName: fast, resources: {requests: {storage: 1Gi}}}\nstatus: {phase: Pending}"), act{wait: 2 * time.Minute}),
			set("status: {phase: Bound}")...), []string{"60s opened VolumeClaimPending x fast 1Gi", "120s resolved VolumeClaimPending x fast 1Gi"}},
		{"volume-claim-lost", "persistentvolumeclaims", append(set("status: {phase: Bound}", "spec: {volumeName: v1}\nstatus: {phase: Lost}"), act{gone: true}), []string{
			"0s opened VolumeClaimLost x v1", "0s resolved VolumeClaimLost x v1",
		}},
		{"quota-near", "resourcequotas", append(append(set("status: {hard: {cpu: '10', pods: '0'}, used: {cpu: 8900m, pods: '0'}}", "status: {hard: {cpu: '10'}, used: {cpu: 9100m}}"), act{wait: time.Minute}),
			set("status: {hard: {cpu: '10'}, used: {cpu: '1'}}")...), []string{
			"60s opened QuotaNear x cpu 9100m of 10", "60s resolved QuotaNear x cpu 9100m of 10",
		}},
		{"certificate-expiring", "certificates.cert-manager.io", append(append(set("status: {notAfter: '2026-12-13T12:10:00Z'}"), act{wait: time.Hour}), set("status: {notAfter: '2027-12-13T12:10:00Z'}")...), []string{
			"660s opened CertificateExpiring x at 2026-12-13T12:10:00Z", "3600s resolved CertificateExpiring x at 2026-12-13T12:10:00Z",
		}},
		{"config-changed", "configmaps", set("data: {a: '1'}", "data: {a: '1'}\nmetadata: {labels: {b: c}}", "data: {a: '2'}"), []string{"0s happened ConfigChanged x 1 pods: p1"}},
		{"secret-changed", "secrets", set("type: Opaque\ndata: {a: m1}", "type: Opaque\ndata: {a: m1}\nmetadata: {labels: {b: c}}", "type: Opaque\ndata: {a: m2}"), []string{"0s happened SecretChanged x Opaque"}},
		{"definition-added", "customresourcedefinitions.apiextensions.k8s.io", set(definition, definition+"\nstatus: {a: 1}"), []string{"0s happened DefinitionAdded x tanks.acme.io"}},
		{"definition-removed", "customresourcedefinitions.apiextensions.k8s.io", append(set(definition), act{gone: true}), []string{
			"0s happened DefinitionAdded x tanks.acme.io", "0s happened DefinitionRemoved x tanks.acme.io",
		}},
		{"stuck-deleting", "tanks.acme.io", append(set("level: 1", "metadata: {finalizers: [acme.io/drain], deletionTimestamp: '2026-11-29T12:00:00Z'}"), act{wait: time.Hour}, act{gone: true}), []string{
			"300s opened StuckDeleting x finalizers: acme.io/drain", "3600s resolved StuckDeleting x finalizers: acme.io/drain",
		}},
		// A pod that is given an hour, and is killed in the end.
		{"stuck-deleting", "pods", append(set("metadata: {deletionTimestamp: '2026-11-29T13:00:00Z', deletionGracePeriodSeconds: 3600}"), act{wait: time.Hour + 4*time.Minute},
			act{object: "metadata: {deletionTimestamp: '2026-11-29T13:00:00Z', deletionGracePeriodSeconds: 0}"}, act{wait: time.Hour}), []string{"3900s opened StuckDeleting x finalizers:"}},
		{"generation-not-observed", "tanks.acme.io", append(append(set("metadata: {generation: 1}\nstatus: {observedGeneration: 1}", "metadata: {generation: 2}\nstatus: {observedGeneration: 1}"),
			act{wait: time.Hour}), set("metadata: {generation: 2}\nstatus: {observedGeneration: 2}")...), []string{
			"300s opened GenerationNotObserved x generation 2, observed is 1", "3600s resolved GenerationNotObserved x generation 2, observed is 1",
		}},
	}
}
