package signals

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

const filling = `
rules:
- name: filling
  types: [tanks.acme.io]
  when: old.wanted != object.wanted
  resolved: RESOLVED
  every: 1m
  signal: {type: Filling, severity: info, title: It is filled, message: "to ${object.wanted}"}
`

// What happens again too soon to be told does not end what is open.
func TestEveryTellsNoEndThatIsNone(t *testing.T) {
	w := newWorld(t, load(t, strings.Replace(filling, "RESOLVED", "object.level >= object.wanted", 1)))
	a := id("tanks.acme.io", "a")
	w.set(a, "{level: 1, wanted: 1}")
	w.set(a, "{level: 1, wanted: 5}")
	w.wait(10 * time.Second)
	w.set(a, "{level: 1, wanted: 7}")
	w.set(a, "{level: 5, wanted: 7}")
	w.tells("0s opened Filling a to 5")
	w.set(a, "{level: 7, wanted: 7}")
	w.tells("10s resolved Filling a to 5")
	w.set(a, "{level: 7, wanted: 8}")
	w.wait(time.Minute)
	w.set(a, "{level: 7, wanted: 9}")
	if n := w.told[0].Suppressed; n != 2 {
		t.Errorf("%d were not told", n)
	}
	w.tells("70s opened Filling a to 9")
	w.wait(time.Minute)
	w.set(a, "{level: 7, wanted: 10}") // in time
	w.tells("130s resolved Filling a to 9", "130s opened Filling a to 10")
}

// How long an end has held begins anew where it happens again.
func TestEveryBeginsTheEndAnew(t *testing.T) {
	w := newWorld(t, load(t, strings.Replace(filling, "RESOLVED", "object.level >= 5\n  keep: 30s", 1)))
	a := id("tanks.acme.io", "a")
	w.set(a, "{level: 1, wanted: 1}")
	w.set(a, "{level: 1, wanted: 5}")
	w.set(a, "{level: 5, wanted: 5}")
	w.wait(20 * time.Second)
	w.set(a, "{level: 5, wanted: 6}")
	w.wait(20 * time.Second)
	w.tells("0s opened Filling a to 5")
	w.wait(20 * time.Second)
	w.tells("50s resolved Filling a to 5")
}

// Whatever happens when: of one object and rule each signal that opens ends before the next, openings lie as far apart as the rule says, an end is told where
// resolved holds or where the next opens, and all that happened is told or counted.
func TestEveryWhateverHappens(t *testing.T) {
	for _, resolved := range []string{"object.level >= 5", `"true"`} {
		rules := load(t, strings.Replace(filling, "RESOLVED", resolved, 1))
		for seed := range uint64(40) {
			w := newWorld(t, rules)
			random := rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // it is to be the same each time
			a, level, wanted, happened := id("tanks.acme.io", "a"), 0, 0, 0
			w.set(a, "{level: 0, wanted: 0}")
			check := &everyCheck{}
			for range 60 {
				switch random.IntN(3) {
				case 0:
					w.wait(time.Duration(random.IntN(40)) * time.Second)
				case 1:
					level = random.IntN(8)
				case 2:
					level, wanted, happened = random.IntN(8), wanted+1, happened+1
				}
				w.set(a, fmt.Sprintf("{level: %d, wanted: %d}", level, wanted))
				for i := range w.told {
					check.take(&w.told[i], w.told[i+1:], level)
				}
				w.told = nil
			}
			left := 0
			for _, s := range w.states[a] {
				left += s.suppressed
			}
			if check.wrong != "" || check.opened+check.suppressed+left != happened {
				t.Fatalf("seed %d, resolved %s: %s; of %d that happened %d are told and %d counted", seed, resolved, check.wrong, happened, check.opened, check.suppressed+left)
			}
		}
	}
}

// everyCheck looks at signals in the order in which they are told.
type everyCheck struct {
	isOpen             bool
	last               time.Time
	opened, suppressed int
	wrong              string
}

func (c *everyCheck) take(s *Signal, next []Signal, level int) {
	switch opens := s.IsOpen() || s.Moment; {
	case opens && c.isOpen, !opens && !c.isOpen:
		c.wrong = fmt.Sprintf("%+v comes while one is open: %v", s, c.isOpen)
	case !opens && level < 5 && (len(next) == 0 || !next[0].Opened.Equal(s.Resolved)):
		c.wrong = fmt.Sprintf("an end is told at %s, and is none", s.Resolved)
	case opens && !c.last.IsZero() && s.Opened.Sub(c.last) < time.Minute:
		c.wrong = fmt.Sprintf("%s is too soon", s.Opened)
	case opens:
		c.last, c.opened, c.suppressed = s.Opened, c.opened+1, c.suppressed+s.Suppressed
	}
	c.isOpen = s.IsOpen()
}
