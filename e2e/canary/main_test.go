package canary

import (
	"testing"
	"time"

	"github.com/dogwatch/dogwatch/e2e/controlplane"
	"github.com/dogwatch/dogwatch/e2e/suite"
)

// patience is how long a test waits for what takes seconds on an idle machine.
const patience = time.Minute

// dumpFile is where a program writes its memory that is made to.
const dumpFile = "memory"

// What the tests share. Only TestMain sets them.
var (
	// program is the dogwatch under test: as users build it, without the race detector.
	program string
	// dumping is the same with one more goroutine, which writes the memory in use to dumpFile in its home on SIGUSR1. So does the other program
	// of dogwatch, which is beside it.
	dumping string
	cluster *controlplane.ControlPlane
)

func TestMain(m *testing.M) { suite.Main(m, setUp) }

func setUp(s *suite.Suite) (err error) {
	if program, err = s.Build(); err != nil {
		return err
	}
	if dumping, err = s.BuildWith("dump.go"); err != nil {
		return err
	}
	if err = s.BuildSignalsWith(dumping, "dump.go"); err != nil {
		return err
	}
	cluster, err = s.Start(controlplane.Options{})
	return err
}
