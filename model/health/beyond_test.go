package health

import (
	"math"
	"testing"

	"github.com/dogwatch/dogwatch/model"
)

// beyond are objects of which kstatus knows less than the rules do, or of which there is no other row: each rule that calls
// something unhealthy has one.
var beyond = []struct {
	name, object string
	want         model.Health
}{
	{
		"an image that cannot be pulled",
		"{apiVersion: v1, kind: Pod, status: {phase: Pending, containerStatuses: [{state: {running: {}}}, {state: {waiting: {reason: ImagePullBackOff}}}]}}",
		model.Health{Level: model.Unhealthy, Reason: "ImagePullBackOff"},
	},
	{
		"an init container in a crash loop",
		"{apiVersion: v1, kind: Pod, status: {phase: Pending, initContainerStatuses: [{state: {waiting: {reason: CrashLoopBackOff}}}], containerStatuses: [{state: {waiting: {reason: PodInitializing}}}]}}",
		model.Health{Level: model.Unhealthy, Reason: "Init:CrashLoopBackOff"},
	},
	{
		"a container that ended badly and is about to be started again",
		"{apiVersion: v1, kind: Pod, status: {phase: Running, containerStatuses: [{state: {terminated: {exitCode: 0}}}, {state: {terminated: {exitCode: 137}}}]}}",
		model.Health{Level: model.Unhealthy, Reason: "exit 137"},
	},
	{
		"a container that was started again and again, and is ready",
		"{apiVersion: v1, kind: Pod, status: {phase: Running, conditions: [{type: Ready, status: 'True'}], containerStatuses: [{restartCount: 46, state: {running: {startedAt: '2999-01-01T00:00:00Z'}}}]}}",
		model.Health{Level: model.Unhealthy, Due: math.MaxUint32, Reason: "restarted 46 times"},
	},
	{
		"a container that was started again and again, and is not ready",
		"{apiVersion: v1, kind: Pod, status: {phase: Running, containerStatuses: [{restartCount: 46, state: {running: {startedAt: '2999-01-01T00:00:00Z'}}}]}}",
		model.Health{Level: model.Unhealthy, Due: math.MaxUint32, Reason: "restarted 46 times"},
	},
	{
		"an evicted pod",
		"{apiVersion: v1, kind: Pod, status: {phase: Failed, reason: Evicted}}",
		model.Health{Level: model.Unhealthy, Reason: "Evicted"},
	},
	{
		"a pod on its way",
		"{apiVersion: v1, kind: Pod, status: {phase: Pending, containerStatuses: [{state: {waiting: {reason: ContainerCreating}}}]}}",
		model.Health{Level: model.Progressing, Reason: "ContainerCreating"},
	},
	{
		"a deployment with too few available",
		"{apiVersion: apps/v1, kind: Deployment, spec: {replicas: 3}, status: {replicas: 3, updatedReplicas: 3, availableReplicas: 2, readyReplicas: 2}}",
		model.Health{Level: model.Progressing, Reason: "2 of 3 available"},
	},
	{
		"a replica set that may not make pods",
		"{apiVersion: apps/v1, kind: ReplicaSet, status: {conditions: [{type: ReplicaFailure, status: 'True', reason: FailedCreate}]}}",
		model.Health{Level: model.Unhealthy, Reason: "FailedCreate"},
	},
	{
		"a lost volume",
		"{apiVersion: v1, kind: PersistentVolumeClaim, status: {phase: Lost}}",
		model.Health{Level: model.Unhealthy, Reason: "Lost"},
	},
	{
		"a service without its address",
		"{apiVersion: v1, kind: Service, spec: {type: LoadBalancer, clusterIP: 10.0.0.1}, status: {loadBalancer: {ingress: []}}}",
		model.Health{Level: model.Progressing, Reason: "no address yet"},
	},
	{
		"a node that is not ready",
		"{apiVersion: v1, kind: Node, status: {conditions: [{type: MemoryPressure, status: 'False'}, {type: Ready, status: Unknown, reason: NodeStatusUnknown}]}}",
		model.Health{Level: model.Unhealthy, Reason: "NodeStatusUnknown"},
	},
	{
		"a node under pressure",
		"{apiVersion: v1, kind: Node, status: {conditions: [{type: DiskPressure, status: 'True'}, {type: Ready, status: 'True'}]}}",
		model.Health{Level: model.Unhealthy, Reason: "DiskPressure"},
	},
	{
		"a node that is fine",
		"{apiVersion: v1, kind: Node, status: {conditions: [{type: DiskPressure, status: 'False'}, {type: Ready, status: 'True', reason: KubeletReady}]}}",
		model.Health{Level: model.Healthy, Reason: "KubeletReady"},
	},
	{
		"a custom object that gave up",
		"{apiVersion: example.com/v1, kind: Release, status: {conditions: [{type: Ready, status: 'False', reason: InstallFailed}]}}",
		model.Health{Level: model.Unhealthy, Reason: "InstallFailed"},
	},
	{
		"a custom object that has only a phase",
		"{apiVersion: example.com/v1, kind: Release, status: {phase: Error}}",
		model.Health{Level: model.Unhealthy, Reason: "Error"},
	},
	{
		"an init container that ended badly",
		"{apiVersion: v1, kind: Pod, status: {phase: Pending, initContainerStatuses: [{state: {terminated: {exitCode: 3}}}]}}",
		model.Health{Level: model.Unhealthy, Reason: "Init:exit 3"},
	},
	{
		"a missing ConfigMap",
		"{apiVersion: v1, kind: Pod, status: {phase: Pending, containerStatuses: [{state: {waiting: {reason: CreateContainerConfigError}}}]}}",
		model.Health{Level: model.Unhealthy, Reason: "CreateContainerConfigError"},
	},
	{
		"a pod that fits on no node",
		"{apiVersion: v1, kind: Pod, status: {phase: Pending, conditions: [{type: PodScheduled, status: 'False', reason: Unschedulable}]}}",
		model.Health{Level: model.Unhealthy, Reason: "Unschedulable"},
	},
	{
		"a pod of a node that says nothing",
		"{apiVersion: v1, kind: Pod, status: {phase: Unknown, reason: NodeLost}}",
		model.Health{Level: model.Unhealthy, Reason: "NodeLost"},
	},
	{
		"a rollout that takes too long",
		"{apiVersion: apps/v1, kind: Deployment, status: {conditions: [{type: Progressing, status: 'False', reason: ProgressDeadlineExceeded}]}}",
		model.Health{Level: model.Unhealthy, Reason: "ProgressDeadlineExceeded"},
	},
	{
		"a deployment that may not make pods",
		"{apiVersion: apps/v1, kind: Deployment, status: {conditions: [{type: Progressing, status: 'True', reason: ReplicaSetUpdated}, {type: ReplicaFailure, status: 'True', reason: FailedCreate}]}}",
		model.Health{Level: model.Unhealthy, Reason: "FailedCreate"},
	},
	{
		"a job that failed too often",
		"{apiVersion: batch/v1, kind: Job, status: {conditions: [{type: Failed, status: 'True', reason: BackoffLimitExceeded}]}}",
		model.Health{Level: model.Unhealthy, Reason: "BackoffLimitExceeded"},
	},
	{
		"a job that is about to fail",
		"{apiVersion: batch/v1, kind: Job, status: {conditions: [{type: FailureTarget, status: 'True', reason: DeadlineExceeded}]}}",
		model.Health{Level: model.Unhealthy, Reason: "DeadlineExceeded"},
	},
	{
		"a volume that could not be wiped",
		"{apiVersion: v1, kind: PersistentVolume, status: {phase: Failed, message: no such host}}",
		model.Health{Level: model.Unhealthy, Reason: "Failed"},
	},
	{
		"a node with little memory left",
		"{apiVersion: v1, kind: Node, status: {conditions: [{type: Ready, status: 'True', reason: KubeletReady}, {type: MemoryPressure, status: 'True', reason: Kubelet}]}}",
		model.Health{Level: model.Unhealthy, Reason: "MemoryPressure"},
	},
	{
		"a node with too many processes",
		"{apiVersion: v1, kind: Node, status: {conditions: [{type: Ready, status: 'True', reason: KubeletReady}, {type: PIDPressure, status: 'True', reason: Kubelet}]}}",
		model.Health{Level: model.Unhealthy, Reason: "PIDPressure"},
	},
	{
		"a node without its network",
		"{apiVersion: v1, kind: Node, status: {conditions: [{type: Ready, status: 'True', reason: KubeletReady}, {type: NetworkUnavailable, status: 'True', reason: Kubelet}]}}",
		model.Health{Level: model.Unhealthy, Reason: "NetworkUnavailable"},
	},
	{
		"a node of which all is told, and all is fine",
		"{apiVersion: v1, kind: Node, status: {conditions: [{type: MemoryPressure, status: 'False'}, {type: DiskPressure, status: 'False'}, {type: PIDPressure, status: 'False'}, {type: NetworkUnavailable, status: 'False', reason: RouteCreated}, {type: Ready, status: 'True', reason: KubeletReady}]}}",
		model.Health{Level: model.Healthy, Reason: "KubeletReady"},
	},
	{
		"a node that is gone and was under pressure",
		"{apiVersion: v1, kind: Node, status: {conditions: [{type: MemoryPressure, status: 'Unknown', reason: NodeStatusUnknown}, {type: Ready, status: 'Unknown', reason: NodeStatusUnknown}]}}",
		model.Health{Level: model.Unhealthy, Reason: "NodeStatusUnknown"},
	},
	{
		"a type whose names are taken",
		"{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, status: {conditions: [{type: NamesAccepted, status: 'False', reason: ListKindConflict}]}}",
		model.Health{Level: model.Unhealthy, Reason: "ListKindConflict"},
	},
	{
		"a type that is not served",
		"{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, status: {conditions: [{type: NamesAccepted, status: 'True'}, {type: Established, status: 'False', reason: NotAccepted}]}}",
		model.Health{Level: model.Unhealthy, Reason: "NotAccepted"},
	},
	{
		"an API whose server is gone",
		"{apiVersion: apiregistration.k8s.io/v1, kind: APIService, status: {conditions: [{type: Available, status: 'False', reason: FailedDiscoveryCheck}]}}",
		model.Health{Level: model.Unhealthy, Reason: "FailedDiscoveryCheck"},
	},
	{
		"an autoscaler without a target",
		"{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, status: {conditions: [{type: AbleToScale, status: 'False', reason: FailedGetScale}]}}",
		model.Health{Level: model.Unhealthy, Reason: "FailedGetScale"},
	},
	{
		"an autoscaler without figures",
		"{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, status: {conditions: [{type: AbleToScale, status: 'True'}, {type: ScalingActive, status: 'False', reason: FailedGetResourceMetric}]}}",
		model.Health{Level: model.Unhealthy, Reason: "FailedGetResourceMetric"},
	},
	{
		"an autoscaler of nothing",
		"{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, status: {conditions: [{type: AbleToScale, status: 'True'}, {type: ScalingActive, status: 'False', reason: ScalingDisabled}]}}",
		model.Health{Level: model.Healthy, Reason: ""},
	},
	{
		"a request for a certificate that nobody could sign",
		"{apiVersion: certificates.k8s.io/v1, kind: CertificateSigningRequest, status: {conditions: [{type: Approved, status: 'True'}, {type: Failed, status: 'True', reason: SignerError}]}}",
		model.Health{Level: model.Unhealthy, Reason: "SignerError"},
	},
	{
		"a volume that cannot be attached",
		"{apiVersion: storage.k8s.io/v1, kind: VolumeAttachment, status: {attached: false, attachError: {message: no such disk}}}",
		model.Health{Level: model.Unhealthy, Reason: "not attached"},
	},
	{
		"a volume that cannot be detached",
		"{apiVersion: storage.k8s.io/v1, kind: VolumeAttachment, status: {attached: true, detachError: {message: in use}}}",
		model.Health{Level: model.Unhealthy, Reason: "not detached"},
	},
	{
		"a route to nowhere",
		"{apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute, status: {parents: [{conditions: [{type: Accepted, status: 'True', reason: Accepted}, {type: ResolvedRefs, status: 'False', reason: BackendNotFound}]}]}}",
		model.Health{Level: model.Unhealthy, Reason: "BackendNotFound"},
	},
	{
		"an application that is not well",
		"{apiVersion: argoproj.io/v1alpha1, kind: Application, status: {health: {status: Degraded}, sync: {status: Synced}}}",
		model.Health{Level: model.Unhealthy, Reason: "Degraded"},
	},
	{
		"a custom object that is stalled",
		"{apiVersion: example.com/v1, kind: Gauge, status: {conditions: [{type: Stalled, status: 'True', reason: Broken}, {type: Ready, status: 'True'}]}}",
		model.Health{Level: model.Unhealthy, Reason: "Broken"},
	},
	{
		"a custom object whose condition Failed is true",
		"{apiVersion: example.com/v1, kind: Gauge, status: {conditions: [{type: Failed, status: 'True'}, {type: Ready, status: 'True'}]}}",
		model.Health{Level: model.Unhealthy, Reason: "Failed"},
	},
	{
		"a custom object whose condition Degraded is true",
		"{apiVersion: example.com/v1, kind: Gauge, status: {conditions: [{type: Degraded, status: 'True'}, {type: Ready, status: 'True'}]}}",
		model.Health{Level: model.Unhealthy, Reason: "Degraded"},
	},
	{
		"a custom object whose condition Error is true",
		"{apiVersion: example.com/v1, kind: Gauge, status: {conditions: [{type: Error, status: 'True'}, {type: Ready, status: 'True'}]}}",
		model.Health{Level: model.Unhealthy, Reason: "Error"},
	},
	{
		"a custom object whose condition Failing is true",
		"{apiVersion: example.com/v1, kind: Gauge, status: {conditions: [{type: Failing, status: 'True'}, {type: Ready, status: 'True'}]}}",
		model.Health{Level: model.Unhealthy, Reason: "Failing"},
	},
	{
		"a custom object whose condition ReconcileError is true",
		"{apiVersion: example.com/v1, kind: Gauge, status: {conditions: [{type: ReconcileError, status: 'True'}, {type: Ready, status: 'True'}]}}",
		model.Health{Level: model.Unhealthy, Reason: "ReconcileError"},
	},
	{
		"a custom object that is not healthy",
		"{apiVersion: example.com/v1, kind: Gauge, status: {conditions: [{type: Healthy, status: 'False', reason: Leaking}]}}",
		model.Health{Level: model.Unhealthy, Reason: "Leaking"},
	},
	{
		"a custom object that did not succeed",
		"{apiVersion: example.com/v1, kind: Gauge, status: {conditions: [{type: Succeeded, status: 'False', reason: TimedOut}]}}",
		model.Health{Level: model.Unhealthy, Reason: "TimedOut"},
	},
	{
		"an object without any sign of health",
		"{apiVersion: v1, kind: ConfigMap, data: {status: Failed}}",
		model.Health{},
	},
}

func TestRulesGoBeyondKstatus(t *testing.T) {
	rules := builtinRules(t)
	for _, tt := range beyond {
		t.Run(tt.name, func(t *testing.T) {
			if got := judge(t, rules, tt.object); got != tt.want {
				t.Errorf("is %v, want %v", got, tt.want)
			}
		})
	}
}
