package workload

import (
	"context"
	"fmt"

	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const (
	// fillNamespaces is over how many namespaces [Workload.Fill] spreads its pods.
	fillNamespaces = 5
	// fillConcurrency is how many requests it has open at once.
	fillConcurrency = 16
)

// FillLabel is carried by every pod that [Workload.Fill] makes.
const FillLabel = "e2e.dogwatch.dev/fill"

// Fill creates count pods directly, without controllers and scheduler, as fast as the API server takes them:
// pod-0 in fill-0, pod-1 in fill-1, and so on round and round. They are bound to the cluster's nodes in turn, so with kwok they
// run at once. It returns when all are stored. Pods that exist already stay as they are.
func (w *Workload) Fill(ctx context.Context, count int) error {
	nodes, err := w.client.CoreV1().Nodes().List(ctx, metav1.ListOptions{})
	if err != nil {
		return fmt.Errorf("filling the cluster: %w", err)
	}
	for i := range min(count, fillNamespaces) {
		if err := w.createNamespace(ctx, fillNamespace(i)); err != nil {
			return fmt.Errorf("filling the cluster: %w", err)
		}
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(fillConcurrency)
	for i := range count {
		if ctx.Err() != nil {
			break
		}
		group.Go(func() error {
			pod := fillPod(i)
			if len(nodes.Items) > 0 {
				pod.Spec.NodeName = nodes.Items[i%len(nodes.Items)].Name
			}
			options := metav1.CreateOptions{FieldManager: fieldManager}
			_, err := w.client.CoreV1().Pods(pod.Namespace).Create(ctx, pod, options)
			if err != nil && !apierrors.IsAlreadyExists(err) {
				return fmt.Errorf("filling the cluster: creating pod %s/%s: %w", pod.Namespace, pod.Name, err)
			}
			return nil
		})
	}
	return group.Wait()
}

// createNamespace makes a namespace in which pods can be created at once: it does not wait for the
// controller manager to make the service account that they need.
func (w *Workload) createNamespace(ctx context.Context, name string) error {
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}
	_, err := w.client.CoreV1().Namespaces().Create(ctx, namespace, metav1.CreateOptions{FieldManager: fieldManager})
	if err != nil && !apierrors.IsAlreadyExists(err) {
		return fmt.Errorf("creating namespace %s: %w", name, err)
	}
	account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: "default"}}
	_, err = w.client.CoreV1().ServiceAccounts(name).Create(ctx, account, metav1.CreateOptions{FieldManager: fieldManager})
	if err != nil && !apierrors.IsAlreadyExists(err) {
		return fmt.Errorf("creating the service account of namespace %s: %w", name, err)
	}
	return nil
}

func fillNamespace(i int) string { return fmt.Sprintf("fill-%d", i%fillNamespaces) }

// fillPod returns the i-th pod, of the size that pods have in real clusters.
func fillPod(i int) *corev1.Pod {
	app := fmt.Sprintf("app-%d", i%40)
	request := corev1.ResourceList{
		corev1.ResourceCPU:    resource.MustParse("100m"),
		corev1.ResourceMemory: resource.MustParse("128Mi"),
	}
	var env []corev1.EnvVar
	for _, name := range []string{"LOG_LEVEL", "REGION", "CLUSTER", "DATABASE_HOST", "CACHE_HOST", "TRACE_ENDPOINT"} {
		env = append(env, corev1.EnvVar{Name: name, Value: fmt.Sprintf("%s.of.%s.example.com", name, app)})
	}
	container := func(name string) corev1.Container {
		return corev1.Container{
			Name:      name,
			Image:     fmt.Sprintf("registry.example.com/%s/%s:1.%d.0", app, name, i%7),
			Env:       env,
			Resources: corev1.ResourceRequirements{Requests: request, Limits: request},
		}
	}
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Name:      fmt.Sprintf("pod-%d", i),
			Namespace: fillNamespace(i),
			Labels: map[string]string{
				BehaviourLabel: "instant", FillLabel: "true",
				"app.kubernetes.io/name": app, "app.kubernetes.io/version": fmt.Sprintf("1.%d.0", i%7),
			},
			Annotations: map[string]string{"example.com/config-hash": fmt.Sprintf("%032x", i)},
		},
		Spec: corev1.PodSpec{Containers: []corev1.Container{container("app"), container("sidecar")}},
	}
}
