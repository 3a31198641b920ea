package replay

import (
	"testing"
	"time"

	"github.com/dogwatch/dogwatch/e2e/suite"
)

// patience is how long a test waits for what takes seconds on an idle machine.
const patience = 2 * time.Minute

// What the tests share. Only TestMain sets it.
var past *story

func TestMain(m *testing.M) { suite.Main(m, setUp) }

func setUp(s *suite.Suite) error {
	program, err := s.Build()
	if err != nil {
		return err
	}
	cluster, err := s.StartLiving()
	if err != nil {
		return err
	}
	past, err = tell(s, cluster, program)
	return err
}
