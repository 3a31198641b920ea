package faults

import (
	"testing"

	"k8s.io/klog/v2"

	"github.com/dogwatch/dogwatch/e2e/controlplane"
	"github.com/dogwatch/dogwatch/e2e/suite"
)

// bare is an API server without controllers: what changes is what a test changes. Only TestMain sets it.
var bare *controlplane.ControlPlane

func TestMain(m *testing.M) {
	klog.SetLogger(klog.Logger{}) // client-go tells of the failures that tests make
	suite.Main(m, setUp)
}

func setUp(s *suite.Suite) (err error) {
	bare, err = s.Start(controlplane.Options{})
	return err
}
