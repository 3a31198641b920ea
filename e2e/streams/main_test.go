package streams

import (
	"testing"
	"time"

	"k8s.io/klog/v2"

	"github.com/dogwatch/dogwatch/e2e/controlplane"
	"github.com/dogwatch/dogwatch/e2e/suite"
)

const (
	// patience is how long a test waits for what takes seconds on an idle machine.
	patience = 2 * time.Minute
	// watcher is a user who has no rights but those that a test gives.
	watcher = "watcher"
)

// What the tests share. Only TestMain sets it.
var (
	cluster *controlplane.ControlPlane
	program string
)

func TestMain(m *testing.M) {
	klog.SetLogger(klog.Logger{}) // client-go tells of the failures that tests make
	suite.Main(m, setUp)
}

func setUp(s *suite.Suite) (err error) {
	if program, err = s.Build(); err != nil {
		return err
	}
	if err := s.BuildSignals(program); err != nil {
		return err
	}
	cluster, err = s.Start(controlplane.Options{Users: []string{watcher}, APIServerArgs: []string{"--feature-gates=ShardedListAndWatch=true"}})
	return err
}
