package ui_test

import (
	"testing"
	"time"
)

// Where the server's clock is another than the local one, all times are told by the server's: those of changes, too, which are dated here.
func TestAllTimesAreToldByOneClock(t *testing.T) {
	s := newPagesScreen(t, 120, 40)
	s.ahead = time.Hour
	s.press("down", "H")
	s.settle()
	s.mustShow("15:02:31", "15:01:31 kubelet/status", "15:00:31 kubectl-edit")
	s.press("t")
	s.frame()
	s.mustShow("past ", "14:52:31 ", " 15:02:31", "15:00:31 kubectl-edit")
	s.press(":at 15:01:00", "enter")
	s.rewinder.playing().mustHaveBeenAsked(t, "seek 14:01:00")
	s.frame()
	s.mustShow("above is later than 15:01:00")
	s.press(":at 14:01:00", "enter")
	s.mustShow("14:01:00 is not known: what is goes from 2026-11-23 14:52:31 to 2026-11-23 15:02:31")

	s = newWhyScreen(t, 120, 40)
	s.ahead = time.Hour
	s.press("down", "W")
	s.settle()
	s.mustShow("14:57:31  ConfigMap", "14:53:31  Deployment")

	s, pages := remembering(t)
	s.ahead = time.Hour
	s.frame()
	s.press("A")
	await(t, s, pages, "15:01:31  pods")
	s.press("enter")
	s.mustShow("15:01:31.000")

	s, _ = newSignalsScreen(t, 120, 40)
	s.ahead = time.Hour
	s.frame()
	s.press("S")
	s.frame()
	s.mustShow("since 15:01:31", "14:59:31   spec.template")
}

// A recording's changes are dated by its own clock, which is told.
func TestTimesOfARecordingAreItsOwn(t *testing.T) {
	s, _ := newPastScreen(t, 120, 40)
	s.ahead = time.Hour // of this process, which serves it
	s.frame()
	s.mustShow("14:02:31", "13:57:31 ", " 14:07:31")
}
