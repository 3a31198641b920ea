package dashboard

import (
	"testing"
	"time"

	"github.com/dogwatch/dogwatch/e2e/controlplane"
	"github.com/dogwatch/dogwatch/e2e/suite"
)

// patience is how long a test waits for what takes seconds on an idle machine.
const patience = 2 * time.Minute

// What the tests share. Only TestMain sets them.
var (
	// program is the dogwatch under test.
	program string
	// crashing is the same with one more goroutine, which panics on SIGUSR1.
	crashing string
	// living is a whole control plane with workloads.
	living *controlplane.ControlPlane
	// bare is an API server that nobody watches but the program under test, so what it counts is exact.
	bare *controlplane.ControlPlane
)

func TestMain(m *testing.M) { suite.Main(m, setUp) }

func setUp(s *suite.Suite) (err error) {
	if program, err = s.Build(); err != nil {
		return err
	}
	if crashing, err = s.BuildWith("crash.go"); err != nil {
		return err
	}
	if living, err = s.StartLiving(); err != nil {
		return err
	}
	bare, err = s.Start(controlplane.Options{})
	return err
}
