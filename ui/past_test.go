package ui_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/replay/playback"
	"github.com/dogwatch/dogwatch/ui"
	"github.com/dogwatch/dogwatch/ui/golden"
	"github.com/dogwatch/dogwatch/workspace"
)

// fakePlayer is a paused recording of ten minutes, five of which have gone by. It notes what it is asked for.
type fakePlayer struct {
	mu    sync.Mutex
	state playback.State
	calls []string
	err   error
}

func newFakePlayer() *fakePlayer {
	p := &fakePlayer{state: playback.State{
		Begin: now.Add(-5 * time.Minute), End: now.Add(5 * time.Minute), Now: now, Counted: now.Add(5 * time.Minute),
		Speed: 1, Paused: true, Density: make([]uint32, 512),
	}}
	for i := range p.state.Density {
		p.state.Density[i] = uint32(i % 40)
	}
	return p
}

func (p *fakePlayer) State() playback.State {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.state
}

func (p *fakePlayer) do(change func(*playback.State), format string, args ...any) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls = append(p.calls, fmt.Sprintf(format, args...))
	if p.err == nil {
		change(&p.state)
	}
	return p.err
}

func (p *fakePlayer) SetPaused(_ context.Context, paused bool) error {
	return p.do(func(s *playback.State) { s.Paused = paused }, "paused %v", paused)
}

func (p *fakePlayer) SetSpeed(_ context.Context, speed float64) error {
	return p.do(func(s *playback.State) { s.Speed = speed }, "speed %g", speed)
}

func (p *fakePlayer) Seek(_ context.Context, at time.Time) error {
	return p.do(func(s *playback.State) { s.Now = at }, "seek %s", at.UTC().Format(time.TimeOnly))
}

func (p *fakePlayer) Step(_ context.Context, to playback.Direction) error {
	return p.do(func(*playback.State) {}, "step %d", to)
}

func (p *fakePlayer) SeekBusy(_ context.Context, to playback.Direction) error {
	return p.do(func(*playback.State) {}, "busy %d", to)
}

func (p *fakePlayer) SeekChange(_ context.Context, of playback.Object, to playback.Direction) error {
	return p.do(func(*playback.State) {}, "change of %s %s/%s %d", of.Resource.GroupResource(), of.Namespace, of.Name, to)
}

func newPastScreen(t *testing.T, width, height int) (*screen, *fakePlayer) {
	t.Helper()
	p := newFakePlayer()
	s := newScreenOf(t, width, height, p)
	s.tab.Sources[0].Watch.GVR = schema.GroupVersionResource{Version: "v1", Resource: "pods"}
	s.frame()
	return s, p
}

func (p *fakePlayer) mustHaveBeenAsked(t *testing.T, want ...string) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if !slices.Equal(p.calls, want) {
		t.Errorf("the player was asked for %q, want %q", p.calls, want)
	}
}

func TestRecordingScreens(t *testing.T) {
	for _, size := range []struct{ width, height int }{{60, 15}, {80, 24}, {120, 40}} {
		for name, keys := range map[string][]string{
			"recording": nil,
			"steering":  {"t"},
			"past-pane": {"t", "down", "y"},
		} {
			name := fmt.Sprintf("%s-%dx%d", name, size.width, size.height)
			t.Run(name, func(t *testing.T) {
				s, _ := newPastScreen(t, size.width, size.height)
				s.press(keys...)
				s.settle()
				golden.Screen(t, name, s.view(), size.width, size.height)
			})
		}
	}
}

func TestKeysSteerTheTime(t *testing.T) {
	s, p := newPastScreen(t, 120, 40)
	s.press("space") // is the list's while the time is not steered
	s.press("t", "space", "l", "h", "}", "{", "+", "-")
	s.send(tea.KeyPressMsg{Code: tea.KeyEnd})
	s.send(tea.KeyPressMsg{Code: tea.KeyHome})
	p.mustHaveBeenAsked(t, "paused false", "step 1", "step -1", "busy 1", "busy -1", "speed 2", "speed 1", "seek 14:07:31", "seek 13:57:31")
}

func TestSteeringTheTimeLeavesTheListItsOtherKeys(t *testing.T) {
	s, p := newPastScreen(t, 120, 40)
	s.press("t", "down", "n", "p", "esc", "n")
	p.mustHaveBeenAsked(t, "change of pods shop/api-7c9d8b6f5-9qzrt 1", "change of pods shop/api-7c9d8b6f5-9qzrt -1")
	s.mustHaveCalled(`namespace "shop"`)
}

