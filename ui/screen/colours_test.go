//go:build unix

package screen

import (
	"os"
	"path/filepath"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
)

// The colours of the terminal around tmux are asked for once, behind the start, which does not wait for tmux.
func TestTmuxIsAskedBehindTheStart(t *testing.T) {
	dir := t.TempDir()
	asked := filepath.Join(dir, "asked")
	script := "#!/bin/sh\n: >" + asked + "\necho '  5: Tc: (flag) true'\n"
	if err := os.WriteFile(filepath.Join(dir, "tmux"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir)
	s := New(newTTY(40, 3), []string{"TTY_FORCE=1", "TERM=tmux-256color", "TMUX=/tmp/tmux,1,0"})
	profile := s.Profile()
	if _, err := os.Stat(asked); err == nil || profile != colorprofile.ANSI256 {
		t.Fatalf("at first there are the colours %s, and tmux was asked: %t", profile, err == nil)
	}
	m, cmd := s.Wrap(viewer{}).Update(tea.ColorProfileMsg{Profile: profile})
	if cmd == nil {
		t.Fatal("tmux is not asked")
	}
	answer := cmd()
	if answer != (tea.ColorProfileMsg{Profile: colorprofile.TrueColor}) {
		t.Fatalf("tmux says %v", answer)
	}
	if _, cmd := m.Update(answer); cmd != nil {
		t.Error("tmux is asked again")
	}
}

func TestWhereTmuxHasNothingToAddItIsNotAsked(t *testing.T) {
	for name, env := range map[string][]string{
		"no tmux":      {"TTY_FORCE=1", "TERM=xterm"},
		"empty":        {"TTY_FORCE=1", "TERM=xterm", "TMUX="},
		"no colours":   {"TTY_FORCE=1", "TERM=tmux-256color", "TMUX=x", "NO_COLOR=1"},
		"all colours":  {"TTY_FORCE=1", "TERM=xterm", "TMUX=x", "COLORTERM=truecolor"},
		"dumb as told": {"TTY_FORCE=1", "TERM=dumb", "TMUX=x"},
	} {
		s := New(newTTY(40, 3), env)
		if want := colorprofile.Detect(s.file, env); s.Profile() != want {
			t.Errorf("%s: colours are %s, want %s", name, s.Profile(), want)
		}
		if _, cmd := s.Wrap(viewer{}).Update(tea.ColorProfileMsg{Profile: s.Profile()}); cmd != nil {
			t.Errorf("%s: tmux is asked", name)
		}
	}
}
