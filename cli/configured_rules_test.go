package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/dogwatch/dogwatch/config"
	"github.com/dogwatch/dogwatch/model/signal"
	"github.com/dogwatch/dogwatch/replay/recording"
)

// heardRules are the lines of a recording that bring rules.
type heardRules struct{ all []string }

func (h *heardRules) Begin(recording.Header) error { return nil }
func (h *heardRules) Flush() error                 { return nil }

func (h *heardRules) Write(e recording.Entry) error {
	if e.Kind != signal.RulesEvent {
		return nil
	}
	var rules signal.Rules
	if err := json.Unmarshal(e.Object, &rules); err != nil {
		return err
	}
	said := []string{"rules"}
	for _, file := range rules.Files {
		said = append(said, file.Name+"="+string(file.Content))
	}
	h.all = append(h.all, strings.Join(said, " "))
	return nil
}

// Rules of the configuration go to the program that applies rules when they are there, and when they are others; what names none begins nothing.
func TestRulesOfTheConfigurationAreHandedOver(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there is no shell")
	}
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	b := newLiveBench(t)
	l := newLiveSignals([]string{"mine.yaml"}, false, false, func() {})
	l.use(b.live.ws)
	l.follows = true
	dir := t.TempDir()
	program := filepath.Join(dir, "hearer")
	script := fmt.Sprintf("#!/bin/sh\necho \"$@\" >%[1]s/args\nexec cat >%[1]s/heard\n", dir)
	if err := os.WriteFile(program, []byte(script), 0o700); err != nil { //nolint:gosec // it is to be run
		t.Fatal(err)
	}
	l.find = func() (string, error) { return program, nil }
	heard := func() string {
		h := &heardRules{}
		file, err := os.Open(filepath.Join(dir, "heard"))
		if err != nil {
			return err.Error()
		}
		defer file.Close()
		_ = recording.Stream(file, h) // it goes on
		return strings.Join(h.all, ", ")
	}
	set := func(files ...config.File) {
		l.SetRules(t.Context(), files)
	}
	await := func(want string) {
		t.Helper()
		eventually(t, want, func() bool { return heard() == want }, heard)
	}
	set()
	if !l.State().Since.IsZero() {
		t.Error("rules are applied though there are none")
	}
	set(config.File{Name: "a.yaml", Content: []byte("1")})
	await("rules a.yaml=1")
	set(config.File{Name: "a.yaml", Content: []byte("1"), Line: 7})
	set(config.File{Name: "a.yaml", Content: []byte("2")}, config.File{Name: "b.yaml", Content: []byte("3")})
	await("rules a.yaml=1, rules a.yaml=2 b.yaml=3")
	set()
	await("rules a.yaml=1, rules a.yaml=2 b.yaml=3, rules")
	if args, err := os.ReadFile(filepath.Join(dir, "args")); err != nil || string(args) != "follow --configured mine.yaml\n" {
		t.Errorf("it is called with %s (%v)", args, err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	l.close(ctx)
}
