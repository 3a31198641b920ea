// Package story plays a few minutes of a shop's life on a control plane: releases good and bad, a crash loop, jobs that
// end and fail, a node that goes and comes back, a ConfigMap and a volume that come late, a webhook that lets nothing in,
// an autoscaler, a type that is defined and removed again. What happens when is told in timetable.go, what there is at
// first in manifests/.
package story

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"

	"github.com/dogwatch/dogwatch/e2e/controlplane"
	"github.com/dogwatch/dogwatch/e2e/workload"
)

// nodes is how many nodes the cluster has.
const nodes = 6

// The field managers of those who act, as they name themselves in real clusters.
const (
	argo      = "argocd-controller"
	helm      = "helm"
	apply     = "kubectl-client-side-apply"
	edit      = "kubectl-edit"
	undo      = "kubectl-rollout" // of a restart, too
	set       = "kubectl-set"
	scaleHand = "kubectl-scale"
	label     = "kubectl-label"
	create    = "kubectl-create"
	operator  = "promotion-operator"
)

//go:embed manifests
var manifests embed.FS

// powerLabel is the label by which kwok leaves a node alone, as if its power were cut.
const powerLabel = "kwok.x-k8s.io/power"

// restartedAt is the annotation by which kubectl has pods made anew.
const restartedAt = "kubectl.kubernetes.io/restartedAt"

// Options are those of the control plane that the story is played on. Nodes and autoscalers are quicker than Kubernetes'
// defaults make them: a story has minutes where a cluster has hours.
func Options() controlplane.Options {
	return controlplane.Options{
		ControllerManager: true,
		Scheduler:         true,
		Stages:            workload.StagesBy(behaviour()),
		APIServerArgs: []string{
			"--default-not-ready-toleration-seconds=10",
			"--default-unreachable-toleration-seconds=10",
		},
		ControllerManagerArgs: []string{
			"--node-monitor-period=2s",
			"--node-monitor-grace-period=14s",
			"--horizontal-pod-autoscaler-sync-period=4s",
			"--horizontal-pod-autoscaler-cpu-initialization-period=1s",
			"--horizontal-pod-autoscaler-initial-readiness-delay=1s",
		},
		KwokArgs: []string{
			"--manage-all-nodes=false",
			"--manage-nodes-with-label-selector=" + powerLabel + "!=off",
			"--node-lease-duration-seconds=16",
		},
	}
}

// Story is one playing of the story. It is for one goroutine.
type Story struct {
	load    *workload.Workload
	client  kubernetes.Interface
	dynamic dynamic.Interface
	metrics *metricsServer
}

// New prepares a story on a control plane that was started with [Options]. Close it in the end.
func New(cluster *controlplane.ControlPlane) (*Story, error) {
	config := cluster.RESTConfig(controlplane.Admin)
	load, err := workload.New(config)
	if err != nil {
		return nil, err
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("connecting the story: %w", err)
	}
	dynamic, err := dynamic.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("connecting the story: %w", err)
	}
	return &Story{load: load, client: client, dynamic: dynamic, metrics: newMetricsServer(client)}, nil
}

// Close ends what the story serves.
func (s *Story) Close() { s.metrics.close() }

// Prepare makes the cluster as it is before the story begins, and returns when all its pods are ready and the autoscaler
// knows its target's load.
func (s *Story) Prepare(ctx context.Context) error {
	if err := s.load.CreateNodes(ctx, nodes); err != nil {
		return err
	}
	if err := s.load.Create(ctx, bytes.NewReader(s.metrics.manifest()), helm); err != nil {
		return fmt.Errorf("registering the metrics API: %w", err)
	}
	for file, manager := range map[string]string{"10-shop.yaml": argo, "20-payments.yaml": apply, "30-platform.yaml": helm} {
		if err := s.create(ctx, "manifests/"+file, manager); err != nil {
			return err
		}
	}
	if err := s.awaitReady(ctx); err != nil {
		return fmt.Errorf("waiting for the shop to be as it should at first: %w", err)
	}
	return s.forgetEvents(ctx)
}

func (s *Story) create(ctx context.Context, file, manager string) error {
	manifest, err := fs.ReadFile(manifests, file)
	if err != nil {
		return err
	}
	if err := s.load.Create(ctx, bytes.NewReader(manifest), manager); err != nil {
		return fmt.Errorf("creating what is in %s: %w", file, err)
	}
	return nil
}

// awaitReady asks until nothing is missing.
func (s *Story) awaitReady(ctx context.Context) error {
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for {
		err := s.missing(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return errors.Join(err, context.Cause(ctx))
		}
	}
}

// missing says what is not yet as it should be.
func (s *Story) missing(ctx context.Context) error {
	deployments, err := s.client.AppsV1().Deployments("").List(ctx, metav1.ListOptions{})
	if err != nil {
		return err
	}
	for _, d := range deployments.Items {
		if d.Status.AvailableReplicas != *d.Spec.Replicas {
			return fmt.Errorf("deployment %s has %d of %d replicas", d.Name, d.Status.AvailableReplicas, *d.Spec.Replicas)
		}
	}
	sets, err := s.client.AppsV1().StatefulSets("").List(ctx, metav1.ListOptions{})
	if err != nil {
		return err
	}
	daemons, err := s.client.AppsV1().DaemonSets("").List(ctx, metav1.ListOptions{})
	if err != nil {
		return err
	}
	if err := unreadySet(sets.Items, daemons.Items); err != nil {
		return err
	}
	scaler, err := s.client.AutoscalingV2().HorizontalPodAutoscalers("eshop").Get(ctx, "cart", metav1.GetOptions{})
	if err == nil && len(scaler.Status.CurrentMetrics) == 0 {
		err = fmt.Errorf("the autoscaler knows no load: %+v", scaler.Status.Conditions)
	}
	return err
}

func unreadySet(sets []appsv1.StatefulSet, daemons []appsv1.DaemonSet) error {
	for _, set := range sets {
		if set.Status.ReadyReplicas != *set.Spec.Replicas {
			return fmt.Errorf("statefulset %s has %d replicas", set.Name, set.Status.ReadyReplicas)
		}
	}
	for _, d := range daemons {
		if d.Status.NumberReady != nodes {
			return fmt.Errorf("daemonset %s has %d pods", d.Name, d.Status.NumberReady)
		}
	}
	return nil
}

// forgetEvents removes those of the cluster's birth: the story begins with a cluster that has been there for long.
func (s *Story) forgetEvents(ctx context.Context) error {
	namespaces, err := s.client.CoreV1().Namespaces().List(ctx, metav1.ListOptions{})
	if err != nil {
		return fmt.Errorf("removing events: %w", err)
	}
	for _, n := range namespaces.Items {
		err := s.client.CoreV1().Events(n.Name).DeleteCollection(ctx, metav1.DeleteOptions{}, metav1.ListOptions{})
		if err != nil {
			return fmt.Errorf("removing events: %w", err)
		}
	}
	return nil
}

// Play plays the story in its own time and returns at its end. It tells tell what happens when it does.
func (s *Story) Play(ctx context.Context, tell func(at time.Duration, what string)) error {
	began := time.Now()
	for _, m := range timetable() {
		if err := sleepUntil(ctx, began.Add(m.at)); err != nil {
			return err
		}
		if m.what != "" {
			tell(m.at, m.what)
		}
		if m.act == nil {
			continue
		}
		if err := m.act(ctx, s); err != nil {
			return fmt.Errorf("at %s, %s: %w", m.at, m.what, err)
		}
	}
	return nil
}

func sleepUntil(ctx context.Context, at time.Time) error {
	timer := time.NewTimer(time.Until(at))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
