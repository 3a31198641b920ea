package ui

import (
	"cmp"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/health"
	"github.com/dogwatch/dogwatch/model/problems"
	"github.com/dogwatch/dogwatch/model/versions"
	"github.com/dogwatch/dogwatch/theme"
	"github.com/dogwatch/dogwatch/ui/text"
	"github.com/dogwatch/dogwatch/workspace"
)

const (
	// mostOfMessage is how many bytes of a message are looked at: a line is shown.
	mostOfMessage = 1 << 10
	// findingPace is how soon it is asked again how an object is that is in no list.
	findingPace = time.Second
)

// asked is an object, in a version, of which it is asked how it is.
type asked struct {
	paneObject
	version string
	health  model.Health
	isPast  bool
}

// finding is how the object is that the pane tells of, or that is selected.
type finding struct {
	of    asked
	at    time.Time // when it was asked for
	busy  bool
	known bool
	is    health.Finding
}

// findingMsg brings how an object is; not known is that no watch has it.
type findingMsg struct {
	of    asked
	is    health.Finding
	known bool
}

// pollFinding asks how the object is, where that may be another than was told.
func (a *App) pollFinding() tea.Cmd {
	of, ok := a.toBeFound()
	if !ok {
		a.finding = finding{busy: a.finding.busy}
		return nil
	}
	f, now := &a.finding, a.opts.Now()
	if f.busy || of == f.of && (a.pane.named == nil || now.Sub(f.at) < findingPace) {
		return nil
	}
	if of.paneObject != f.of.paneObject {
		f.known, f.is = false, health.Finding{}
	}
	f.of, f.at = of, now
	if a.pane.named == nil && of.health.Level != model.Unhealthy && of.health.Level != model.Progressing { // which has no more to say
		f.known, f.is = true, health.Finding{Health: of.health}
		return nil
	}
	f.busy = true
	backend := a.opts.Backend
	return func() tea.Msg {
		is, known := backend.Explain(of.of, of.kind)
		return findingMsg{of, is, known}
	}
}

// toBeFound is the object that is told of: the one that was asked for by name, while the pane shows it, else the selected one.
func (a *App) toBeFound() (asked, bool) {
	if a.paneOpen && a.pane.named != nil {
		return asked{paneObject: *a.pane.named, isPast: a.past.isRewind}, true
	}
	p := a.currentPage()
	if p == nil {
		return asked{}, false
	}
	row, _, ok := p.grid.Selected()
	if !ok || row.Mark == model.Gone || a.isElsewhere() {
		return asked{}, false
	}
	return asked{rowObject(p.tab, row), row.Object.ResourceVersion, row.Object.Health, a.past.isRewind}, true
}

// rowObject is the object of a row, as the pages know it.
func rowObject(tab workspace.Tab, row model.Row) paneObject {
	object := paneObject{of: versions.Object{Key: row.Object.Key, UID: row.Object.UID}}
	if row.Source < len(tab.Sources) {
		source := tab.Sources[row.Source]
		object.of.Cluster, object.of.GVR, object.kind = source.Watch.Cluster, source.Watch.GVR, source.Kind
	}
	return object
}

// found takes how an object is.
func (a *App) found(msg findingMsg) {
	a.finding.busy = false
	if msg.of == a.finding.of {
		a.finding.is, a.finding.known = msg.is, msg.known
	}
}

// said is how an object is, in a line: in a word, and why.
type said struct {
	level         model.Level
	word, message string
	style         theme.Style
}

// saidOf puts into words how the object is.
func (a *App) saidOf() said {
	is := a.finding.is
	if !a.finding.known { // the row tells that much at once
		is.Health = a.finding.of.health
	}
	s := said{level: is.Level, style: a.theme.Dim}
	word := text.Clean(is.Reason)
	switch is.Level {
	case model.Unhealthy:
		s.word, s.style = "✖ "+cmp.Or(word, "not healthy"), a.theme.Trouble
	case model.Progressing:
		s.word, s.style = "◐ "+cmp.Or(word, "in progress"), a.theme.Warning
	case model.Healthy:
		s.word = "✓ " + cmp.Or(word, "healthy")
	default:
		s.word = word
	}
	of := a.finding.of.of
	if p, ok := a.problems.Of(problems.ID{Cluster: of.Cluster, Type: of.GVR.GroupResource(), Key: of.Key}); ok && is.Level == model.Unhealthy && p.Message != "" {
		is.Message = p.Message // which names the cause where that is another object
	}
	if is.Level != model.Healthy {
		s.message = text.Clean(strings.Join(strings.Fields(is.Message[:min(len(is.Message), mostOfMessage)]), " "))
	}
	return s
}

// draw writes it, exactly width cells wide.
func (s *said) draw(width int) string {
	const least = 8 // of a message
	word := text.Truncate(s.word, width)
	left := width - text.Width(word)
	if s.message == "" || left < least {
		return s.style.Render(word) + text.Spaces(left)
	}
	return s.style.Render(word+":") + text.Fit(" "+s.message, left-1)
}

// findingRule is the line below the list, which says why the selected object is not well while no pane does.
func (a *App) findingRule() string {
	s := a.saidOf()
	if a.paneOpen || a.covered() || s.level != model.Unhealthy && s.level != model.Progressing {
		return a.rule('┴')
	}
	const edge = "──"
	room := a.layout.width - 2*text.Width(edge) - 2
	width := text.Width(s.word)
	if s.message != "" {
		width += len(": ") + text.Width(s.message)
	}
	width = min(width, room)
	rest := strings.Repeat("─", room-width)
	return a.theme.Rule.Render(edge) + " " + s.draw(width) + " " + a.theme.Rule.Render(rest+edge)
}

// findingLines is how many lines below the head of a page say how its object is, and why. What does not fit there is told by the page Why,
// which says it itself.
func (a *App) findingLines(page panePage) int {
	if page == panePage(a.pane.why) {
		return 0
	}
	return 1
}

// pageLines draws the page of the pane.
func (a *App) pageLines(now time.Time) []string {
	page := a.panePage()
	a.pane.why.SetElsewhere(a.isElsewhere())
	lines := strings.Split(page.View(now), "\n")
	if a.findingLines(page) == 0 {
		return lines
	}
	s, room, elsewhere := a.saidOf(), a.layout.paneWidth-1, ""
	if a.isElsewhere() {
		elsewhere = text.Truncate("  not under the cursor ", room)
	}
	line := " " + s.draw(room-text.Width(elsewhere)) + a.theme.Dim.Render(elsewhere)
	return slices.Insert(lines, 1, line)
}
