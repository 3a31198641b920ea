package signals

import (
	"fmt"
	"strings"
	"time"
)

// pending is a pod's status as before it runs.
func pending(text string) string {
	return strings.Replace(text, "status: {", "status: {phase: Pending, ", 1)
}

// since12 is the time of a day on which all tests begin at 12:00.
func since12(minutes int) string {
	return "'" + begin().Add(time.Duration(minutes)*time.Minute).Format(time.RFC3339) + "'"
}

// dated is is, with when the condition became so.
func dated(kind, status, reason string, minutes int) string {
	return strings.Replace(is(kind, status, reason), "message: said", "message: said, lastTransitionTime: "+since12(minutes), 1)
}

// podsAlike are pods that look as if something were wrong and is not, each beside one of which it is.
func podsAlike(set func(...string) []act) []builtinCase {
	wait := act{wait: time.Hour}
	const created = "metadata: {creationTimestamp: '2026-11-29T12:00:00Z'}\n"
	deleted := "metadata: {deletionTimestamp: " + since12(120) + "}\n"
	unready := func(container, since string) string {
		return strings.Replace(pod("{name: web, image: 'shop/web:1', ready: false, restartCount: 1, "+container+"}"), "phase: Running",
			"phase: Running, conditions: [{type: ContainersReady, status: 'False', lastTransitionTime: "+since+"}]", 1)
	}
	killed := "state: {running: {}}, lastState: {terminated: {exitCode: 137, reason: OOMKilled, finishedAt: " + since12(-60) + "}}"
	evicted := "spec: {nodeName: node-1}\nstatus: {phase: Failed, reason: Evicted, message: too much"
	const debugged = "spec: {containers: [{name: web, image: i, securityContext: {capabilities: {add: [ADDED]}}}], hostIPC: SHARED}"
	power := func(added, shared string) string {
		return strings.NewReplacer("ADDED", added, "SHARED", shared).Replace(debugged)
	}
	setUp := func(status string, minutes int) string {
		return pending(dated("PodReadyToStartContainers", status, "Said", minutes))
	}
	scheduled := strings.Replace(setUp("False", -1), "conditions: [", "conditions: [{type: PodScheduled, status: 'True'}, ", 1)
	return []builtinCase{
		{"image-pull", "pods", set(pod(waits("SignatureValidationFailed"))), []string{"0s opened ImagePullFailing x shop/web:1: SignatureValidationFailed"}},
		{"image-pull", "pods", set(pod(waits("ImageInspectError"))), []string{"0s opened ImagePullFailing x shop/web:1: ImageInspectError"}},
		{"cannot-start", "pods", set(pod(waits("PostStartHookError"))), []string{"0s opened CannotStart x web: PostStartHookError"}},
		// It took too much an hour ago, has been well since, and is not ready now.
		{"out-of-memory", "pods", set(unready(killed, since12(-1))), nil},
		{"out-of-memory", "pods", set(unready(killed, since12(-59))), []string{"0s opened OutOfMemory x web, restarted once"}},
		{"out-of-memory", "pods", set(unready(killed, since12(-90))), []string{"0s opened OutOfMemory x web, restarted once"}},
		// It was told when it happened, and is kept.
		{"evicted", "pods", set(evicted+"}", evicted+", podIP: 10.0.0.1}", evicted+", qosClass: Burstable}"), nil},
		{"unschedulable", "pods", append(set(pending(is("PodScheduled", "False", "SchedulingGated"))), wait), nil},
		{"unschedulable", "pods", set(pending(dated("PodScheduled", "False", "Unschedulable", -1))), []string{"0s opened Unschedulable x said"}},
		{"unschedulable", "pods", append(set(strings.Replace(pending(is("PodScheduled", "False", "Unschedulable")), "Pending", "Failed", 1)), wait), nil},
		{"unscheduled", "pods", append(set(strings.Replace(created, "12:00", "11:59", 1)+"status: {phase: Pending}"), wait), []string{"60s opened Unscheduled x it waits for default-scheduler"}},
		{"unscheduled", "pods", append(append(set(created+"status: {phase: Pending}"), act{wait: time.Minute}), append(set(created+pending(is("PodScheduled", "False", "SchedulingGated"))), wait)...), nil},
		{"unscheduled", "pods", append(set(created+"spec: {nodeName: node-1}\nstatus: {phase: Pending}"), wait), nil}, // it is of its node alone
		{"unscheduled", "pods", append(set(deleted+"status: {phase: Pending}"), wait), nil},
		{"stuck-creating", "pods", append(append(append(set("spec: {nodeName: node-1}\n"+scheduled), act{wait: 10 * time.Minute}), set(strings.Replace(scheduled, "status: 'False'", "status: 'True'", 1))...), wait), []string{
			"240s opened StuckCreating x on node-1 its volumes or its network are not there; its Events say why",
			"600s resolved StuckCreating x on node-1 its volumes or its network are not there; its Events say why",
		}},
		{"stuck-creating", "pods", append(set(strings.Replace(setUp("True", -60), "conditions: [", "conditions: [{type: PodScheduled, status: 'True'}, ", 1)), wait), nil}, // a large image
		{"stuck-creating", "pods", append(set(deleted+scheduled), wait), nil},
		{"stuck-creating", "pods", append(set(strings.Replace(scheduled, "Pending", "Succeeded", 1)), wait), nil},
		{"privileged-pod", "pods", set(power("SYS_ADMIN", "false")), []string{"0s happened PrivilegedPod x privileged: web"}},
		{"privileged-pod", "pods", set(power("", "true")), []string{"0s happened PrivilegedPod x the node's shared memory"}},
		{"privileged-pod", "pods", set(power("NET_BIND_SERVICE", "false")), nil},
	}
}

