package cli

import (
	"path/filepath"
	"testing"

	"github.com/dogwatch/dogwatch/state"
)

func TestHistoryIsKeptBetweenSessions(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", filepath.Join(t.TempDir(), "state"))
	first, closeFirst := openHistory()
	first.Add(state.Command, "po shop")
	closeFirst(t.Context())
	second, closeSecond := openHistory()
	defer closeSecond(t.Context())
	if got := second.Load(); len(got) != 1 || got[0].Line != "po shop" {
		t.Errorf("loads %q", got)
	}
}

func TestNoHomeIsNoTrouble(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", "")
	t.Setenv("HOME", "")
	history, closeHistory := openHistory()
	if history != nil {
		t.Errorf("there is a history: %v", history)
	}
	closeHistory(t.Context())
}
