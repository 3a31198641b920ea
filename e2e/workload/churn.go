package workload

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// churnManager is the owner, in managedFields, of what [Workload.Churn] changes.
const churnManager = "dogwatch-e2e-churn"

// churnNamespace holds what is churned.
const churnNamespace = "shop"

// change is one small change to the cluster.
type change func(context.Context, *rand.Rand) error

// Churn makes one small change to what [Workload.Apply] has created each time interval has passed, until ctx
// ends: it scales a Deployment, edits a ConfigMap, or deletes a pod. What it does follows from seed.
// A change that fails is reported and the next is made: the API server may be down for a while.
func (w *Workload) Churn(ctx context.Context, interval time.Duration, seed uint64, report func(error)) {
	repeat(ctx, interval, seed, report, w.scale, w.edit, w.deleteShopPod)
}

// ChurnFill does the same to the first count pods that [Workload.Fill] has created: it annotates one,
// deletes one, or creates one again that it had deleted.
func (w *Workload) ChurnFill(ctx context.Context, count int, interval time.Duration, seed uint64, report func(error)) {
	repeat(ctx, interval, seed, report,
		func(ctx context.Context, random *rand.Rand) error { return w.annotate(ctx, random, count) },
		func(ctx context.Context, random *rand.Rand) error { return w.replace(ctx, random, count) })
}

func repeat(ctx context.Context, interval time.Duration, seed uint64, report func(error), changes ...change) {
	random := rand.New(rand.NewPCG(seed, 0))
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		next := changes[random.IntN(len(changes))]
		if err := next(ctx, random); err != nil && ctx.Err() == nil {
			report(err)
		}
	}
}

// scale gives one of the Deployments between 2 and 8 replicas.
func (w *Workload) scale(ctx context.Context, random *rand.Rand) error {
	deployments := []string{"web", "catalog", "cart"}
	name := deployments[random.IntN(len(deployments))]
	patch := fmt.Appendf(nil, `{"spec":{"replicas":%d}}`, 2+random.IntN(7))
	_, err := w.client.AppsV1().Deployments(churnNamespace).Patch(ctx, name, types.MergePatchType, patch,
		metav1.PatchOptions{FieldManager: churnManager}, "scale")
	if err != nil {
		return fmt.Errorf("scaling %s: %w", name, err)
	}
	return nil
}

// edit changes a value of the ConfigMap.
func (w *Workload) edit(ctx context.Context, random *rand.Rand) error {
	levels := []string{"debug", "info", "warning", "error"}
	patch := fmt.Appendf(nil, `{"data":{"log-level":%q,"revision":"%d"}}`, levels[random.IntN(len(levels))], random.IntN(1000))
	_, err := w.client.CoreV1().ConfigMaps(churnNamespace).Patch(ctx, "web-settings", types.MergePatchType, patch,
		metav1.PatchOptions{FieldManager: churnManager})
	if err != nil {
		return fmt.Errorf("editing web-settings: %w", err)
	}
	return nil
}

// deleteShopPod deletes one of the Deployments' pods, which they replace.
func (w *Workload) deleteShopPod(ctx context.Context, random *rand.Rand) error {
	pods, err := w.client.CoreV1().Pods(churnNamespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		return fmt.Errorf("choosing a pod to delete: %w", err)
	}
	if len(pods.Items) == 0 {
		return nil
	}
	pod := &pods.Items[random.IntN(len(pods.Items))]
	err = w.client.CoreV1().Pods(pod.Namespace).Delete(ctx, pod.Name, metav1.DeleteOptions{})
	if err != nil && !apierrors.IsNotFound(err) { // it may have gone since
		return fmt.Errorf("deleting pod %s/%s: %w", pod.Namespace, pod.Name, err)
	}
	return nil
}

// annotate changes an annotation of one of the filled pods, if it exists at the moment.
func (w *Workload) annotate(ctx context.Context, random *rand.Rand, count int) error {
	pod := fillPod(random.IntN(count))
	patch := fmt.Appendf(nil, `{"metadata":{"annotations":{"example.com/config-hash":"%032x"}}}`, random.Uint64())
	_, err := w.client.CoreV1().Pods(pod.Namespace).Patch(ctx, pod.Name, types.MergePatchType, patch,
		metav1.PatchOptions{FieldManager: churnManager})
	if err != nil && !apierrors.IsNotFound(err) {
		return fmt.Errorf("annotating pod %s/%s: %w", pod.Namespace, pod.Name, err)
	}
	return nil
}

// replace deletes one of the filled pods or, if it is gone already, creates it again.
func (w *Workload) replace(ctx context.Context, random *rand.Rand, count int) error {
	pod := fillPod(random.IntN(count))
	pod.Spec.NodeName = nodeName(0)
	pods := w.client.CoreV1().Pods(pod.Namespace)
	err := pods.Delete(ctx, pod.Name, metav1.DeleteOptions{})
	if apierrors.IsNotFound(err) {
		_, err = pods.Create(ctx, pod, metav1.CreateOptions{FieldManager: churnManager})
	}
	if err != nil {
		return fmt.Errorf("replacing pod %s/%s: %w", pod.Namespace, pod.Name, err)
	}
	return nil
}
