package cli

import (
	"io"
	"testing"

	utilruntime "k8s.io/apimachinery/pkg/util/runtime"

	"github.com/dogwatch/dogwatch/setup"
)

// Main is the only owner of the process's panic handlers, and gives them back.
func TestMainTakesThePanicHandlersForItsTime(t *testing.T) {
	before := len(utilruntime.PanicHandlers)
	if code, _ := execute(t, "--help"); code != setup.ExitOK {
		t.Errorf("exit %d", code)
	}
	if got := len(utilruntime.PanicHandlers); got != before {
		t.Errorf("%d panic handlers, before %d", got, before)
	}
}

func TestCrashGivesTheTerminalBackOnce(t *testing.T) {
	h := newCrashHandler(io.Discard)
	h.GiveBack() // there is none yet
	restored := 0
	h.restoreBy(func() { restored++ })
	h.GiveBack()
	if !h.end.crashing || restored != 1 {
		t.Errorf("it is given back %d times, and a program may begin: %v", restored, !h.end.crashing)
	}
}
