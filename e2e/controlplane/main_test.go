package controlplane_test

import (
	"testing"
	"time"

	"github.com/dogwatch/dogwatch/e2e/controlplane"
	"github.com/dogwatch/dogwatch/e2e/suite"
)

// patience is how long a test waits for what takes seconds at most on an idle machine.
const patience = 2 * time.Minute

// shared is the whole control plane that most tests use. Only TestMain sets it.
var shared *controlplane.ControlPlane

func TestMain(m *testing.M) {
	suite.Main(m, func(s *suite.Suite) (err error) {
		shared, err = s.StartWhole("extra")
		return err
	})
}
