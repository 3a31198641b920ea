package health

import (
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/jsonscan"
)

// newYear is when what the objects tell began.
var newYear = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// at judges an object a while after the year has begun.
func at(t *testing.T, since time.Duration, text string) (model.Health, Finding) {
	t.Helper()
	u, data := object(t, text)
	rules := builtinRules(t).At(func() time.Time { return newYear.Add(since) })
	gk := u.GroupVersionKind().GroupKind()
	o, judge := jsonscan.Object{Text: data}, rules.For(gk)
	written := judge.Written(o, nil)
	return judge.Of(o, written), rules.Explain(gk).Of(o, written)
}

const began = "'2026-01-01T00:00:00Z'"

// written is metadata of which the status was written as the year began.
const written = "metadata: {generation: 1, managedFields: [{manager: kubectl, time: '2026-01-01T00:03:00Z'}, {manager: kube-controller-manager, subresource: status, time: " + began + "}, " +
	"{manager: older, subresource: status, time: '2025-12-31T00:00:00Z'}]}"

// timed are objects that are unhealthy after a span.
var timed = map[string]struct {
	object, before, after string
	span                  time.Duration
}{
	"deletion": {
		"{apiVersion: v1, kind: ConfigMap, metadata: {deletionTimestamp: " + began + ", finalizers: [example.com/wait]}}",
		"Terminating", "stuck deleting", 5 * time.Minute,
	},
	"a pod": {
		"{apiVersion: v1, kind: Pod, metadata: {creationTimestamp: " + began + "}, status: {phase: Pending, containerStatuses: [{state: {waiting: {reason: ContainerCreating}}}]}}",
		"ContainerCreating", "stuck: ContainerCreating", 5 * time.Minute,
	},
	"a pod that is not ready": {
		"{apiVersion: v1, kind: Pod, status: {phase: Running, conditions: [{type: Ready, status: 'False', lastTransitionTime: " + began + "}]}}",
		"NotReady", "not ready", 5 * time.Minute,
	},
	"a deployment": {
		"{apiVersion: apps/v1, kind: Deployment, spec: {replicas: 2}, status: {replicas: 2, updatedReplicas: 2, conditions: [{type: Available, status: 'False', lastTransitionTime: " + began + "}]}}",
		"0 of 2 available", "0 of 2 available", time.Minute,
	},
	"a deployment that may have none": {
		"{apiVersion: apps/v1, kind: Deployment, " + written + ", spec: {replicas: 1}, status: {observedGeneration: 1, replicas: 1, updatedReplicas: 1, conditions: [{type: Available, status: 'True', lastTransitionTime: '2025-01-01T00:00:00Z'}]}}",
		"0 of 1 available", "0 of 1 available", time.Minute,
	},
	"a stateful set": {
		"{apiVersion: apps/v1, kind: StatefulSet, " + written + ", spec: {replicas: 3}, status: {observedGeneration: 1, replicas: 1}}",
		"1 of 3 made", "0 of 3 available", time.Minute,
	},
	"a stateful set that updates on deletion": {
		"{apiVersion: apps/v1, kind: StatefulSet, " + written + ", spec: {updateStrategy: {type: OnDelete}}, status: {observedGeneration: 1, replicas: 1}}",
		"", "0 of 1 available", time.Minute,
	},
	"a daemon set": {
		"{apiVersion: apps/v1, kind: DaemonSet, " + written + ", status: {observedGeneration: 1, desiredNumberScheduled: 2, currentNumberScheduled: 2, updatedNumberScheduled: 2}}",
		"0 of 2 available", "0 of 2 available", time.Minute,
	},
	"a deployment that has too few": {
		"{apiVersion: apps/v1, kind: Deployment, spec: {replicas: 4}, status: {replicas: 4, updatedReplicas: 4, availableReplicas: 1, conditions: [{type: Available, status: 'False', lastTransitionTime: " + began + "}]}}",
		"1 of 4 available", "1 of 4 available", 2 * time.Minute,
	},
	"a claim": {
		"{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {creationTimestamp: " + began + "}, status: {phase: Pending}}",
		"Pending", "unbound", 5 * time.Minute,
	},
	"a load balancer": {
		"{apiVersion: v1, kind: Service, metadata: {creationTimestamp: " + began + "}, spec: {type: LoadBalancer}}",
		"no address yet", "no address", 10 * time.Minute,
	},
	"an autoscaler": {
		"{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, spec: {maxReplicas: 9}, status: {conditions: [{type: AbleToScale, status: 'True'}, {type: ScalingLimited, status: 'True', reason: TooManyReplicas, lastTransitionTime: " + began + "}]}}",
		"", "at its limit of 9", 5 * time.Minute,
	},
	"a certificate that is not renewed": {
		"{apiVersion: cert-manager.io/v1, kind: Certificate, status: {renewalTime: " + began + ", notAfter: '2026-02-01T00:00:00Z', conditions: [{type: Ready, status: 'True', reason: Ready}]}}",
		"Ready", "not renewed", time.Hour,
	},
	"a certificate that ends": {
		"{apiVersion: cert-manager.io/v1, kind: Certificate, status: {notAfter: '2026-01-08T00:00:00Z', conditions: [{type: Ready, status: 'True', reason: Ready}]}}",
		"Ready", "ends soon", 4 * 24 * time.Hour,
	},
	"a request for a certificate": {
		"{apiVersion: certificates.k8s.io/v1, kind: CertificateSigningRequest, metadata: {creationTimestamp: " + began + "}, spec: {username: eve}}",
		"Pending", "not issued", time.Hour,
	},
	"a budget": {
		"{apiVersion: policy/v1, kind: PodDisruptionBudget, status: {currentHealthy: 1, desiredHealthy: 2, conditions: [{type: DisruptionAllowed, status: 'False', reason: InsufficientPods, lastTransitionTime: " + began + "}]}}",
		"1 of 2 healthy", "1 of 2 healthy", 10 * time.Minute,
	},
	"a custom object": {
		"{apiVersion: example.com/v1, kind: Gauge, status: {conditions: [{type: Ready, status: 'False', reason: Waiting, lastTransitionTime: " + began + "}]}}",
		"Waiting", "Waiting", 10 * time.Minute,
	},
	"a certificate that expires": {
		"{apiVersion: cert-manager.io/v1, kind: Certificate, status: {renewalTime: " + began + ", notAfter: " + began + ", conditions: [{type: Ready, status: 'True', reason: Ready}]}}",
		"Ready", "expired", 0,
	},
	"a custom object that is not available": {
		"{apiVersion: example.com/v1, kind: Gauge, status: {conditions: [{type: Available, status: 'False', reason: Waiting, lastTransitionTime: " + began + "}]}}",
		"Waiting", "Waiting", 10 * time.Minute,
	},
	"a custom object that is not programmed": {
		"{apiVersion: example.com/v1, kind: Gauge, status: {conditions: [{type: Programmed, status: 'False', reason: Waiting, lastTransitionTime: " + began + "}]}}",
		"Waiting", "Waiting", 10 * time.Minute,
	},
	"a custom object that is not accepted": {
		"{apiVersion: example.com/v1, kind: Gauge, status: {conditions: [{type: Accepted, status: 'False', reason: Waiting, lastTransitionTime: " + began + "}]}}",
		"Waiting", "Waiting", 10 * time.Minute,
	},
	"a custom object that is not synced": {
		"{apiVersion: example.com/v1, kind: Gauge, status: {conditions: [{type: Synced, status: 'False', reason: Waiting, lastTransitionTime: " + began + "}]}}",
		"Waiting", "Waiting", 10 * time.Minute,
	},
	"a custom object that has only a phase": {
		"{apiVersion: example.com/v1, kind: Gauge, metadata: {creationTimestamp: " + began + "}, status: {phase: Provisioning}}",
		"Provisioning", "stuck: Provisioning", 15 * time.Minute,
	},
}

