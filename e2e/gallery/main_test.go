package gallery

import (
	"testing"

	"github.com/dogwatch/dogwatch/e2e/suite"
)

// program is dogwatch. Only TestMain sets it.
var program string

func TestMain(m *testing.M) {
	suite.Main(m, func(s *suite.Suite) (err error) {
		if program, err = s.Build(); err != nil {
			return err
		}
		return s.BuildSignals(program)
	})
}
