package ui_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"k8s.io/apimachinery/pkg/types"
	testclock "k8s.io/utils/clock/testing"

	"github.com/dogwatch/dogwatch/informers"
	"github.com/dogwatch/dogwatch/keymap"
	"github.com/dogwatch/dogwatch/logbuffer"
	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/health"
	"github.com/dogwatch/dogwatch/model/problems"
	"github.com/dogwatch/dogwatch/model/versions"
	"github.com/dogwatch/dogwatch/ui"
	"github.com/dogwatch/dogwatch/ui/golden"
	"github.com/dogwatch/dogwatch/workspace"
)

// now is the moment of all tests.
var now = time.Date(2026, 11, 23, 14, 2, 31, 0, time.UTC)

// fakeBackend notes what the screen asks for.
type fakeBackend struct {
	mu    sync.Mutex
	calls []string
	// hidesNamespaces does not allow to list them.
	hidesNamespaces bool
	retried         workspace.Retried
	pages           *fakePages
}

func (b *fakeBackend) note(format string, args ...any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.calls = append(b.calls, fmt.Sprintf(format, args...))
}

func (b *fakeBackend) OpenKnown(t workspace.Target) (workspace.TabID, error) {
	b.note("open %s in %q", strings.Join(t.Types, ","), t.Namespace)
	return 2, nil
}

func (b *fakeBackend) Apply(add, drop []string, oneTab bool) (workspace.TabID, error) {
	b.note("apply +%v -%v %v", add, drop, oneTab)
	return 0, nil
}
func (b *fakeBackend) CloseTab(id workspace.TabID)   { b.note("close %d", id) }
func (b *fakeBackend) DropType(arg string) bool      { b.note("drop %s", arg); return true }
func (b *fakeBackend) SetNamespace(namespace string) { b.note("namespace %q", namespace) }
func (b *fakeBackend) ToggleAllNamespaces()          { b.note("toggle namespaces") }
func (b *fakeBackend) SetContext(name string) error {
	b.note("context %s", name)
	return errors.New("no such context")
}

func (b *fakeBackend) RetryNow() workspace.Retried {
	b.note("retry")
	return b.retried
}
func (b *fakeBackend) Prioritize(id workspace.TabID) { b.note("prioritize %d", id) }
func (b *fakeBackend) Choices() []workspace.TypeChoice {
	return []workspace.TypeChoice{
		{Name: "pods", Version: "v1", Kind: "Pod", Namespaced: true, ShortNames: []string{"po"}, Watched: true},
		{Name: "nodes", Version: "v1", Kind: "Node", ShortNames: []string{"no"}},
		{Name: "secrets", Version: "v1", Kind: "Secret", Namespaced: true, Forbidden: "may not list here"},
		{Name: "gauges", Group: "acme.io", Version: "v1", Kind: "Gauge", Namespaced: true, New: true},
	}
}

func (b *fakeBackend) Namespaces(context.Context) ([]string, error) {
	if b.hidesNamespaces {
		return nil, errors.New("may not list namespaces")
	}
	return []string{"default", "shop"}, nil
}

// Explain tells why the pod crashes that does.
func (b *fakeBackend) Explain(of versions.Object, _ string) (health.Finding, bool) {
	if of.Key.Name != crashing {
		return health.Finding{}, false
	}
	b.note("explain %s", of.Key)
	return health.Finding{
		Health:  model.Health{Level: model.Unhealthy, Reason: "CrashLoopBackOff"},
		Message: "container api: back-off 5m0s restarting failed container=api\npod=" + crashing + "_shop",
	}, true
}

func (b *fakeBackend) Fetch(context.Context, workspace.TabID, model.RowID) ([]byte, error) {
	return []byte(`{"kind":"Pod","metadata":{"managedFields":[{"manager":"kubectl"}]}}`), nil
}

func (b *fakeBackend) Reveal(context.Context, workspace.TabID, model.RowID) (workspace.Revealed, error) {
	return workspace.Revealed{
		JSON:    []byte(`{"kind":"Pod","data":{"password":"b3Blbg=="}}`),
		Encoded: [][]string{{"data", "*"}},
	}, nil
}

var podColumns = &model.Columns{List: []model.Column{
	{Name: "Name", IsName: true},
	{Name: "Ready"},
	{Name: "Status"},
	{Name: "Restarts", Kind: model.Number},
	{Name: "Age", Kind: model.Date},
	{Name: "Node", Wide: true},
}}