// workloadsAlike are workloads that look as if something were wrong and is not, each beside one of which it is.
func workloadsAlike(set func(...string) []act) []builtinCase {
	wait := act{wait: time.Hour}
	paused := func(text string) string { return strings.Replace(text, "spec: {", "spec: {paused: true, ", 1) }
	of := func(kind, strategy string, generation, observed, has int, image string) string {
		return fmt.Sprintf("kind: %s\nmetadata: {generation: %d}\nspec: {replicas: 3, updateStrategy: {%s}, template: {spec: {containers: [{name: web, image: %s}]}}}\n"+
			"status: {observedGeneration: %d, replicas: 3, updatedReplicas: %d, availableReplicas: 3}", kind, generation, strategy, image, observed, has)
	}
	part := func(partition string) string {
		return "type: RollingUpdate, rollingUpdate: {partition: " + partition + "}"
	}
	failed := dated("Failed", "True", "BackoffLimitExceeded", 0)
	succeeded := func(minutes int) act {
		return act{near: "cronjobs.batch", related: []string{"status: {lastSuccessfulTime: " + since12(minutes) + "}"}}
	}
	scaler := func(numbers, condition string) string {
		return "spec: {" + numbers + ", scaleTargetRef: {name: web}}\n" + condition
	}
	tooMany, noMetrics := is("ScalingLimited", "True", "TooManyReplicas"), dated("ScalingActive", "False", "FailedGetResourceMetric", -60)
	return []builtinCase{
		{"rollout", "deployments.apps", set(deployment(1, 1, 3, 3, "a"), paused(deployment(2, 2, 3, 3, "a")), paused(deployment(3, 3, 3, 0, "b")),
			deployment(4, 3, 3, 0, "b"), deployment(4, 4, 3, 3, "b")), []string{"0s opened Rollout x b", "0s resolved Rollout x b"}},
		{"rollout", "deployments.apps", set(paused(deployment(1, 1, 3, 3, "a")), deployment(2, 2, 3, 3, "a")), nil},
		{"rollout", "deployments.apps", set(deployment(1, 1, 0, 0, "a"), deployment(2, 1, 0, 0, "b"), deployment(2, 2, 0, 0, "b")), []string{"0s opened Rollout x b", "0s resolved Rollout x b"}},
		{"rollout", "statefulsets.apps", set(of("StatefulSet", "type: OnDelete", 1, 1, 3, "a"), of("StatefulSet", "type: OnDelete", 2, 2, 0, "b")), nil},
		{"rollout", "statefulsets.apps", append(append(set(of("StatefulSet", part("2"), 1, 1, 3, "a"), of("StatefulSet", part("2"), 2, 1, 0, "b"), of("StatefulSet", part("2"), 2, 2, 1, "b")), wait),
			set(of("StatefulSet", part("0"), 3, 2, 1, "b"), of("StatefulSet", part("0"), 3, 3, 3, "b"))...), []string{
			"0s opened Rollout x b", "0s resolved Rollout x b", "3600s opened Rollout x b", "3600s resolved Rollout x b",
		}},
		{"rollout-stuck", "deployments.apps", set(is("Progressing", "Unknown", "DeploymentPaused")), nil},
		{"job-failed", "jobs.batch", set(is("Suspended", "True", "JobSuspended")), nil},
		{"job-failed", "jobs.batch", append(append(set(failed), succeeded(-5), wait), succeeded(30), wait), []string{
			"0s opened JobFailed x BackoffLimitExceeded: said", "3601s resolved JobFailed x BackoffLimitExceeded: said",
		}},
		{"job-failed", "jobs.batch", append([]act{succeeded(30)}, append(set(failed), wait)...), nil},
		{"autoscaler-at-limit", "horizontalpodautoscalers.autoscaling", append(set(scaler("minReplicas: 3, maxReplicas: 3", tooMany)), wait), nil},
		{"autoscaler-at-limit", "horizontalpodautoscalers.autoscaling", append(set(scaler("minReplicas: 2, maxReplicas: 3", tooMany)), wait), []string{"60s opened AutoscalerAtLimit x web has all 3 replicas"}},
		{"autoscaler-inactive", "horizontalpodautoscalers.autoscaling", append(append(set(noMetrics), wait), set(is("ScalingActive", "True", "ValidMetricFound"))...), []string{
			"300s opened AutoscalerInactive x FailedGetResourceMetric: said", "3600s resolved AutoscalerInactive x FailedGetResourceMetric: said",
		}},
		{"autoscaler-inactive", "horizontalpodautoscalers.autoscaling", append(set(is("AbleToScale", "False", "FailedGetScale")), wait), []string{"300s opened AutoscalerInactive x FailedGetScale: said"}},
		// It was scaled to 0 by hand, and its first pods have no metrics yet.
		{"autoscaler-inactive", "horizontalpodautoscalers.autoscaling", append(append(append(append(set(dated("ScalingActive", "False", "ScalingDisabled", -60)), wait), set(noMetrics)...), act{wait: time.Minute}),
			set(is("ScalingActive", "True", "ValidMetricFound"))...), nil},
	}
}

