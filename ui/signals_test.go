package ui_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"github.com/dogwatch/dogwatch/informers"
	"github.com/dogwatch/dogwatch/keymap"
	"github.com/dogwatch/dogwatch/logbuffer"
	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/change"
	"github.com/dogwatch/dogwatch/model/relation"
	sig "github.com/dogwatch/dogwatch/model/signal"
	"github.com/dogwatch/dogwatch/ui"
	"github.com/dogwatch/dogwatch/ui/golden"
)

// rules stand for what applies rules: a test says what they tell.
type rules struct {
	list    *sig.List
	changed chan struct{}

	mu     sync.Mutex
	starts int
	state  ui.SignalsState
	muted  string // the fingerprint or the rule

	later time.Duration // of the screen's clock; for the test alone
}

func newRules(t *testing.T) *rules {
	r := &rules{changed: make(chan struct{}, 1)}
	r.list = sig.NewList(sig.ListOptions{Changed: func() { signal(r.changed) }, Muted: func(s *sig.Signal) sig.Muting {
		r.mu.Lock()
		defer r.mu.Unlock()
		switch r.muted {
		case s.Rule:
			return sig.MutedByRule
		case s.Fingerprint:
			return sig.MutedItself
		}
		return sig.NotMuted
	}})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); r.list.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
	return r
}

func (r *rules) List() *sig.List { return r.list }

func (r *rules) State() ui.SignalsState {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.state
}

func (r *rules) Start(context.Context) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.starts++
	r.state.Since = now.Add(-time.Minute)
}

func (r *rules) Mute(s *sig.Signal, rule bool) (string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.muted = s.Fingerprint
	if rule {
		r.muted = s.Rule
	}
	r.list.Notice()
	return "muted " + r.muted, nil
}

func (r *rules) ToggleTypes() (string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.state.Unwatched = nil
	return "watching the types of all rules", nil
}

// tell tells of an object. over is how long ago it was over, 0 where it goes on.
func (r *rules) tell(kind string, severity sig.Severity, resource, name string, ago, over time.Duration, message string) {
	id := relation.ID{Type: schema.ParseGroupResource(resource), Key: model.Key{Namespace: "shop", Name: name}}
	s := &sig.Signal{
		Fingerprint: kind + name, Rule: "rule-" + kind, Type: kind, Severity: severity, Title: "Something is " + kind, Message: message,
		Subject: sig.Subject{ID: id, UID: types.UID(name)}, Since: now.Add(-ago), Opened: now.Add(-ago),
		Change: &sig.Edit{
			Of: id, Path: "spec.template.spec.containers[name=\"web\"].image", Old: []byte(`"shop:1"`), New: []byte("\"shop:\x1b[2J2\""),
			By: change.Manager{Name: "kubectl\u202e"}, At: now,
		},
	}
	if kind == "CrashLoop" {
		s.Unwell = []sig.Unwell{{ID: relation.ID{Type: schema.ParseGroupResource("nodes"), Key: model.Key{Name: "node-3"}}, Reason: "Not\x1b[2JReady"}}
	}
	if over > 0 {
		s.Resolved = now.Add(-over)
	}
	r.list.Take(s)
}

func newSignalsScreen(t *testing.T, width, height int) (*screen, *rules) {
	t.Helper()
	s, r := newScreen(t, width, height), newRules(t)
	id := informers.Identity{Cluster: "prod-eu"}
	id.GVR.Resource = "pods"
	s.tab.Sources[0].Watch = id
	r.tell("CrashLoop", sig.Critical, "pods", crashing, 3*time.Minute, 0, "exit code 1, \x1b[31m14 restarts")
	r.tell("RolloutStuck", sig.Warning, "deployments.apps", "web", 4*time.Minute, 0, "timed out progressing, and this goes on for so long that it does not fit into a line of any screen that one looks at in an incident")
	r.tell("Scaled", sig.Info, "deployments.apps", "api", 10*time.Minute, 10*time.Minute, "from 2 to 4")
	r.tell("NotReady", sig.Critical, "nodes", "node-3", 20*time.Minute, 15*time.Minute, "Kubelet stopped posting node status.")
	r.list.SetReady()
	s.app = ui.New(ui.Options{
		Context: t.Context(), Backend: s.backend, Keys: keymap.Default(), Log: logbuffer.New(10, 1000, func() {}),
		Now: func() time.Time { return now.Add(r.later) }, Signals: r, Rewinder: s.rewinder, Contexts: func() ([]string, error) { return nil, nil },
	})
	s.send(tea.WindowSizeMsg{Width: width, Height: height})
	s.frame()
	s.told(r, func(w sig.Window) bool { return w.Len == 4 && w.Counts.Ready })
	return s, r
}

