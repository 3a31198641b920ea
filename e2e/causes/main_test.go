package causes

import (
	"context"
	"testing"
	"time"

	"k8s.io/klog/v2"

	"github.com/dogwatch/dogwatch/e2e/controlplane"
	"github.com/dogwatch/dogwatch/e2e/suite"
	"github.com/dogwatch/dogwatch/e2e/workload"
)

// patience is how long a test waits for what takes seconds on an idle machine.
const patience = time.Minute

// powerLabel is the label by which kwok leaves a node alone, as if its power were cut.
const powerLabel = "kwok.x-k8s.io/power"

// behaviour is the jq expression by which kwok knows what becomes of a pod.
const behaviour = `(if .spec.containers[0].envFrom then "no-config" elif (.spec.containers[0].image | endswith(":missing")) then "image-pull" else "usual" end)`

// cluster is what the tests share. Only TestMain sets it.
var cluster *controlplane.ControlPlane

func TestMain(m *testing.M) {
	klog.SetLogger(klog.Logger{})
	suite.Main(m, setUp)
}

func setUp(s *suite.Suite) (err error) {
	cluster, err = s.Start(controlplane.Options{
		ControllerManager: true, Scheduler: true, Stages: workload.StagesBy(behaviour),
		ControllerManagerArgs: []string{"--node-monitor-period=1s", "--node-monitor-grace-period=8s"},
		KwokArgs: []string{
			"--manage-all-nodes=false", "--manage-nodes-with-label-selector=" + powerLabel + "!=off", "--node-lease-duration-seconds=8",
		},
	})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	load, err := workload.New(cluster.RESTConfig(controlplane.Admin))
	if err != nil {
		return err
	}
	return load.CreateNodes(ctx, 2)
}