// rolledAlike are workloads whose controllers do not say that a rollout is stuck, each beside one that is.
func rolledAlike(set func(...string) []act) []builtinCase {
	const hour = 60
	stateful := func(old, strategy string, has int) string {
		return fmt.Sprintf("kind: StatefulSet\nspec: {replicas: 3, updateStrategy: {%s}}\nstatus: {replicas: 3, updatedReplicas: %d, availableReplicas: 2, currentRevision: %s, updateRevision: x-2}", strategy, has, old)
	}
	daemon := func(has int) string {
		return fmt.Sprintf("kind: DaemonSet\nmetadata: {annotations: {deprecated.daemonset.template.generation: '2'}}\nspec: {updateStrategy: {type: RollingUpdate}}\nstatus: {desiredNumberScheduled: 3, updatedNumberScheduled: %d}", has)
	}
	one := func(revision string, minutes int, ready string) string {
		return fmt.Sprintf("metadata: {creationTimestamp: %s, labels: {controller-revision-hash: %s, pod-template-generation: '%s'}}\nstatus: {phase: Running, conditions: [{type: Ready, status: '%s'}]}",
			since12(minutes), revision, revision[len(revision)-1:], ready)
	}
	pods := func(all ...string) act { return act{near: "pods", related: all} }
	stuck := pods(one("x-1", -hour, "True"), one("x-2", -1, "False"))
	story := func(pods act, then ...string) []act {
		return append(append([]act{pods}, set(then[0])...), append([]act{{wait: 30 * time.Minute}}, set(then[1:]...)...)...)
	}
	const stateTold = "RolloutStuck x r does not become ready, 1 of 3 are new"
	going := "metadata: {deletionTimestamp: " + since12(120) + "}\n"
	return []builtinCase{
		{"rollout-stuck-at-pod", "statefulsets.apps", story(stuck, stateful("x-1", "", 1), stateful("x-2", "", 3)), []string{"540s opened " + stateTold, "1800s resolved " + stateTold}},
		{"rollout-stuck-at-pod", "daemonsets.apps", story(stuck, daemon(1), daemon(3)), []string{"540s opened " + stateTold, "1800s resolved " + stateTold}},
		// A pod that crashes again and again is ready for a moment each time.
		{"rollout-stuck-at-pod", "statefulsets.apps", append(story(stuck, stateful("x-1", "", 1)), pods(one("x-2", -1, "True")), act{wait: 5 * time.Minute}, stuck), []string{"540s opened " + stateTold}},
		// It goes on, however long that takes: a pod is made now and then, and an older one may be not ready for a moment.
		{"rollout-stuck-at-pod", "statefulsets.apps", append(append(append(story(pods(one("x-2", -60, "True"), one("x-2", 25, "False")), stateful("x-1", "", 2)),
			pods(one("x-2", -60, "False"), one("x-2", 25, "True")), act{wait: time.Hour}), pods(one("x-2", 25, "True"), one("x-2", 88, "False")), act{wait: 5 * time.Minute}), set(stateful("x-2", "", 3))...), nil},
		// The old pod takes its time to end, and all new ones are well.
		{"rollout-stuck-at-pod", "statefulsets.apps", story(pods(one("x-1", -60, "False"), one("x-2", -30, "True")), stateful("x-1", "", 1)), nil},
		{"rollout-stuck-at-pod", "statefulsets.apps", story(stuck, stateful("x-2", "", 3)), nil}, // it is over
		{"rollout-stuck-at-pod", "daemonsets.apps", story(stuck, daemon(3)), nil},
		{"rollout-stuck-at-pod", "statefulsets.apps", story(stuck, stateful("x-1", "type: OnDelete", 1)), nil},
		{"rollout-stuck-at-pod", "statefulsets.apps", story(stuck, stateful("x-1", "rollingUpdate: {partition: 2}", 1)), nil}, // as far as it was asked for
		{"rollout-stuck-at-pod", "statefulsets.apps", story(stuck, stateful("x-1", "rollingUpdate: {partition: 1}", 1)), []string{"540s opened RolloutStuck x r does not become ready, 1 of 2 are new"}},
		{"rollout-stuck-at-pod", "statefulsets.apps", story(stuck, going+stateful("x-1", "", 1)), nil},
		{"rollout-stuck-at-pod", "statefulsets.apps", story(pods(), stateful("x-1", "", 1)), nil}, // of its pods nothing is known
	}
}