// told waits for what the list shows.
func (s *screen) told(r *rules, ok func(sig.Window) bool) {
	s.t.Helper()
	s.known(r, ok)
	s.frame()
}

// known waits for what the list shows, before it is drawn.
func (s *screen) known(r *rules, ok func(sig.Window) bool) {
	s.t.Helper()
	late := time.After(time.Minute)
	for !ok(r.list.Window(0, 100)) {
		select {
		case <-r.changed:
		case <-late:
			s.t.Fatalf("the list stays %+v", r.list.Window(0, 100))
		}
	}
}

func TestSignalsScreens(t *testing.T) {
	for _, size := range []struct{ width, height int }{{60, 15}, {80, 24}, {120, 40}, {200, 50}} {
		for name, keys := range map[string][]string{
			"signals":          {"S", "down"},
			"signals-unwell":   {"S"},
			"signals-filtered": {":signals", "enter", "/kubelet", "enter"},
			"signals-nothing":  {"S", "/zzz", "enter"},
		} {
			filter := map[string]string{"signals-filtered": "kubelet", "signals-nothing": "zzz"}[name] // each letter is one, too
			name := fmt.Sprintf("%s-%dx%d", name, size.width, size.height)
			t.Run(name, func(t *testing.T) {
				s, r := newSignalsScreen(t, size.width, size.height)
				s.press(keys...)
				s.told(r, func(w sig.Window) bool { return w.Filter.String() == filter })
				golden.Screen(t, name, s.view(), size.width, size.height)
			})
		}
	}
}

// Rules are applied when somebody wants to know what they tell, or from the start where that is asked for.
func TestRulesAreAppliedWhenSignalsAreLookedAt(t *testing.T) {
	s, r := newSignalsScreen(t, 120, 40)
	if r.starts != 0 {
		t.Fatal("rules are applied, and nobody asked")
	}
	s.press("S")
	if r.starts != 1 {
		t.Errorf("rules were begun %d times", r.starts)
	}
}

// Who may watch nothing is told so, with all types, and not that there is nothing to tell of.
func TestWhoMayWatchNothingIsToldSo(t *testing.T) {
	s, r := newSignalsScreen(t, 80, 24)
	r.list.Clear()
	r.list.SetReady()
	s.told(r, func(w sig.Window) bool { return w.Len == 0 && w.Counts.Ready })
	r.mu.Lock()
	for i := range 16 {
		r.state.Refused = append(r.state.Refused, fmt.Sprintf("kinds%d.of.a.group.io", i))
	}
	r.state.SeesNothing = true
	r.mu.Unlock()
	s.press("S")
	s.mustShow("you may not watch kinds0.of.a.group.io,", "kinds15.of.a.group.io:", "nothing is watched, so there is nothing")
	s.mustNotShow("nothing to tell of what is watched")
	r.tell("CrashLoop", sig.Critical, "pods", "web", time.Minute, 0, "")
	s.told(r, func(w sig.Window) bool { return w.Len == 1 })
	s.mustShow("you may not watch kinds0.of.a.group.io,", "shop/web", "…")
	s.mustNotShow("kinds15")
}

func TestSignalsAreMuted(t *testing.T) {
	s, r := newSignalsScreen(t, 120, 40)
	s.press("S", "m")
	s.told(r, func(w sig.Window) bool { return w.Len == 3 })
	s.mustShow("muted CrashLoop"+crashing, "1 muted")
	s.mustNotShow("14 restarts")
	s.press("v")
	s.told(r, func(w sig.Window) bool { return w.Len == 4 && w.Muted })
	s.mustShow("14 restarts", "muted: ")
	s.press("g")
	s.mustShow("muted: m tells it again")
	s.press("v")
	s.told(r, func(w sig.Window) bool { return !w.Muted && w.Len == 3 })
	s.press("g", "M")
	s.told(r, func(w sig.Window) bool { return w.Len == 3 && w.Signals[0].Type == "CrashLoop" })
	s.mustShow("muted rule-RolloutStuck")
	s.press("v")
	s.told(r, func(w sig.Window) bool { return w.Len == 4 && w.Muted })
	s.press("g", "down")
	s.mustShow("muted with its rule: M tells it again")
}

