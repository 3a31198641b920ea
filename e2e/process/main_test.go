package process

import (
	"testing"
	"time"

	"github.com/dogwatch/dogwatch/e2e/suite"
)

// patience is how long a test waits for what takes a second on an idle machine.
const patience = 2 * time.Minute

// What the tests share. Only TestMain sets them.
var (
	// program is the dogwatch under test.
	program string
	// faulty is the same with a fault in each goroutine, which shows where $DOGWATCH_CRASH_AT names its place.
	faulty string
	// places are those of the faults.
	places []string
)

func TestMain(m *testing.M) { suite.Main(m, setUp) }

func setUp(s *suite.Suite) (err error) {
	if program, err = s.Build(); err != nil {
		return err
	}
	faulty, places, err = buildFaulty(s)
	return err
}