func pod(namespace, name, ready, status string, restarts int, age time.Duration, health model.Health) *model.Object {
	created := now.Add(-age).Unix()
	o := &model.Object{
		Key: model.Key{Namespace: namespace, Name: name}, UID: types.UID(name), ResourceVersion: "1",
		Created: created, Columns: podColumns, Health: health,
		Cells: []string{name, ready, status, fmt.Sprint(restarts), fmt.Sprint(created), "node-1"},
	}
	o.SetJSON(model.NewPacker(), fmt.Appendf(nil,
		`{"apiVersion":"v1","kind":"Pod","metadata":{"name":%q,"namespace":%q,"labels":{"app":"web"}},"status":{"phase":%q,"restartCount":%d}}`,
		name, namespace, status, restarts))
	return o
}

// screen is the root model with one tab of pods, as the program runs it.
type screen struct {
	stops         int // how often the process was to stop
	t             *testing.T
	app           *ui.App
	backend       *fakeBackend
	recorder      *fakeRecorder
	player        ui.Playback
	rewinder      *fakeRewinder
	width, height int
	history       *fakeHistory
	store         *model.Store
	tab           workspace.Tab
	context       string
	namespace     string                              // in force
	changed       chan struct{}                       // the view has
	passed        time.Duration                       // since now
	ahead         time.Duration                       // of the server's clock
	judged        func(ok func(problems.Window) bool) // waits for the list of problems
	listed        func(ok func(problems.Window) bool) // draws it, too
}

func newScreen(t *testing.T, width, height int) *screen {
	t.Helper()
	return newScreenOf(t, width, height, nil)
}

// newScreenOf shows a recording, or where player is nil a live cluster.
func newScreenOf(t *testing.T, width, height int, player ui.Playback) *screen {
	t.Helper()
	clock := testclock.NewFakeClock(now)
	store := model.NewStore(model.WithClock(clock))
	store.SetColumns(podColumns)
	healthy := model.Health{Level: model.Healthy}
	for _, o := range []*model.Object{
		pod("shop", "api-7c9d8b6f5-2xk4p", "1/1", "Running", 0, 3*time.Hour+12*time.Minute, healthy),
		pod("shop", "api-7c9d8b6f5-9qzrt", "0/1", "CrashLoopBackOff", 7, 192*time.Minute, model.Health{Level: model.Unhealthy, Reason: "CrashLoopBackOff"}),
		pod("shop", "batch-28841-x7k2m", "0/1", "ContainerCreating", 0, 2*time.Second, model.Health{Level: model.Progressing}),
		pod("web", "cart\x1b[31m-evil", "1/1", "Running", 0, 11*24*time.Hour, healthy),
	} {
		store.Apply(o)
	}
	store.Retain(func(model.Key) bool { return true })
	changed := make(chan struct{}, 1)
	mark := func() {
		select {
		case changed <- struct{}{}:
		default:
		}
	}
	view := model.NewView(t.Context(), []model.Source{{Store: store, Name: "pods", Kind: "Pod"}}, model.Spec{}, mark, model.WithClock(clock))
	t.Cleanup(view.Close)
	s := &screen{t: t, backend: &fakeBackend{pages: &fakePages{}}, recorder: &fakeRecorder{}, rewinder: &fakeRewinder{}, player: player, width: width, height: height, history: &fakeHistory{}, store: store, context: "prod-eu", changed: changed}
	s.tab = workspace.Tab{
		ID: 1, Title: "po", Resolved: true, View: view, Context: "prod-eu",
		Sources: []workspace.Source{{
			Name: "pods", Kind: "Pod", Namespaced: true, Columns: podColumns, Count: 4, Unhealthy: 1,
			State: informers.State{Phase: informers.Live, Synced: true, LastHeard: now},
		}},
	}
	s.app = ui.New(ui.Options{
		Context: t.Context(), Backend: s.backend, History: s.history, Keys: keymap.Default(),
		Log: logbuffer.New(10, 1000, func() {}), Now: func() time.Time { return now.Add(s.passed) },
		Contexts: func() ([]string, error) { return []string{"prod-eu", "dev"}, nil },
		Playback: player, Recorder: s.recorder, Rewinder: s.rewinder,
		Suspend: func() tea.Msg { s.stops++; return nil },
	})
	s.send(tea.WindowSizeMsg{Width: width, Height: height})
	s.await(func(w model.Window) bool { return w.Len == 4 })
	return s
}