// A container that was started again and again is not well while it runs, until it has for a while.
func TestTimeMakesWellWhatWasStartedAgain(t *testing.T) {
	const before, many = "2025-12-01T00:00:00Z", "3"
	pod := func(ready, restarts, first, second string) string {
		return "{apiVersion: v1, kind: Pod, status: {phase: Running, conditions: [{type: Ready, status: '" + ready + "', lastTransitionTime: " + began + "}], containerStatuses: [" +
			"{name: log, ready: true, restartCount: 0, state: {running: {startedAt: '" + first + "'}}}, " +
			"{name: api, restartCount: " + restarts + ", state: {running: {startedAt: '" + second + "'}}, lastState: {terminated: {exitCode: 1, reason: Error}}}]}}"
	}
	due := uint32(newYear.Add(2 * time.Minute).Unix())
	const now, message = "2026-01-01T00:00:00Z", "container api: exit 1 (Error) before it was started again"
	for name, tt := range map[string]struct {
		object string
		after  time.Duration
		want   model.Health
	}{
		"ready":             {pod("True", many, before, now), 119 * time.Second, model.Health{Level: model.Unhealthy, Due: due, Reason: "restarted 3 times"}},
		"ready long enough": {pod("True", many, before, now), 120 * time.Second, model.Health{Level: model.Healthy, Due: due, Reason: "Running"}},
		"the first is new":  {pod("True", many, now, before), 119 * time.Second, model.Health{Level: model.Unhealthy, Due: due, Reason: "restarted 3 times"}},
		"not ready":         {pod("False", many, before, now), 119 * time.Second, model.Health{Level: model.Unhealthy, Due: due, Reason: "restarted 3 times"}},
		"runs, not ready":   {pod("False", many, before, now), 120 * time.Second, model.Health{Level: model.Progressing, Due: due, Reason: "NotReady"}},
		"few restarts":      {pod("True", "2", before, now), time.Second, model.Health{Level: model.Healthy, Reason: "Running"}},
	} {
		h, f := at(t, tt.after, tt.object)
		if h.Level != tt.want.Level || h.Reason != tt.want.Reason || h != f.Health || h.Level == model.Unhealthy && f.Message != message {
			t.Errorf("%s: %v, %q, want %v", name, h, f.Message, tt.want)
		}
		if !strings.HasSuffix(name, "not ready") && h.Due != tt.want.Due {
			t.Errorf("%s: due %d, want %d", name, h.Due, tt.want.Due)
		}
	}
}

