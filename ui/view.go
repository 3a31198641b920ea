package ui

import (
	"fmt"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/dogwatch/dogwatch/keymap"
	"github.com/dogwatch/dogwatch/ui/text"
)

// Lines of the screen that hold chrome.
const (
	tabsLine = 1
	// timebarFromBottom counts lines from the end of the screen.
	timebarFromBottom = 2
	pickerLeft        = 1
)

// View draws the screen.
func (a *App) View() tea.View {
	began := time.Now()
	v := tea.NewView(a.content(a.opts.Now()))
	if a.stats != nil {
		a.stats.Drew(time.Since(began))
	}
	v.AltScreen = true
	v.MouseMode = tea.MouseModeCellMotion
	v.WindowTitle = a.title()
	return v
}

func (a *App) title() string {
	if a.snapshot.Context == "" {
		return "dogwatch"
	}
	return text.Clean("dogwatch " + a.snapshot.Context)
}

func (a *App) content(now time.Time) string {
	l := a.layout
	switch {
	case l.width == 0:
		return ""
	case l.tooSmall:
		return fmt.Sprintf("dogwatch needs %dx%d,\nthis is %dx%d.\n%s quits", minWidth, minHeight, l.width, l.height, a.globalKey(keymap.Quit))
	}
	a.refreshChrome(now)
	lines := make([]string, 0, l.height)
	lines = append(lines, a.status.Top(now), a.tabs.View())
	lines = append(lines, a.rule('┬'))
	lines = append(lines, a.body(now)...)
	lines = append(lines, a.findingRule())
	if a.past.player != nil {
		lines = append(lines, a.timebar.View())
	}
	lines = append(lines, a.bottom(now))
	return strings.Join(lines, "\n")
}

// rule is a line across the screen, with a joint where the pane's own rule
// meets it.
func (a *App) rule(joint rune) string {
	l := a.layout
	if !a.paneOpen || !l.beside || a.covered() {
		return a.theme.Rule.Render(strings.Repeat("─", l.width))
	}
	return a.theme.Rule.Render(strings.Repeat("─", l.gridWidth) + string(joint) + strings.Repeat("─", l.paneWidth))
}

// covered tells whether the whole body is under an overlay.
func (a *App) covered() bool {
	return a.over == overHelp || a.over == overLogs || a.over == overActivity || a.over == overProblems || a.over == overSignals
}

func (a *App) body(now time.Time) []string {
	lines := a.uncornered(now)
	if a.stats != nil {
		a.overlayStats(lines)
	}
	return lines
}

// uncornered is the body without the corner of --debug-stats.
func (a *App) uncornered(now time.Time) []string {
	switch a.over {
	case overHelp:
		return strings.Split(a.help.View(), "\n")
	case overLogs:
		return strings.Split(a.logs.View(), "\n")
	case overActivity:
		return a.activityView(now)
	case overProblems:
		return a.problemsView(now)
	case overSignals:
		return a.signalsView(now)
	}
	lines := a.list(now)
	if a.paneOpen {
		lines = a.withPane(lines, a.pageLines(now))
	}
	if a.over == overPicker {
		a.overlay(lines, strings.Split(a.picker.View(), "\n"))
	}
	if a.hints {
		a.overlayHints(lines)
	}
	return lines
}

// globalKey is the key of an action that is heard everywhere.
func (a *App) globalKey(action keymap.Action) string { return a.keys.KeyOf(keymap.Global, action) }

func (a *App) list(now time.Time) []string {
	if p := a.currentPage(); p != nil {
		return strings.Split(p.grid.View(now), "\n")
	}
	lines := make([]string, a.layout.gridHeight)
	for i := range lines {
		lines[i] = strings.Repeat(" ", a.layout.gridWidth)
	}
	if len(lines) > 1 {
		words := fmt.Sprintf("no tabs.  %s add types   %s command   %s quit", a.globalKey(keymap.OpenPicker), a.globalKey(keymap.OpenCommand), a.globalKey(keymap.Quit))
		lines[1] = a.theme.Dim.Render(text.Fit("  "+words, a.layout.gridWidth))
	}
	return lines
}

// withPane puts the pane beside the list, or below it.
func (a *App) withPane(list, pane []string) []string {
	if !a.layout.beside {
		rule := a.theme.Rule.Render(strings.Repeat("─", a.layout.width))
		return append(append(list, rule), pane...)
	}
	rule := a.theme.Rule.Render("│")
	for i := range list {
		if i < len(pane) {
			list[i] += rule + pane[i]
		}
	}
	return list
}

// overlay lays a box over the left part of lines, which stay live beside it. A
// blank stands at each of its sides, so that it does not run into them.
func (a *App) overlay(lines, box []string) {
	width, _ := pickerSize(a.layout)
	margin := text.Spaces(pickerLeft)
	covered := width + 2*pickerLeft
	for i := range min(len(lines), len(box)) {
		right := ansi.TruncateLeft(lines[i], covered, "")
		pad := a.layout.width - covered - ansi.StringWidth(right)
		if pad < 0 { // the box covers half of a wide rune, which is left whole
			right, pad = ansi.TruncateLeft(lines[i], covered-pad, ""), -pad
		}
		lines[i] = margin + box[i] + margin + text.Spaces(pad) + right
	}
}

// widestPicker is what the picker's columns are at their best in.
const widestPicker = 110

// pickerSize is the size of the picker's box. It depends on the terminal alone.
func pickerSize(l layout) (width, height int) {
	return min(l.width-2*pickerLeft, widestPicker), l.bodyHeight
}

func (a *App) bottom(now time.Time) string {
	if a.prompt.Active() {
		return a.prompt.View()
	}
	return a.status.Bottom(now)
}

// scopes are the parts whose hints stand on the bottom line.
func (a *App) scopes() []keymap.Scope {
	scope := a.scope()
	if scope == keymap.Grid || scope == a.pageScope() || scope == keymap.Time {
		return []keymap.Scope{scope, keymap.Global}
	}
	switch {
	case a.isSteeredFrom(scope):
		return []keymap.Scope{scope, keymap.Time, keymap.Global}
	case isPage(scope):
		return []keymap.Scope{scope, keymap.Global}
	}
	return []keymap.Scope{scope}
}