// showHints begins as for a newcomer.
func (s *screen) showHints(hints ui.Hints) {
	s.app = ui.New(ui.Options{
		Context: s.t.Context(), Backend: s.backend, Keys: keymap.Default(), Log: logbuffer.New(10, 1000, func() {}),
		Now: func() time.Time { return now }, Playback: s.player, Hints: hints,
	})
	s.send(tea.WindowSizeMsg{Width: s.width, Height: s.height})
	s.frame()
	for _, msg := range s.run(s.app.Init()) {
		s.send(msg)
	}
}

func (s *screen) frame() {
	s.send(ui.FrameMsg{Snapshot: workspace.Snapshot{
		Context: s.context, Namespace: s.namespace, IsPast: s.rewinder.isPast(), Tabs: []workspace.Tab{s.tab}, Unhealthy: s.tab.Sources[0].Unhealthy,
		Ahead: s.ahead,
	}})
}

// send gives the root a message and, one after the other, all that comes of it.
func (s *screen) send(msg tea.Msg) {
	s.t.Helper()
	queue := []tea.Msg{msg}
	for n := 0; len(queue) > 0; n++ {
		if n > 100 {
			s.t.Fatalf("messages without end, the last is %T", queue[0])
		}
		msg, queue = queue[0], queue[1:]
		if batch, ok := msg.(tea.BatchMsg); ok {
			for _, cmd := range batch {
				queue = append(queue, s.run(cmd)...)
			}
			continue
		}
		_, cmd := s.app.Update(msg)
		s.app.View() // as the program does
		queue = append(queue, s.run(cmd)...)
	}
}

// run waits for a command, but not for those that wait for the clock.
func (s *screen) run(cmd tea.Cmd) []tea.Msg {
	s.t.Helper()
	if cmd == nil || isTick(cmd) {
		return nil
	}
	done := make(chan tea.Msg, 1)
	go func() { done <- cmd() }()
	select {
	case msg := <-done:
		if msg == nil {
			return nil
		}
		return []tea.Msg{msg}
	case <-time.After(time.Minute):
		s.t.Fatal("a command never ends")
		return nil
	}
}

// isTick tells whether a command waits for the clock: the one that tea.Tick makes.
func isTick(cmd tea.Cmd) bool {
	return strings.Contains(runtime.FuncForPC(reflect.ValueOf(cmd).Pointer()).Name(), "bubbletea/v2.Tick.")
}

func (s *screen) press(keys ...string) {
	s.t.Helper()
	named := map[string]rune{"enter": tea.KeyEnter, "esc": tea.KeyEscape, "tab": tea.KeyTab, "down": tea.KeyDown, "space": tea.KeySpace}
	for _, key := range keys {
		if code, ok := named[key]; ok {
			s.send(tea.KeyPressMsg{Code: code})
			continue
		}
		if letter, ok := strings.CutPrefix(key, "ctrl+"); ok {
			s.send(tea.KeyPressMsg{Code: rune(letter[0]), Mod: tea.ModCtrl})
			continue
		}
		for _, r := range key {
			s.send(tea.KeyPressMsg{Code: r, Text: string(r)})
		}
	}
}

// view is the text on the screen, without styles.
func (s *screen) view() string { return ansi.Strip(s.app.View().Content) }

func (s *screen) mustShow(words ...string) {
	s.t.Helper()
	for _, w := range words {
		if !strings.Contains(s.view(), w) {
			s.t.Errorf("%q is not on the screen:\n%s", w, s.view())
		}
	}
}

func (s *screen) mustHaveCalled(call string) {
	s.t.Helper()
	s.backend.mu.Lock()
	defer s.backend.mu.Unlock()
	for _, c := range s.backend.calls {
		if c == call {
			return
		}
	}
	s.t.Errorf("%q was not asked for, but %q", call, s.backend.calls)
}

func (s *screen) mustNotHaveCalled(call string) {
	s.t.Helper()
	s.backend.mu.Lock()
	defer s.backend.mu.Unlock()
	if slices.Contains(s.backend.calls, call) {
		s.t.Errorf("%q was asked for", call)
	}
}

func TestScreens(t *testing.T) {
	for _, size := range []struct{ width, height int }{{60, 15}, {80, 24}, {120, 40}, {200, 50}} {
		for name, keys := range map[string][]string{
			"list":    nil,
			"pane":    {"down", "y"},
			"focused": {"down", "enter", "down"},
			"picker":  {"a", "o"},
			"help":    {"?"},
			"log":     {":logs", "enter"},
			"command": {":ns s"},
			"nothing": {"/zzz"},
		} {
			name := fmt.Sprintf("%s-%dx%d", name, size.width, size.height)
			t.Run(name, func(t *testing.T) {
				s := newScreen(t, size.width, size.height)
				s.press(keys...)
				s.settle()
				golden.Screen(t, name, s.view(), size.width, size.height)
			})
		}
	}
}