// What lies over the list shows the same moment, so time is steered from there too, but for keys that the page has itself, and for those
// of the object under the cursor, which is not seen.
func TestTheTimeIsSteeredFromPages(t *testing.T) {
	for _, page := range []string{"A", "P", "S"} {
		t.Run(page, func(t *testing.T) {
			s, p := newPastScreen(t, 120, 40)
			s.press(page, "h", "}")
			p.mustHaveBeenAsked(t)
			s.press("t", "h", "l", "}", "{", "n", "p", "space")
			p.mustHaveBeenAsked(t, "step -1", "step 1", "busy 1", "busy -1")
			s.press("t", "h", "t", "h")
			p.mustHaveBeenAsked(t, "step -1", "step 1", "busy 1", "busy -1", "step -1")
			s.press("esc", "h")
			p.mustHaveBeenAsked(t, "step -1", "step 1", "busy 1", "busy -1", "step -1", "step -1")
		})
	}
}

func TestCommandsSteerTheTime(t *testing.T) {
	s, p := newPastScreen(t, 120, 40)
	s.press(":at 5m20s", "enter", ":at 14:03:00", "enter", ":speed 1/4", "enter", ":play", "enter", ":pause", "enter")
	p.mustHaveBeenAsked(t, "seek 14:02:51", "seek 14:03:00", "speed 0.25", "paused false", "paused true")
	s.press("t@", "6m", "enter")
	s.mustShow("recording")
	if got := p.State().Now; !got.Equal(now.Add(time.Minute)) {
		t.Errorf("jumped to %s", got)
	}
	s.press(":at 14:30", "enter")
	s.mustShow("14:30:00 is not known: what is goes from 2026-11-23 13:57:31 to 2026-11-23 14:07:31")
	s.press(":at soon", "enter")
	s.mustShow(`"soon" is no moment`)
}

func TestTheEndOfTheMomentsIsNoFailure(t *testing.T) {
	s, p := newPastScreen(t, 120, 40)
	p.err = fmt.Errorf("stepping: %w", playback.ErrNoMoment)
	s.press("t", "l")
	s.mustShow("nothing more in that direction")
}

func TestAClickOnTheBarGoesThere(t *testing.T) {
	s, p := newPastScreen(t, 120, 40)
	line := strings.Split(s.view(), "\n")[38]
	at := strings.Index(line, "13:57:31")
	if at < 0 {
		t.Fatalf("the last line but one is no bar: %q", line)
	}
	column := len([]rune(line[:at])) + len("13:57:31 ")
	s.send(tea.MouseClickMsg{X: column, Y: 38, Button: tea.MouseLeft})
	p.mustHaveBeenAsked(t, "seek 13:57:31")
}

func TestTheClockIsTheRecordings(t *testing.T) {
	s, p := newPastScreen(t, 120, 40)
	s.mustShow("14:02:31")
	p.mu.Lock()
	p.state.Now = now.Add(time.Minute)
	p.mu.Unlock()
	s.frame()
	s.mustShow("14:03:31", "3h13m")
}

func TestWhatIsMissingOfARecordingIsSaidOnce(t *testing.T) {
	s, p := newPastScreen(t, 120, 40)
	p.mu.Lock()
	p.state.Problems = []string{"it breaks off at 14:05"}
	p.mu.Unlock()
	s.frame()
	s.mustShow("✖ it breaks off at 14:05")
	s.press("down")
	s.frame()
	if strings.Contains(s.view(), "breaks off") {
		t.Error("a key does not put it away")
	}
	p.mu.Lock()
	p.state.Problems = []string{"it breaks off at 14:05", "notes.txt: left out", "a part is damaged"}
	p.mu.Unlock()
	s.frame()
	s.mustShow("✖ 2 problems, see dogwatch recording info; the last: a part is damaged")
}

// A seek does not wait for what is under way, and what comes of that is old.
func TestASeekOvertakesWhatIsUnderWay(t *testing.T) {
	s, p := newPastScreen(t, 120, 40)
	s.press("t")
	_, slow := s.app.Update(tea.KeyPressMsg{Code: 'l', Text: "l"}) // its answer comes late
	s.press("l", "l")
	s.send(tea.KeyPressMsg{Code: tea.KeyEnd})
	p.mustHaveBeenAsked(t, "seek 14:07:31")
	for _, msg := range s.run(slow) {
		if batch, ok := msg.(tea.BatchMsg); ok {
			for _, cmd := range batch {
				for _, late := range s.run(cmd) {
					s.send(late)
				}
			}
			continue
		}
		s.send(msg)
	}
	p.mustHaveBeenAsked(t, "seek 14:07:31", "step 1")
	s.press("h")
	p.mustHaveBeenAsked(t, "seek 14:07:31", "step 1", "step -1")
}

