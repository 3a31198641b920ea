package cli

import (
	"fmt"
	"image/color"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"

	"github.com/dogwatch/dogwatch/informers"
	"github.com/dogwatch/dogwatch/keymap"
	"github.com/dogwatch/dogwatch/logbuffer"
	"github.com/dogwatch/dogwatch/setup"
	"github.com/dogwatch/dogwatch/ui"
	"github.com/dogwatch/dogwatch/ui/golden"
	"github.com/dogwatch/dogwatch/workspace"
)

// demoScreens are moments of the demo, and the keys that lead to a screen worth keeping.
var demoScreens = []struct {
	name string
	at   time.Duration
	keys []string
}{
	{"begin", time.Second, nil},
	{"crash", 45 * time.Second, []string{"!", "y"}},
	{"bad-release", 85 * time.Second, []string{"2", "enter"}},
	{"node-lost", 115 * time.Second, []string{"5", "t"}},
	{"late", 175 * time.Second, []string{"7", "/Warning", "enter"}},
}

// looks are the kinds of terminals.
var looks = []struct {
	name       string
	background color.Color
	profile    colorprofile.Profile
}{
	{"dark", color.Black, colorprofile.TrueColor},
	{"light", color.White, colorprofile.TrueColor},
	{"plain", color.Black, colorprofile.Ascii},
}

// Each screen of the demo is the same on every run, in every terminal.
func TestDemoScreens(t *testing.T) {
	for _, screen := range demoScreens {
		t.Run(screen.name, func(t *testing.T) {
			d := newDemoScreen(t, screen.at)
			for _, look := range looks {
				d.send(tea.BackgroundColorMsg{Color: look.background})
				d.send(tea.ColorProfileMsg{Profile: look.profile})
				for _, size := range []struct{ width, height int }{{80, 24}, {120, 40}, {200, 50}} {
					d.send(tea.WindowSizeMsg{Width: size.width, Height: size.height})
					d.settle()
					d.press(screen.keys...)
					screen.keys = nil // they hold for the screens that follow
					d.settle()
					name := fmt.Sprintf("demo/%s-%dx%d-%s", screen.name, size.width, size.height, look.name)
					golden.Styled(t, name, d.app.View().Content, size.width, size.height)
				}
			}
		})
	}
}

// demoScreen is the dashboard on the demo, without a terminal.
type demoScreen struct {
	*testing.T
	app   *ui.App
	ws    *workspace.Workspace
	run   *replayRun
	heard chan tea.Msg
}

func newDemoScreen(t *testing.T, at time.Duration) *demoScreen {
	t.Helper()
	d := &demoScreen{T: t, run: playDemo(t, at), heard: make(chan tea.Msg)}
	kubeconfig := filepath.Join(t.TempDir(), "kubeconfig")
	if err := os.WriteFile(kubeconfig, d.run.Kubeconfig, 0o600); err != nil {
		t.Fatal(err)
	}
	o := options{Options: setup.New()}
	o.Kube.Kubeconfig, o.AllNamespaces, o.past, o.Played, o.Recorded = kubeconfig, true, d.run.Player, d.run.Player.Now, d.run.Player
	var err error
	if d.ws, err = o.Workspace(t.Context(), func() {}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.ws.Close(t.Context()) })
	if err := setup.OpenTabs(d.ws, demoTypes(), setup.DefaultTypes()); err != nil {
		t.Fatal(err)
	}
	d.app = ui.New(ui.Options{
		Context: t.Context(), Backend: d.ws, Keys: keymap.Default(), Log: logbuffer.New(1, 1, func() {}), Playback: d.run.Player,
		Now: func() time.Time { return time.Now().UTC() },
	})
	d.eventually("all that is to be shown", d.complete)
	return d
}

// complete tells that each tab shows its types, or says why not.
func (d *demoScreen) complete() bool {
	if state := d.run.Player.State(); !state.Counted.Equal(state.End) {
		return false
	}
	return !slices.ContainsFunc(d.ws.Snapshot().Tabs, func(tab workspace.Tab) bool {
		return tab.Problem == "" && (len(tab.Sources) == 0 || slices.ContainsFunc(tab.Sources, func(s workspace.Source) bool {
			return s.State.Phase != informers.Live
		}))
	})
}

// settle draws until nothing is under way.
func (d *demoScreen) settle() {
	d.Helper()
	before := ""
	d.eventually("a screen that stands still", func() bool {
		d.hear()
		d.send(ui.FrameMsg{Snapshot: d.ws.Snapshot()})
		now := d.app.View().Content
		same := now == before
		before = now
		isReading := strings.Contains(now, "reading…") // the pane has asked for what it shows
		return same && !isReading && !slices.ContainsFunc(d.ws.Snapshot().Tabs, func(tab workspace.Tab) bool {
			return tab.View != nil && lags(tab)
		})
	})
}

// lags tells that a tab's rows are not yet what its watches have.
func lags(tab workspace.Tab) bool {
	had := 0
	for _, s := range tab.Sources {
		had += s.Count
	}
	rows := tab.View.Window(0, 0)
	return rows.Rebuilding || rows.Total != had
}

func (d *demoScreen) eventually(what string, holds func() bool) {
	d.Helper()
	eventually(d, what, holds, func() string { return ansi.Strip(d.app.View().Content) })
}

func (d *demoScreen) press(keys ...string) {
	for _, key := range keys {
		if key == "enter" {
			d.send(tea.KeyPressMsg{Code: tea.KeyEnter})
			continue
		}
		for _, r := range key {
			d.send(tea.KeyPressMsg{Code: r, Text: string(r)})
		}
		d.settle()
	}
}

// send gives the root a message. What comes of it is for hear.
func (d *demoScreen) send(msg tea.Msg) {
	if batch, ok := msg.(tea.BatchMsg); ok {
		for _, cmd := range batch {
			d.do(cmd)
		}
		return
	}
	_, cmd := d.app.Update(msg)
	d.do(cmd)
}

// do has a command done, and its message put where hear finds it.
func (d *demoScreen) do(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	ctx := d.Context()
	go func() {
		select {
		case d.heard <- cmd():
		case <-ctx.Done():
		}
	}()
}

// hear takes in the messages that have come.
func (d *demoScreen) hear() {
	for {
		select {
		case msg := <-d.heard:
			if msg != nil {
				d.send(msg)
			}
		default:
			return
		}
	}
}