// TestTimeMakesUnhealthy judges each object before and after it has been so for too long: the judgement before says when to
// judge again.
func TestTimeMakesUnhealthy(t *testing.T) {
	for name, tt := range timed {
		t.Run(name, func(t *testing.T) {
			due := uint32(newYear.Add(tt.span).Unix())
			h, _ := at(t, tt.span-time.Second, tt.object)
			if h.Level == model.Unhealthy || h.Reason != tt.before || h.Due != due {
				t.Errorf("before: %v, want %q, due %d", h, tt.before, due)
			}
			h, f := at(t, tt.span, tt.object)
			if h.Level != model.Unhealthy || h.Reason != tt.after || h != f.Health || h.Due == 0 {
				t.Errorf("after: %v and %v, want %s", h, f.Health, tt.after)
			}
			if !f.Since.Equal(newYear) && !f.Since.Equal(newYear.Add(tt.span)) || f.Since.After(newYear.Add(tt.span)) {
				t.Errorf("it is said to be so since %v", f.Since)
			}
		})
	}
}

func TestWhatIsFineIsNeverDue(t *testing.T) {
	for _, text := range []string{
		"{apiVersion: v1, kind: Pod, metadata: {creationTimestamp: " + began + "}, status: {phase: Running, conditions: [{type: Ready, status: 'True', lastTransitionTime: " + began + "}]}}",
		"{apiVersion: v1, kind: Pod, metadata: {creationTimestamp: " + began + "}, status: {phase: Pending, conditions: [{type: PodScheduled, status: 'False', reason: SchedulingGated}]}}",
		"{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {creationTimestamp: " + began + "}, status: {phase: Bound}}",
		"{apiVersion: v1, kind: ConfigMap, metadata: {creationTimestamp: " + began + "}}",
		"{apiVersion: apps/v1, kind: Deployment, " + written + ", spec: {replicas: 0}, status: {observedGeneration: 1, conditions: [{type: Available, status: 'True'}]}}",
		"{apiVersion: apps/v1, kind: StatefulSet, " + written + ", spec: {replicas: 3}, status: {observedGeneration: 1, replicas: 3, readyReplicas: 1}}",
		"{apiVersion: apps/v1, kind: StatefulSet, " + written + ", spec: {replicas: 0}, status: {observedGeneration: 1}}",
		"{apiVersion: apps/v1, kind: DaemonSet, " + written + ", status: {observedGeneration: 1, desiredNumberScheduled: 0}}",
		"{apiVersion: apps/v1, kind: DaemonSet, " + written + ", status: {observedGeneration: 1, desiredNumberScheduled: 2, numberReady: 1}}",
	} {
		if h, _ := at(t, 999*time.Hour, text); h.Due != 0 || h.Level == model.Unhealthy {
			t.Errorf("%s: %v", text, h)
		}
	}
}

