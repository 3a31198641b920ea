package story

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	metricsv1beta1 "k8s.io/metrics/pkg/apis/metrics/v1beta1"
)

// usualLoad is how many percent of what they ask for pods take of which nothing else was said.
const usualLoad = 50

// metricsServer serves metrics.k8s.io to the API server, as the aggregated API that autoscalers ask. Its figures are what
// the story says.
type metricsServer struct {
	client kubernetes.Interface
	server *httptest.Server

	mu    sync.Mutex
	loads map[string]int64 // percent, by namespace and value of the label app
}

func newMetricsServer(client kubernetes.Interface) *metricsServer {
	m := &metricsServer{client: client, loads: map[string]int64{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /apis/metrics.k8s.io/v1beta1", m.resources)
	mux.HandleFunc("GET /apis/metrics.k8s.io/v1beta1/namespaces/{namespace}/pods", m.pods)
	m.server = httptest.NewTLSServer(mux)
	return m
}

func (m *metricsServer) close() { m.server.Close() }

func (m *metricsServer) setLoad(namespace, app string, percent int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.loads[namespace+"/"+app] = percent
}

func (m *metricsServer) load(namespace, app string) int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	if percent, ok := m.loads[namespace+"/"+app]; ok {
		return percent
	}
	return usualLoad
}

// manifest registers the API. The API server finds an ExternalName without anything that plays the cluster's network.
func (m *metricsServer) manifest() []byte {
	port := "443"
	if address, err := url.Parse(m.server.URL); err == nil {
		port = address.Port()
	}
	return fmt.Appendf(nil, `
apiVersion: v1
kind: Service
metadata: {name: metrics-server, namespace: kube-system, labels: {app: metrics-server}}
spec:
  type: ExternalName
  externalName: localhost
---
apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata: {name: v1beta1.metrics.k8s.io}
spec:
  group: metrics.k8s.io
  version: v1beta1
  groupPriorityMinimum: 100
  versionPriority: 100
  insecureSkipTLSVerify: true
  service: {name: metrics-server, namespace: kube-system, port: %s}
`, port)
}

func (m *metricsServer) resources(w http.ResponseWriter, _ *http.Request) {
	respond(w, &metav1.APIResourceList{
		TypeMeta:     metav1.TypeMeta{Kind: "APIResourceList", APIVersion: "v1"},
		GroupVersion: metricsv1beta1.SchemeGroupVersion.String(),
		APIResources: []metav1.APIResource{{Name: "pods", Kind: "PodMetrics", Namespaced: true, Verbs: metav1.Verbs{"get", "list"}}},
	})
}

func (m *metricsServer) pods(w http.ResponseWriter, r *http.Request) {
	namespace := r.PathValue("namespace")
	pods, err := m.client.CoreV1().Pods(namespace).List(r.Context(), metav1.ListOptions{LabelSelector: r.FormValue("labelSelector")})
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	list := &metricsv1beta1.PodMetricsList{
		TypeMeta: metav1.TypeMeta{Kind: "PodMetricsList", APIVersion: metricsv1beta1.SchemeGroupVersion.String()},
	}
	for i := range pods.Items {
		if pods.Items[i].Status.Phase == corev1.PodRunning {
			list.Items = append(list.Items, m.metricsOf(&pods.Items[i]))
		}
	}
	respond(w, list)
}

func (m *metricsServer) metricsOf(pod *corev1.Pod) metricsv1beta1.PodMetrics {
	metrics := metricsv1beta1.PodMetrics{
		ObjectMeta: metav1.ObjectMeta{Name: pod.Name, Namespace: pod.Namespace, Labels: pod.Labels},
		Timestamp:  metav1.Now(),
		Window:     metav1.Duration{Duration: time.Second},
	}
	percent := m.load(pod.Namespace, pod.Labels["app"])
	for _, c := range pod.Spec.Containers {
		asked := c.Resources.Requests
		metrics.Containers = append(metrics.Containers, metricsv1beta1.ContainerMetrics{Name: c.Name, Usage: corev1.ResourceList{
			corev1.ResourceCPU:    *resource.NewMilliQuantity(asked.Cpu().MilliValue()*percent/100, resource.DecimalSI),
			corev1.ResourceMemory: *resource.NewQuantity(asked.Memory().Value()*percent/100, resource.BinarySI),
		}})
	}
	return metrics
}

func respond(w http.ResponseWriter, object any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(object)
}