// settle waits until the view has what was asked of it.
func (s *screen) settle() {
	s.t.Helper()
	s.await(func(w model.Window) bool { return !w.Rebuilding })
}

// await waits until the view is as said, and draws a frame.
func (s *screen) await(ok func(model.Window) bool) {
	s.t.Helper()
	late := time.After(60 * time.Second)
	for !ok(s.tab.View.Window(0, 0)) {
		select {
		case <-s.changed:
		case <-late:
			s.t.Fatalf("the view stays as it is: %+v", s.tab.View.Window(0, 0))
		}
	}
	s.frame()
}

func TestTooSmallSaysSo(t *testing.T) {
	s := newScreen(t, 59, 14)
	s.mustShow("dogwatch needs 60x15", "59x14")
	s.send(tea.WindowSizeMsg{Width: 80, Height: 24})
	s.mustShow("api-7c9d8b6f5-2xk4p")
}

func TestAnyResizeIsSurvived(t *testing.T) {
	s := newScreen(t, 80, 24)
	s.press("y")
	for width := 0; width <= 220; width += 7 {
		for height := 0; height <= 60; height += 5 {
			s.app.Update(tea.WindowSizeMsg{Width: width, Height: height})
			if lines := strings.Count(s.view(), "\n") + 1; width >= 60 && height >= 15 && lines != height {
				t.Fatalf("%d lines at %dx%d", lines, width, height)
			}
		}
	}
}

func TestHostileNamesDoNotReachTheTerminal(t *testing.T) {
	s := newScreen(t, 120, 40)
	if strings.Contains(s.app.View().Content, "\x1b[31m-evil") {
		t.Error("an escape sequence in a name reached the terminal")
	}
}

func TestCommandLineReachesTheBackend(t *testing.T) {
	s := newScreen(t, 120, 40)
	s.press(":deploy shop", "enter", ":ns default", "enter", ":ns all", "enter", ":drop po", "enter", "0", "x")
	for _, call := range []string{
		`open deploy in "shop"`, `namespace "default"`, `namespace ""`, "close 1", "toggle namespaces",
	} {
		s.mustHaveCalled(call)
	}
	s.press(":ctx nope", "enter")
	s.mustShow("no such context")
	s.press(":po -x", "enter")
	s.mustShow("unknown flag")
}

func TestPickerAppliesMarks(t *testing.T) {
	s := newScreen(t, 120, 40)
	s.press("a", "gauge", "space", "enter")
	s.mustHaveCalled("apply +[gauges.acme.io] -[] false")
	s.press("a", "pods", "enter")
	s.mustHaveCalled("apply +[] -[pods] false")
}

func TestPaneFollowsTheObject(t *testing.T) {
	s := newScreen(t, 140, 40)
	s.press("down", "y")
	s.mustShow("Pod api-7c9d8b6f5-9qzrt", "restartCount")
	changed := pod("shop", "api-7c9d8b6f5-9qzrt", "0/1", "CrashLoopBackOff", 8, 192*time.Minute, model.Health{Level: model.Unhealthy})
	changed.ResourceVersion = "2"
	version := s.tab.View.Window(0, 0).Version
	s.store.Apply(changed)
	s.await(func(w model.Window) bool { return w.Version != version })
	s.mustShow("~   restartCount: 8")
}

func TestRevealLastsUntilTheNextKey(t *testing.T) {
	s := newScreen(t, 120, 40)
	s.press("enter")
	for _, next := range []rune{tea.KeyDown, tea.KeyF12} { // of the pane, and of nothing
		s.press("s")
		s.mustShow("password: open  # decoded, 4 bytes")
		s.send(tea.KeyPressMsg{Code: next})
		if strings.Contains(s.view(), "password") {
			t.Errorf("the revealed value is still on the screen after %s", tea.KeyPressMsg{Code: next})
		}
	}
}

func TestFilterAndUnhealthyNarrowTheList(t *testing.T) {
	s := newScreen(t, 120, 40)
	s.press("/batch", "enter")
	s.settle()
	s.mustShow("1 of 1")
	s.press("esc", "!")
	s.settle()
	s.mustShow("1 of 2", "not healthy")
}