// An object is unhealthy since the earliest of its conditions that say so, whichever of them names the reason, and however long they must have.
func TestTheEarliestBadConditionDates(t *testing.T) {
	const pod = "{apiVersion: v1, kind: Pod, metadata: {creationTimestamp: '2025-12-01T00:00:00Z'}, status: {phase: "
	for name, tt := range map[string]struct{ object, reason string }{
		"a rollout that took too long": {
			"{apiVersion: apps/v1, kind: Deployment, spec: {replicas: 2}, status: {replicas: 2, conditions: [{type: Available, status: 'False', lastTransitionTime: " + began + "}, " +
				"{type: Progressing, status: 'False', reason: ProgressDeadlineExceeded, lastTransitionTime: '2026-01-01T00:03:00Z'}]}}",
			"ProgressDeadlineExceeded",
		},
		"a rollout of one that is available": {
			"{apiVersion: apps/v1, kind: Deployment, spec: {replicas: 2}, status: {replicas: 2, conditions: [{type: Available, status: 'True', lastTransitionTime: '2025-01-01T00:00:00Z'}, " +
				"{type: Progressing, status: 'False', reason: ProgressDeadlineExceeded, lastTransitionTime: " + began + "}]}}",
			"ProgressDeadlineExceeded",
		},
		"a node": {
			"{apiVersion: v1, kind: Node, status: {conditions: [{type: MemoryPressure, status: 'True', lastTransitionTime: " + began + "}, {type: DiskPressure, status: 'False', lastTransitionTime: '2025-01-01T00:00:00Z'}, " +
				"{type: Ready, status: 'False', reason: KubeletNotReady, lastTransitionTime: '2026-01-01T00:03:00Z'}]}}",
			"KubeletNotReady",
		},
		"what has been bad for less long than is waited for": {
			"{apiVersion: example.com/v1, kind: Gauge, status: {conditions: [{type: Degraded, status: 'True', reason: Slow, lastTransitionTime: '2026-01-01T00:04:00Z'}, " +
				"{type: Available, status: 'False', lastTransitionTime: " + began + "}]}}",
			"Slow",
		},
		"a pod, which is older": {
			pod + "Running, conditions: [{type: Ready, status: 'False', lastTransitionTime: " + began + "}], containerStatuses: [{state: {waiting: {reason: CrashLoopBackOff}}}]}}",
			"CrashLoopBackOff",
		},
	} {
		if _, f := at(t, 5*time.Minute, tt.object); f.Level != model.Unhealthy || f.Reason != tt.reason || !f.Since.Equal(newYear) {
			t.Errorf("%s: %v since %v", name, f.Health, f.Since)
		}
	}
}