// clusterAlike are other objects that look as if something were wrong and is not, each beside one of which it is.
func clusterAlike(set func(...string) []act) []builtinCase {
	wait := act{wait: time.Hour}
	node := func(taint, status string) string {
		return "spec: {taints: [{key: " + taint + ", effect: NoSchedule}]}\n" + is("Ready", status, "NodeStatusUnknown")
	}
	going := "metadata: {deletionTimestamp: " + since12(120) + "}\n"
	ends := func(end int, renewal string) string { return "status: {notAfter: " + since12(end) + renewal + "}" }
	renewed := func(minutes int) string { return ", renewalTime: " + since12(minutes) }
	quota := func(hard, used string) string {
		return "status: {hard: {pods: '" + hard + "'}, used: {pods: '" + used + "'}}"
	}
	unseen := func(meta, spec string) string {
		return "metadata: {generation: 2" + meta + "}\nspec: {" + spec + "}\nstatus: {observedGeneration: 1}"
	}
	const definition, release = "spec: {group: acme.io, names: {plural: tanks}}\n", "type: helm.sh/release.v1\ndata: {release: "
	return []builtinCase{
		{"node-not-ready", "nodes", set(node("ToBeDeletedByClusterAutoscaler", "True"), node("ToBeDeletedByClusterAutoscaler", "Unknown")), nil},
		{"node-not-ready", "nodes", set(node("karpenter.sh/disrupted", "Unknown")), nil},
		{"node-not-ready", "nodes", set(going + is("Ready", "Unknown", "NodeStatusUnknown")), nil},
		{"node-not-ready", "nodes", set(node("node.kubernetes.io/unschedulable", "Unknown")), []string{"0s opened NodeNotReady x said"}}, // cordoned
		{"node-pressure", "nodes", set(is("DiskPressure", "True", "Full"), is("DiskPressure", "Unknown", "NodeStatusUnknown"), is("DiskPressure", "True", "Full"), is("DiskPressure", "False", "Fine")), []string{
			"0s opened NodePressure x DiskPressure", "0s resolved NodePressure x DiskPressure",
		}},
		{"node-pressure", "nodes", set(is("DiskPressure", "Unknown", "NodeStatusNeverUpdated")), nil},
		{"quota-near", "resourcequotas", append(set(quota("0", "0")), wait), nil},
		{"quota-near", "resourcequotas", append(set(quota("0", "2")), wait), []string{"60s opened QuotaNear x pods 2 of 0"}}, // it was lowered
		{"quota-near", "resourcequotas", append(append(set(quota("10", "8"), quota("10", "10")), act{wait: 30 * time.Second}), append(set(quota("10", "8")), wait)...), nil},
		{"volume-claim-pending", "persistentvolumeclaims", append([]act{
			{near: "pods", related: []string{"spec: {schedulingGates: [{name: acme.io/later}]}"}},
			{near: "storageclasses.storage.k8s.io", related: []string{"volumeBindingMode: WaitForFirstConsumer"}},
		}, append(set("status: {phase: Pending}"), wait)...), nil},
		{"no-endpoints", "services", append(set("spec: {type: ExternalName, externalName: shop.example}"), wait), nil},
		{"certificate-expiring", "certificates.cert-manager.io", append(set(ends(24*60, renewed(16*60))), wait), nil}, // of a day
		{"certificate-expiring", "certificates.cert-manager.io", append(set(ends(60, renewed(-30))), wait), []string{"960s opened CertificateExpiring x at 2026-11-29T13:00:00Z"}},
		{"secret-changed", "secrets", set(release+"a}", release+"b}"), nil},
		{"definition-refused", "customresourcedefinitions.apiextensions.k8s.io", append(set(definition+is("NamesAccepted", "False", "KindConflict")), wait), []string{
			"0s happened DefinitionAdded x tanks.acme.io", "10s opened DefinitionRefused x KindConflict: said",
		}},
		{"definition-refused", "customresourcedefinitions.apiextensions.k8s.io", append(set(definition+"status: {conditions: null}", definition+is("NamesAccepted", "True", "NoConflicts")), wait), []string{"0s happened DefinitionAdded x tanks.acme.io"}},
		{"generation-not-observed", "tanks.acme.io", append(set(unseen("", "")), wait), []string{"300s opened GenerationNotObserved x generation 2, observed is 1"}},
		{"generation-not-observed", "tanks.acme.io", append(set(unseen(", deletionTimestamp: "+since12(120), "")), wait), nil},
		{"generation-not-observed", "tanks.acme.io", append(set(unseen("", "suspend: true")), wait), nil},
		{"generation-not-observed", "tanks.acme.io", append(set(unseen("", "paused: true")), wait), nil},
		{"generation-not-observed", "tanks.acme.io", append(set("metadata: {generation: 2}\nstatus: {ready: true}"), wait), nil}, // nobody ever says
	}
}
