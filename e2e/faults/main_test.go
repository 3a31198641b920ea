package faults

import (
	"testing"

	"k8s.io/klog/v2"

	"github.com/dogwatch/dogwatch/e2e/controlplane"
	"github.com/dogwatch/dogwatch/e2e/suite"
)

// What the tests share. Only TestMain sets it.
var (
	// bare is an API server without controllers: what changes is what a test changes.
	bare *controlplane.ControlPlane
	// tests ends what is started for a few of them only.
	tests *suite.Suite
	// heart tells how long a second is.
	heart *pulse
)

func TestMain(m *testing.M) {
	klog.SetLogger(klog.Logger{}) // client-go tells of the failures that tests make
	suite.Main(m, setUp)
}

func setUp(s *suite.Suite) (err error) {
	tests, heart = s, newPulse()
	s.AtEnd(heart.stop)
	bare, err = s.Start(controlplane.Options{})
	return err
}