// The page says that rules are about more than what is watched, and which types may not be; a key has them watched.
func TestTypesOfRulesAreWatchedAtAKey(t *testing.T) {
	s, r := newSignalsScreen(t, 120, 24)
	r.mu.Lock()
	r.state.Unwatched, r.state.Refused = []string{"jobs.batch", "nodes"}, []string{"secrets\x1b[2J"}
	r.mu.Unlock()
	s.press("S")
	s.mustShow("you may not watch secrets␛[2J: rules tell nothing of that", "w watches 2 more types")
	s.press("w")
	s.mustShow("watching the types of all rules")
	s.mustNotShow("more types", "no type")
	r.mu.Lock()
	r.state.Unserved = []string{"pod (pods?)", "gone\x1b[2J"}
	r.mu.Unlock()
	s.mustShow("there is no type pod (pods?), gone␛[2J")
}

func TestASignalLeadsToItsObject(t *testing.T) {
	s, _ := newSignalsScreen(t, 120, 40)
	s.press("S", "enter")
	s.settle()
	s.mustBeOn(crashing)
	s.press("S", "down", "enter")                   // no tab has its type
	s.mustHaveCalled(`open deployments.apps in ""`) // the scope of all tabs, in which types are watched for rules, has it
	s.namespace = "payments"
	s.frame()
	s.press("S", "down", "enter")
	s.mustHaveCalled(`open deployments.apps in "shop"`)
}

// What matters is told wherever one is, until a moment later; what does not matter, is muted or is over is not.
func TestSignalsAreToldOfAtOnce(t *testing.T) {
	s, r := newSignalsScreen(t, 120, 40)
	s.mustNotShow("critical:")
	r.tell("Scaled", sig.Info, "deployments.apps", "more", 0, 0, "")
	s.told(r, func(w sig.Window) bool { return w.Len == 5 })
	s.mustNotShow("Scaled")
	r.tell("OutOfMemory", sig.Critical, "pods", "web-\x1b[2J1", 0, 0, "")
	s.told(r, func(w sig.Window) bool { return w.Len == 6 })
	s.mustShow("critical: shop/web-␛[2J1: Something is OutOfMemory", "S signals")
	r.later = time.Minute
	s.mustNotShow("OutOfMemory")
	r.later = 0
	s.mustShow("OutOfMemory")
	s.press("j")
	s.mustNotShow("OutOfMemory")
}

// What is found at once is told at once, the worst of it; what is found while that is to be seen is told with it, and nothing takes the place of what
// the user asked for.
func TestTheWorstSignalIsToldAndHowManyMore(t *testing.T) {
	s, r := newSignalsScreen(t, 120, 40)
	tell := func(n int, kind string, severity sig.Severity) {
		r.tell(kind, severity, "pods", "web-1", -time.Duration(n)*time.Second, 0, "")
		s.told(r, func(w sig.Window) bool { return w.Len == 4+n })
	}
	s.press("i") // which does nothing, and says so
	tell(1, "OutOfMemory", sig.Critical)
	s.mustNotShow("critical:")
	s.press("j")
	s.mustShow("critical: shop/web-1: Something is OutOfMemory   S signals")
	tell(2, "Scaled", sig.Info)
	s.mustShow("critical: shop/web-1: Something is OutOfMemory   S signals")
	tell(3, "RolloutStuck", sig.Warning)
	s.mustShow("critical: shop/web-1: Something is OutOfMemory   and 1 more   S signals")
	tell(4, "NotReady", sig.Critical)
	s.mustShow("critical: shop/web-1: Something is NotReady   and 2 more   S signals")
	r.later = time.Minute
	s.mustNotShow("critical:")
	tell(5, "Evicted", sig.Warning)
	s.mustShow("warning: shop/web-1: Something is Evicted   S signals")
}