// In a gap the server of a recording answers as ever, but what it serves is older.
func TestRowsInAGapAreDated(t *testing.T) {
	s, p := newPastScreen(t, 120, 40)
	gap := playback.Gap{From: now.Add(-31 * time.Second), To: now.Add(time.Minute), Type: "pods.v1", Reason: "retrying: connection refused"}
	for name, change := range map[string]func(*playback.Gap){
		"of the type": func(*playback.Gap) {},
		"of all":      func(g *playback.Gap) { g.Type = "" },
	} {
		change(&gap)
		p.mu.Lock()
		p.state.Gaps = []playback.Gap{gap}
		p.mu.Unlock()
		s.mustShow("◌ 1 stale", "stale 31s", "rows as of 14:02:00", "the recording has a gap: retrying: connection refused", "paused ░ gap")
		if strings.Contains(s.view(), "1 live") {
			t.Errorf("%s: the watch is live in\n%s", name, s.view())
		}
	}
	p.mu.Lock()
	p.state.Gaps[0].Type = "nodes.v1"
	p.mu.Unlock()
	s.mustShow("● 1 live")
	p.mu.Lock()
	p.state.Now = gap.To
	p.mu.Unlock()
	s.mustShow("● 1 live", "14:03:31")
}

// What differs because a recording begins anew is no news of the other tabs, whose counts else grow with each time.
func TestWhatComesWithTimeThatGoesBackIsNoNews(t *testing.T) {
	s, p := newPastScreen(t, 120, 40)
	second := s.tab
	second.ID, second.Title = 2, "other"
	second.Sources = slices.Clone(s.tab.Sources)
	frame := func() {
		s.send(ui.FrameMsg{Snapshot: workspace.Snapshot{Context: s.context, Tabs: []workspace.Tab{s.tab, second}}})
	}
	change := func(version string) {
		o := pod("shop", creating, "0/1", version, 0, time.Second, model.Health{})
		o.ResourceVersion = version
		before := s.tab.View.Changes()
		s.store.Apply(o)
		for s.tab.View.Changes() == before {
			<-s.changed
		}
		frame()
	}
	at := func(d time.Duration) {
		p.mu.Lock()
		p.state.Now = now.Add(d)
		p.mu.Unlock()
		frame()
	}
	frame()
	change("2")
	s.mustShow("other 4 ~1")
	at(time.Minute)
	s.mustShow("other 4 ~1")
	at(-time.Minute)
	s.mustNotShow("~1")
	change("3")
	s.mustNotShow("~1")
	s.passed += time.Minute
	second.Sources[0].State.Synced = false // it lists anew
	change("4")
	s.mustNotShow("~1")
	second.Sources[0].State.Synced = true
	change("5")
	s.mustShow("other 4 ~1")
}

// Where a recording begins anew what was there at its end is no longer there, but nobody has deleted it. Where the user goes back the marks say
// what differs.
func TestNothingIsMarkedWhereARecordingBeginsAnew(t *testing.T) {
	for name, test := range map[string]struct {
		paused bool
		to     time.Duration
		marked bool
	}{
		"begun anew": {to: time.Second},
		"gone back":  {to: 4 * time.Minute, marked: true},
		"at a stop":  {to: 0, paused: true, marked: true},
	} {
		t.Run(name, func(t *testing.T) {
			s, p := newPastScreen(t, 120, 40)
			p.mu.Lock()
			p.state.Now, p.state.Paused = p.state.End, test.paused
			p.mu.Unlock()
			s.frame()
			p.mu.Lock()
			p.state.Now = p.state.Begin.Add(test.to)
			p.mu.Unlock()
			s.frame()
			o := s.tab.View.Window(0, 1).Rows[0].Object
			s.store.Delete(o.Key, nil)
			isThere := func() bool { return s.tab.View.Window(0, 1).Rows[0].Object == o }
			for !test.marked && isThere() || test.marked && s.tab.View.Window(0, 1).Rows[0].Mark != model.Gone {
				<-s.changed
			}
			s.frame()
			if got := isThere(); got != test.marked {
				t.Errorf("the row is there: %v, want %v", got, test.marked)
			}
		})
	}
}
