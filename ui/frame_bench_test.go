package ui_test

import (
	"fmt"
	"io"
	"slices"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"k8s.io/apimachinery/pkg/types"

	"github.com/dogwatch/dogwatch/informers"
	"github.com/dogwatch/dogwatch/keymap"
	"github.com/dogwatch/dogwatch/logbuffer"
	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/ui"
	terminal "github.com/dogwatch/dogwatch/ui/screen"
	"github.com/dogwatch/dogwatch/workspace"
)

// twelveColumns are as many as a screen of 200 cells holds.
var twelveColumns = &model.Columns{List: []model.Column{
	{Name: "Name", IsName: true},
	{Name: "Ready"},
	{Name: "Status"},
	{Name: "Restarts"},
	{Name: "Age", Kind: model.Date},
	{Name: "IP"},
	{Name: "Node"},
	{Name: "Zone"},
	{Name: "QoS"},
	{Name: "CPU", Kind: model.Number},
	{Name: "Owner"},
	{Name: "Gates"},
}}

func widePod(i, restarts int) *model.Object {
	name := fmt.Sprintf("api-%07d-x", i)
	return &model.Object{
		Key: model.Key{Namespace: "shop", Name: name}, UID: types.UID(name), ResourceVersion: fmt.Sprint(restarts + 1), Columns: twelveColumns,
		Cells: []string{
			name, "1/1", "Running", fmt.Sprintf("%d (12s ago)", restarts), fmt.Sprint(now.Unix() - int64(i)), fmt.Sprintf("10.0.%d.%d", i/250%250, i%250),
			fmt.Sprintf("node-%d", i%400), "eu-1a", "Burstable", fmt.Sprint(i % 900), "rs/api", "<none>",
		},
		Health: model.Health{Level: model.Healthy},
	}
}

// sizedScreen is the root model over n rows, at the end of them, with what
// becomes of its View.
type sizedScreen struct {
	n, version int
	now        time.Time
	app        *ui.App
	store      *model.Store
	tab        workspace.Tab
	changed    chan struct{}
	display    *terminal.Screen
	model      tea.Model
}

func newSizedScreen(b *testing.B, n int) *sizedScreen {
	b.Helper()
	s := &sizedScreen{
		n: n, now: now, store: model.NewStore(), changed: make(chan struct{}, 1),
		display: terminal.New(nowhere{}, []string{"TERM=xterm-256color"}),
	}
	for i := range n {
		s.store.Apply(widePod(i, 0))
	}
	s.store.Retain(func(model.Key) bool { return true })
	view := model.NewView(b.Context(), []model.Source{{Store: s.store, Name: "pods", Kind: "Pod"}}, model.Spec{}, func() {
		select {
		case s.changed <- struct{}{}:
		default:
		}
	})
	b.Cleanup(view.Close)
	s.tab = workspace.Tab{
		ID: 1, Title: "pods", Resolved: true, View: view, Context: "prod-eu",
		Sources: []workspace.Source{{
			Name: "pods", Kind: "Pod", Namespaced: true, Columns: twelveColumns, Count: n,
			State: informers.State{Phase: informers.Live, Synced: true, LastHeard: now},
		}},
	}
	s.app = ui.New(ui.Options{
		Context: b.Context(), Backend: &fakeBackend{}, Keys: keymap.Default(),
		Log: logbuffer.New(10, 1000, func() {}), Now: func() time.Time { return s.now },
	})
	s.model = s.display.Wrap(s.app)
	s.model, _ = s.model.Update(tea.ColorProfileMsg{Profile: colorprofile.TrueColor})
	s.model, _ = s.model.Update(tea.WindowSizeMsg{Width: 200, Height: 50})
	for view.Window(0, 0).Len < n {
		<-s.changed
	}
	s.frame()
	s.model, _ = s.model.Update(tea.KeyPressMsg{Code: 'G', Text: "G"})
	s.frame()
	s.display.Draw()
	return s
}

// change changes some of the rows in sight and waits until the view has them.
func (s *sizedScreen) change(rows int) {
	s.version++
	s.now = s.now.Add(16 * time.Millisecond)
	for i := range rows {
		s.store.Apply(widePod(s.n-1-i, s.version))
	}
	want := fmt.Sprint(s.version + 1)
	for {
		if last := s.tab.View.Window(s.n-rows, 1).Rows; last[0].Object.ResourceVersion == want {
			return
		}
		<-s.changed
	}
}

// frame is the program loop's share of a frame.
func (s *sizedScreen) frame() {
	s.model, _ = s.model.Update(ui.FrameMsg{Snapshot: workspace.Snapshot{Context: "prod-eu", Tabs: []workspace.Tab{s.tab}}})
	s.model.View()
}

// nowhere is a terminal that takes all.
type nowhere struct{ io.ReadCloser }

func (nowhere) Write(b []byte) (int, error) { return len(b), nil }
func (nowhere) Fd() uintptr                 { return 0 }

// BenchmarkFrameOfManyRows draws frames of 200 by 50 with twelve columns, of a
// list of 1,000 rows and of one of 1,000,000 by turns, and tells the medians.
func BenchmarkFrameOfManyRows(b *testing.B) {
	small, large := newSizedScreen(b, 1_000), newSizedScreen(b, 1_000_000)
	for _, rows := range []int{1, 45} {
		b.Run(fmt.Sprintf("changed=%d", rows), func(b *testing.B) {
			var ours, whole [2][]time.Duration
			for b.Loop() {
				for i, s := range []*sizedScreen{small, large} {
					s.change(rows)
					began := time.Now()
					s.frame()
					drawn := time.Now()
					s.display.Draw()
					ours[i] = append(ours[i], drawn.Sub(began))
					whole[i] = append(whole[i], time.Since(began))
				}
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(median(ours[0]), "us/ours-1000")
			b.ReportMetric(median(ours[1]), "us/ours-1000000")
			b.ReportMetric(median(ours[1])/median(ours[0]), "x-ours")
			b.ReportMetric(median(whole[0]), "us/whole-1000")
			b.ReportMetric(median(whole[1]), "us/whole-1000000")
			b.ReportMetric(median(whole[1])/median(whole[0]), "x-whole")
		})
	}
}

func median(d []time.Duration) float64 {
	slices.Sort(d)
	return float64(d[len(d)/2].Nanoseconds()) / 1000
}
