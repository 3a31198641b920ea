package changes

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
const patience = time.Minute

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
		ControllerManager: true, Scheduler: true, Stages: workload.Stages(),
		ControllerManagerArgs: []string{"--horizontal-pod-autoscaler-sync-period=1s"},
	})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if load, err = workload.New(cluster.RESTConfig(controlplane.Admin)); err != nil {
		return err
	}
	return errors.Join(load.CreateNodes(ctx, 1), cluster.Apply(ctx, types))
}