// What opens while the past is shown is told as of now, also on the page, which shows what was.
func TestWhatOpensWhileThePastIsShownIsToldAsOfNow(t *testing.T) {
	s, r := newSignalsScreen(t, 120, 40)
	s.press("S", "t")
	if !s.rewinder.isPast() {
		t.Fatal("there is no past")
	}
	s.frame()
	r.tell("OutOfMemory", sig.Critical, "pods", "web-1", 0, 0, "")
	for s.frame(); !strings.Contains(s.view(), "now: critical: shop/web-1: Something is OutOfMemory"); s.frame() {
		select {
		case <-r.changed:
		case <-time.After(30 * time.Second):
			t.Fatalf("it is not told:\n%s", s.view())
		}
	}
}

// What is said of rules takes the place of a signal that was told: that is none of those that are told next.
func TestASignalWhosePlaceWasTakenIsNotToldWithTheNext(t *testing.T) {
	s, r := newSignalsScreen(t, 120, 40)
	r.tell("OutOfMemory", sig.Critical, "pods", "web-1", 0, 0, "")
	s.told(r, func(w sig.Window) bool { return w.Len == 5 })
	s.mustShow("critical: shop/web-1: Something is OutOfMemory")
	for _, behind := range []time.Duration{12 * time.Second, 0} {
		r.behind(behind)
		s.frame()
	}
	s.mustShow("rules are applied again to what happens")
	r.tell("Evicted", sig.Warning, "pods", "web-2", 0, 0, "")
	s.told(r, func(w sig.Window) bool { return w.Len == 6 })
	s.mustShow("warning: shop/web-2: Something is Evicted   S signals")
}

// A key is for what was to be seen under the cursor, not for what has come there since.
func TestAKeyIsForWhatWasUnderTheCursor(t *testing.T) {
	for _, key := range []string{"m", "M"} {
		s, r := newSignalsScreen(t, 120, 40)
		s.press("S")
		muted := func(want string) {
			t.Helper()
			r.mu.Lock()
			defer r.mu.Unlock()
			if want != "" && key == "M" {
				want = "rule-" + want
			}
			if want == "" && r.muted != "" || !strings.HasPrefix(r.muted, want) {
				t.Errorf("%s mutes %q, want %q", key, r.muted, want)
			}
		}
		r.tell("OutOfMemory", sig.Critical, "pods", "web-1", time.Minute, 0, "")
		s.known(r, func(w sig.Window) bool { return w.Len == 5 })
		s.press(key)
		muted("CrashLoop")
		s.told(r, func(w sig.Window) bool { return w.Len == 4 })

		r.muted = ""
		r.tell("Evicted", sig.Critical, "pods", "web-1", time.Second, 0, "")
		s.told(r, func(w sig.Window) bool { return w.Len == 6 })
		s.mustShow("1 of 6", "Something is Evicted")
		s.press(key)
		muted("")
		s.mustShow("another signal has just come under the cursor: press " + key + " again")
		s.press(key)
		muted("Evicted")
	}
	s, r := newSignalsScreen(t, 120, 40)
	s.press("S")
	r.tell("RolloutStuck", sig.Critical, "deployments.apps", "web", time.Minute, 0, "")
	s.known(r, func(w sig.Window) bool { return w.Len == 5 })
	s.press("enter")
	s.settle()
	s.mustBeOn(crashing)
}

// What is over is told apart from what is not judged any more, of which nobody knows.
func TestSignalsThatAreNotJudgedAnyMore(t *testing.T) {
	s, r := newSignalsScreen(t, 120, 24)
	of := relation.ID{Type: schema.ParseGroupResource("pods"), Key: model.Key{Namespace: "shop", Name: "lost"}}
	r.list.Take(&sig.Signal{
		Fingerprint: "lost", Rule: "gone", Type: "Gone", Severity: sig.Info, Title: "Its rule is gone", Subject: sig.Subject{ID: of},
		Opened: now.Add(-time.Hour), Since: now.Add(-time.Hour), Resolved: now.Add(-3 * time.Minute), Unknown: true,
	})
	s.told(r, func(w sig.Window) bool { return w.Len == 5 })
	s.press("S", "/lost", "enter")
	s.told(r, func(w sig.Window) bool { return w.Len == 1 })
	s.mustShow("? 3m", ", when it was judged no longer")
	s.mustNotShow("✓ 3m")
}
