package ui

import (
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"k8s.io/klog/v2"

	"github.com/dogwatch/dogwatch/keymap"
	"github.com/dogwatch/dogwatch/ui/text"
)

// Hints tells whether a newcomer is to be shown the first keys, and remembers that they were put away. Its methods may
// use the disk and are called off the program loop.
type Hints interface {
	Wanted() bool
	PutAway() error
}

// hintsMsg tells whether the hints are wanted.
type hintsMsg bool

func (a *App) askForHints() tea.Cmd {
	if a.opts.Hints == nil {
		return nil
	}
	return func() tea.Msg { return hintsMsg(a.opts.Hints.Wanted()) }
}

// putHintsAway takes them off the screen for good.
func (a *App) putHintsAway() tea.Cmd {
	a.keyPressed = true
	if !a.hints {
		return nil
	}
	a.hints = false
	return a.call(func() {
		if err := a.opts.Hints.PutAway(); err != nil {
			klog.Warning(err)
		}
	})
}

// hintLines are the first keys, in the order in which to try them.
func (a *App) hintLines() [][2]string {
	lines := [][2]string{
		{a.keys.KeyOf(keymap.Global, keymap.OpenPicker), "add or drop types"},
		{a.keys.KeyOf(keymap.Grid, keymap.FocusDetail), "the object's YAML"},
		{a.keys.KeyOf(keymap.Grid, keymap.OpenFilter), "filter the list"},
	}
	if a.past.player != nil {
		lines = append(lines, [2]string{a.keys.KeyOf(keymap.Global, keymap.SteerTime), "go through time"})
	}
	return append(lines, [2]string{a.keys.KeyOf(keymap.Global, keymap.ShowHelp), "all keys"})
}

const (
	hintsWidth = 32
	hintsRight = 2 // cells free at the box's right
)

// hintsBox is the box of the hints.
func (a *App) hintsBox() []string {
	const inner = hintsWidth - 2
	t := a.theme
	edge := func(left, said, right string) string {
		return t.Accent.Render(left + said + strings.Repeat("─", inner-text.Width(said)) + right)
	}
	box := []string{edge("┌", " to look around ", "┐")}
	for _, line := range a.hintLines() {
		box = append(box, t.Accent.Render("│")+"  "+t.Key.Render(text.Fit(line[0], 7))+text.Fit(line[1], inner-9)+t.Accent.Render("│"))
	}
	return append(box, edge("└", " any key puts this away ", "┘"))
}

// overlayHints lays the hints over the lower right of the body.
func (a *App) overlayHints(lines []string) {
	box := a.hintsBox()
	from := len(lines) - len(box) - 1
	left := a.layout.width - hintsWidth - hintsRight
	if from < 0 || left < 0 {
		return
	}
	for i, line := range box {
		under := ansi.Truncate(lines[from+i], left, "")
		pad := left - ansi.StringWidth(under)
		lines[from+i] = under + text.Spaces(pad) + line + text.Spaces(hintsRight)
	}
}