func TestExplains(t *testing.T) {
	for name, tt := range map[string]struct{ object, message string }{
		"a crash loop": {
			"{apiVersion: v1, kind: Pod, status: {phase: Running, containerStatuses: [{name: log, ready: true, state: {running: {}}}, {name: api, restartCount: 7, state: {waiting: {reason: CrashLoopBackOff, message: back-off}}, lastState: {terminated: {exitCode: 1, reason: Error}}}]}}",
			"container api: exit 1 (Error), restarts 7",
		},
		"a crash loop of which little is known": {
			"{apiVersion: v1, kind: Pod, status: {phase: Pending, initContainerStatuses: [{name: db, state: {waiting: {reason: CrashLoopBackOff}}}]}}",
			"init container db",
		},
		"two images": {
			"{apiVersion: v1, kind: Pod, status: {phase: Pending, containerStatuses: [{name: a, state: {waiting: {reason: ImagePullBackOff, message: no such image}}}, {name: b, state: {waiting: {reason: ErrImagePull, message: none}}}]}}",
			"container a: no such image, and 1 more",
		},
		"a missing config map": {
			"{apiVersion: v1, kind: Pod, status: {phase: Pending, containerStatuses: [{name: a, state: {waiting: {reason: CreateContainerConfigError, message: 'configmap \"b\" not found'}}}]}}",
			`container a: configmap "b" not found`,
		},
		"a pod that cannot be scheduled": {
			"{apiVersion: v1, kind: Pod, status: {phase: Pending, conditions: [{type: PodScheduled, status: 'False', reason: Unschedulable, message: 0/3 nodes are available}]}}",
			"0/3 nodes are available",
		},
		"a node": {
			"{apiVersion: v1, kind: Node, status: {conditions: [{type: Ready, status: Unknown, reason: NodeStatusUnknown, message: Kubelet stopped posting node status.}]}}",
			"Kubelet stopped posting node status.",
		},
		"a webhook that fails": {
			"{apiVersion: apps/v1, kind: ReplicaSet, status: {conditions: [{type: ReplicaFailure, status: 'True', reason: FailedCreate, message: 'Internal error occurred: failed calling webhook \"a.b.c\"'}]}}",
			`Internal error occurred: failed calling webhook "a.b.c"`,
		},
		"an attachment": {
			"{apiVersion: storage.k8s.io/v1, kind: VolumeAttachment, status: {attachError: {message: no such disk}}}",
			"no such disk",
		},
		"an application": {
			"{apiVersion: argoproj.io/v1alpha1, kind: Application, status: {health: {status: Degraded, message: one is down}}}",
			"one is down",
		},
		"a finalizer": {
			"{apiVersion: v1, kind: ConfigMap, metadata: {deletionTimestamp: " + began + ", finalizers: [example.com/wait]}}",
			"waits for the finalizers example.com/wait",
		},
		"no finalizer": {
			"{apiVersion: v1, kind: Pod, metadata: {deletionTimestamp: " + began + "}}",
			"",
		},
	} {
		t.Run(name, func(t *testing.T) {
			h, f := at(t, time.Hour, tt.object)
			if f.Level != model.Unhealthy || f.Health != h || f.Message != tt.message {
				t.Errorf("%v, %v: %q, want %q", h, f.Health, f.Message, tt.message)
			}
		})
	}
}

func TestExplainerAndJudgeAgree(t *testing.T) {
	rules := builtinRules(t)
	for _, text := range []string{realisticPod, `{}`, `{"status":{"containerStatuses":{"a":1}}}`, `{"status":{"phase":"Failed"`} {
		gk := schema.GroupKind{Kind: "Pod"}
		object := jsonscan.Object{Text: []byte(text)}
		if f, h := rules.Explain(gk).Of(object, 0), rules.For(gk).Of(object, 0); f.Health != h {
			t.Errorf("%s: %v, %v", text, f, h)
		}
	}
}
