package story

import (
	"encoding/json"
	"net/http"
	"slices"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/fake"
	metricsv1beta1 "k8s.io/metrics/pkg/apis/metrics/v1beta1"
)

func TestTimetableIsInOrderAndEnds(t *testing.T) {
	story := timetable()
	if !slices.IsSortedFunc(story, func(a, b moment) int { return int(a.at - b.at) }) {
		t.Error("the moments are not in the order of their times")
	}
	last := story[len(story)-1]
	if last.act != nil || last.at < 3*time.Minute || last.at > 4*time.Minute {
		t.Errorf("the last moment is %q at %s", last.what, last.at)
	}
	if first := story[0]; first.at != 0 || first.act == nil {
		t.Errorf("nothing happens at once, but %q at %s", first.what, first.at)
	}
}

func TestMetricsAreWhatTheStorySays(t *testing.T) {
	m := newMetricsServer(fake.NewClientset(pod("cart-1", "cart"), pod("web-1", "web")))
	defer m.close()
	for _, step := range []struct {
		percent int64 // 0: nothing is said
		want    int64 // milli CPU, of the 200 that the pod asked for
	}{{0, 100}, {170, 340}, {15, 30}} {
		if step.percent > 0 {
			m.setLoad("eshop", "cart", step.percent)
		}
		response, err := m.server.Client().Get(m.server.URL + "/apis/metrics.k8s.io/v1beta1/namespaces/eshop/pods?labelSelector=app%3Dcart")
		if err != nil {
			t.Fatal(err)
		}
		var list metricsv1beta1.PodMetricsList
		err = json.NewDecoder(response.Body).Decode(&list)
		_ = response.Body.Close()
		if err != nil || response.StatusCode != http.StatusOK || len(list.Items) != 1 {
			t.Fatalf("%s, %v: %+v", response.Status, err, list)
		}
		if got := list.Items[0].Containers[0].Usage.Cpu().MilliValue(); got != step.want {
			t.Errorf("at %d%%: %dm, want %dm", step.percent, got, step.want)
		}
	}
}

func pod(name, app string) *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "eshop", Labels: map[string]string{"app": app}},
		Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: app, Resources: corev1.ResourceRequirements{
			Requests: corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("200m"), corev1.ResourceMemory: resource.MustParse("1Gi")},
		}}}},
		Status: corev1.PodStatus{Phase: corev1.PodRunning},
	}
}
