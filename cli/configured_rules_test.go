package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/dogwatch/dogwatch/config"
	"github.com/dogwatch/dogwatch/model/signal"
	"github.com/dogwatch/dogwatch/replay/recording"
	"github.com/dogwatch/dogwatch/setup"
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

// An edit with a rule that is wrong is a wrong edit: nothing of it is taken. Where nobody can tell it is taken.
func TestAnEditWithAWrongRuleChangesNothing(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there is no shell")
	}
	b := newLiveBench(t)
	dir := t.TempDir()
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	path := filepath.Join(dir, "config.yaml")
	save := func(name, content string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o700); err != nil { //nolint:gosec // some are to be run
			t.Fatal(err)
		}
	}
	save("own.yaml", "rules: []\n")
	save("config.yaml", "types: [pods]\nrules: [own.yaml]\n")
	o := &options{Options: setup.New(), rules: []string{"mine.yaml"}}
	o.ConfigFrom = path
	o.configure()
	var taken atomic.Int32
	f := &following{opts: o, mark: func() {}, checkRules: o.checkRules, setRules: func(context.Context, []config.File) { taken.Add(1) }}
	if err := f.begin(t.Context(), b.live.ws); err != nil {
		t.Fatal(err)
	}
	defer f.close()
	await := func(good, bad uint64, problem string, titles int) {
		t.Helper()
		now := func() string {
			return fmt.Sprintf("%+v, %q, %d tabs", f.now(), f.Problem(), len(b.live.ws.Snapshot().Tabs))
		}
		eventually(t, problem, func() bool {
			state := f.now()
			return state.Good == good && state.Bad == bad && strings.HasSuffix(f.Problem(), problem) && len(b.live.ws.Snapshot().Tabs) == titles
		}, now)
	}
	await(1, 0, "", 1) // nobody can tell
	save(signalsProgram, fmt.Sprintf("#!/bin/sh\necho \"$@\" >%[1]s/args\ngrep -q '\"own.yaml\"' && echo 'own.yaml:1:9: wrong' && echo more\n", dir))
	save("own.yaml", "rules: [{}]\n")
	save("config.yaml", "types: [pods, nodes]\nrules: [own.yaml]\n")
	await(1, 1, "config.yaml: own.yaml:1:9: wrong (and 1 more: dogwatch config check): what it said before goes on", 1)
	if args, err := os.ReadFile(filepath.Join(dir, "args")); err != nil || string(args) != "check-rules -- mine.yaml\n" {
		t.Errorf("it is called with %s (%v)", args, err)
	}
	if got := taken.Load(); got != 2 { // at the start, and as it begins to be followed
		t.Errorf("rules were taken %d times", got)
	}
	save(signalsProgram, "#!/bin/sh\n")
	save("own.yaml", "rules: []\n")
	await(2, 1, "", 2)
}
