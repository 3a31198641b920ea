package workload_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"

	"github.com/dogwatch/dogwatch/e2e/await"
	"github.com/dogwatch/dogwatch/e2e/controlplane"
	"github.com/dogwatch/dogwatch/e2e/suite"
	"github.com/dogwatch/dogwatch/e2e/workload"
)

// patience is how long a test waits for what takes half a minute at most on an idle machine.
const patience = 3 * time.Minute

// cluster is the control plane that all tests use, and on which the workloads are applied. Only TestMain sets it.
var cluster *controlplane.ControlPlane

func TestMain(m *testing.M) {
	suite.Main(m, func(s *suite.Suite) (err error) {
		cluster, err = s.StartLiving()
		return err
	})
}

// admin returns a client and a workload with all rights.
func admin(t *testing.T) (kubernetes.Interface, *workload.Workload) {
	t.Helper()
	client, err := cluster.Client()
	if err != nil {
		t.Fatal(err)
	}
	load, err := workload.New(cluster.RESTConfig(controlplane.Admin))
	if err != nil {
		t.Fatal(err)
	}
	return client, load
}

// waitForPod waits until a pod with the label app=app is as accept says.
func waitForPod(t *testing.T, namespace, app string, accept func(*corev1.Pod) bool) {
	t.Helper()
	client, _ := admin(t)
	await.Success(t, patience, "a pod of "+app, func(ctx context.Context) error {
		pods, err := client.CoreV1().Pods(namespace).List(ctx, metav1.ListOptions{LabelSelector: "app=" + app})
		if err != nil {
			return err
		}
		for i := range pods.Items {
			if accept(&pods.Items[i]) {
				return nil
			}
		}
		return fmt.Errorf("none of %d pods is as it should be: %+v", len(pods.Items), pods.Items)
	})
}

// waiting says whether the pod's first container waits for a reason.
func waiting(pod *corev1.Pod, reason string) bool {
	statuses := pod.Status.ContainerStatuses
	return len(statuses) > 0 && statuses[0].State.Waiting != nil && statuses[0].State.Waiting.Reason == reason
}

func TestDeploymentsBecomeAvailable(t *testing.T) {
	client, _ := admin(t)
	await.Success(t, patience, "the Deployment hello", func(ctx context.Context) error {
		deployment, err := client.AppsV1().Deployments("default").Get(ctx, "hello", metav1.GetOptions{})
		if err == nil && deployment.Status.AvailableReplicas != 2 {
			err = fmt.Errorf("status %+v", deployment.Status)
		}
		return err
	})
}

func TestDaemonSetRunsOnEveryNode(t *testing.T) {
	client, _ := admin(t)
	await.Success(t, patience, "the DaemonSet", func(ctx context.Context) error {
		set, err := client.AppsV1().DaemonSets("platform").Get(ctx, "node-exporter", metav1.GetOptions{})
		if err == nil && set.Status.NumberReady != 3 {
			err = fmt.Errorf("status %+v", set.Status)
		}
		return err
	})
}

func TestCrashLoopGoesRoundAndRound(t *testing.T) {
	waitForPod(t, "payments", "fraud-scoring", func(pod *corev1.Pod) bool {
		return waiting(pod, "CrashLoopBackOff") && pod.Status.ContainerStatuses[0].RestartCount >= 2 &&
			pod.Status.ContainerStatuses[0].LastTerminationState.Terminated.ExitCode == 1
	})
}

func TestMissingImageIsPulledForEver(t *testing.T) {
	for _, reason := range []string{"ErrImagePull", "ImagePullBackOff", "ErrImagePull"} {
		waitForPod(t, "payments", "invoices", func(pod *corev1.Pod) bool { return waiting(pod, reason) })
	}
}

func TestUnschedulablePodStaysPending(t *testing.T) {
	waitForPod(t, "payments", "indexer", func(pod *corev1.Pod) bool {
		for _, condition := range pod.Status.Conditions {
			if condition.Type == corev1.PodScheduled && condition.Reason == corev1.PodReasonUnschedulable {
				return pod.Status.Phase == corev1.PodPending
			}
		}
		return false
	})
}

func TestJobsEnd(t *testing.T) {
	client, _ := admin(t)
	for name, want := range map[string]batchv1.JobConditionType{
		"migrate-schema": batchv1.JobComplete, "import-prices": batchv1.JobFailed,
	} {
		await.Success(t, patience, "the Job "+name, func(ctx context.Context) error {
			job, err := client.BatchV1().Jobs("platform").Get(ctx, name, metav1.GetOptions{})
			if err != nil {
				return err
			}
			for _, condition := range job.Status.Conditions {
				if condition.Type == want && condition.Status == corev1.ConditionTrue {
					return nil
				}
			}
			return fmt.Errorf("status %+v", job.Status)
		})
	}
}

func TestCustomResourcesAreThere(t *testing.T) {
	client, err := dynamic.NewForConfig(cluster.RESTConfig(controlplane.Admin))
	if err != nil {
		t.Fatal(err)
	}
	resource := schema.GroupVersionResource{Group: "tls.example.com", Version: "v1", Resource: "certificates"}
	list, err := client.Resource(resource).List(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if len(list.Items) != 3 {
		t.Errorf("%d certificates, want 3", len(list.Items))
	}
}

func TestFillMakesRunningPods(t *testing.T) {
	const count = 203
	client, load := admin(t)
	if err := load.Fill(t.Context(), count); err != nil {
		t.Fatal(err)
	}
	await.Success(t, patience, "all pods to run", func(ctx context.Context) error {
		pods, err := client.CoreV1().Pods("").List(ctx, metav1.ListOptions{
			LabelSelector: workload.FillLabel, FieldSelector: "status.phase=Running",
		})
		if err == nil && len(pods.Items) != count {
			err = fmt.Errorf("%d of %d run", len(pods.Items), count)
		}
		return err
	})
	churned(t, client.CoreV1().Pods("").Watch, workload.FillLabel, func(ctx context.Context, report func(error)) {
		load.ChurnFill(ctx, count, 5*time.Millisecond, 1, report)
	})
}

func TestChurnMovesTheShop(t *testing.T) {
	client, load := admin(t)
	churn := func(ctx context.Context, report func(error)) { load.Churn(ctx, 20*time.Millisecond, 1, report) }
	churned(t, client.CoreV1().ConfigMaps("shop").Watch, "app=web", churn)
	churned(t, client.AppsV1().Deployments("shop").Watch, "app=web", churn)
}

func TestChurnReportsWhatFails(t *testing.T) {
	load, err := workload.New(cluster.RESTConfig(controlplane.Nobody))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	failures := 0
	load.Churn(ctx, time.Millisecond, 1, func(error) {
		if failures++; failures == 3 {
			cancel()
		}
	})
	if failures != 3 {
		t.Errorf("%d failures were reported, want 3", failures)
	}
}
