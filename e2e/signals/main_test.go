package signals

import (
	"context"
	"errors"
	"testing"
	"time"

	"k8s.io/klog/v2"

	"github.com/dogwatch/dogwatch/e2e/controlplane"
	"github.com/dogwatch/dogwatch/e2e/suite"
	"github.com/dogwatch/dogwatch/e2e/workload"
)

// patience is how long a test waits for what takes seconds on an idle machine.
const patience = 2 * time.Minute

// behaviour is the jq expression by which kwok knows what becomes of a pod.
const behaviour = `(if .spec.containers[0].envFrom then "no-config" elif (.spec.containers[0].image | endswith(":missing")) then "image-pull" else "usual" end)`

// What the tests share. Only TestMain sets it.
var (
	cluster *controlplane.ControlPlane
	load    *workload.Workload
	program string
)

func TestMain(m *testing.M) {
	klog.SetLogger(klog.Logger{})
	suite.Main(m, setUp)
}

func setUp(s *suite.Suite) (err error) {
	if program, err = s.Build(); err != nil {
		return err
	}
	if err := s.BuildSignals(program); err != nil {
		return err
	}
	cluster, err = s.Start(controlplane.Options{
		ControllerManager: true, Scheduler: true, Stages: workload.StagesBy(behaviour),
		// Nodes without a heartbeat are those of these tests, which say themselves how they are.
		ControllerManagerArgs: []string{"--node-monitor-grace-period=10m"},
		KwokArgs:              []string{"--manage-all-nodes=false", "--manage-nodes-with-label-selector=by!=hand"},
	})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if load, err = workload.New(cluster.RESTConfig(controlplane.Admin)); err != nil {
		return err
	}
	return errors.Join(load.CreateNodes(ctx, 2), cluster.Apply(ctx, definitions))
}

// definitions are types of the cluster's own, of which certificates are known to a rule.
const definitions = `{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {name: certificates.cert-manager.io}, spec: {group: cert-manager.io, scope: Namespaced,
  names: {kind: Certificate, plural: certificates}, versions: [{name: v1, served: true, storage: true, subresources: {status: {}},
  schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}]}}`
