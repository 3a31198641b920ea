package ui_test

import (
	"fmt"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/dogwatch/dogwatch/informers"
	"github.com/dogwatch/dogwatch/keymap"
	"github.com/dogwatch/dogwatch/logbuffer"
	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/ui"
	"github.com/dogwatch/dogwatch/workspace"
)

// busyScreen is the root model over twelve tabs of fifty pods.
type busyScreen struct {
	app     *ui.App
	now     time.Time
	tabs    []workspace.Tab
	store   *model.Store // of the tab that is shown
	changed chan struct{}
}

func newBusyScreen(b *testing.B) *busyScreen {
	b.Helper()
	s := &busyScreen{now: now, changed: make(chan struct{}, 1)}
	for i := range 12 {
		store := model.NewStore()
		store.SetColumns(podColumns)
		for n := range 50 {
			store.Apply(pod("shop", fmt.Sprintf("api-7c9d8b6f5-%05d", n), "1/1", "Running", 0,
				time.Duration(n)*time.Minute, model.Health{Level: model.Healthy}))
		}
		store.Retain(func(model.Key) bool { return true })
		mark := func() {}
		if i == 0 {
			s.store = store
			mark = func() {
				select {
				case s.changed <- struct{}{}:
				default:
				}
			}
		}
		view := model.NewView(b.Context(), []model.Source{{Store: store, Name: "pods", Kind: "Pod"}}, model.Spec{}, mark)
		b.Cleanup(view.Close)
		s.tabs = append(s.tabs, workspace.Tab{
			ID: workspace.TabID(i + 1), Title: fmt.Sprintf("po ns-%d", i), Resolved: true, View: view, Context: "prod-eu",
			Sources: []workspace.Source{{
				Name: "pods", Kind: "Pod", Namespaced: true, Columns: podColumns, Count: 50,
				State: informers.State{Phase: informers.Live, Synced: true, LastHeard: now},
			}},
		})
	}
	s.app = ui.New(ui.Options{
		Context: b.Context(), Backend: &fakeBackend{}, Keys: keymap.Default(),
		Log: logbuffer.New(10, 1000, func() {}), Now: func() time.Time { return s.now },
	})
	s.app.Update(tea.WindowSizeMsg{Width: 200, Height: 50})
	for s.tabs[0].View.Window(0, 0).Len < 50 {
		<-s.changed
	}
	s.frame()
	return s
}

func (s *busyScreen) frame() {
	tabs := make([]workspace.Tab, len(s.tabs))
	copy(tabs, s.tabs)
	s.app.Update(ui.FrameMsg{Snapshot: workspace.Snapshot{Context: "prod-eu", Tabs: tabs}})
}

// BenchmarkFrame is the program loop's share of a frame: Update and View.
func BenchmarkFrame(b *testing.B) {
	b.Run("clock", func(b *testing.B) {
		s := newBusyScreen(b)
		b.ReportAllocs()
		for b.Loop() {
			s.now = s.now.Add(time.Second)
			s.app.View()
		}
	})
	b.Run("another tab", func(b *testing.B) {
		s := newBusyScreen(b)
		b.ReportAllocs()
		for b.Loop() {
			s.now = s.now.Add(16 * time.Millisecond)
			s.tabs[5].Sources[0].Count++
			s.frame()
			s.app.View()
		}
	})
	b.Run("one row", func(b *testing.B) {
		s := newBusyScreen(b)
		b.ReportAllocs()
		for n := 0; b.Loop(); n++ {
			b.StopTimer()
			s.now = s.now.Add(16 * time.Millisecond)
			o := pod("shop", "api-7c9d8b6f5-00007", "1/1", "Running", n, time.Hour, model.Health{Level: model.Healthy})
			o.ResourceVersion = fmt.Sprint(n + 2)
			version := s.tabs[0].View.Window(0, 0).Version
			s.store.Apply(o)
			for s.tabs[0].View.Window(0, 0).Version == version {
				<-s.changed
			}
			b.StartTimer()
			s.frame()
			s.app.View()
		}
	})
}
