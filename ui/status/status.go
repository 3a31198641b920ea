// Package status is the top line (where am I, is it live, what is wrong) and
// the bottom line (position, filter, the keys that matter now, messages). Each
// is always one line. A Model belongs to the program loop.
package status

import (
	"fmt"
	"strings"
	"time"

	"github.com/dogwatch/dogwatch/informers"
	"github.com/dogwatch/dogwatch/keymap"
	"github.com/dogwatch/dogwatch/theme"
	"github.com/dogwatch/dogwatch/ui/phase"
	"github.com/dogwatch/dogwatch/ui/text"
	"github.com/dogwatch/dogwatch/workspace"
)

// State is what the two lines show.
type State struct {
	Context   string
	Namespace string // empty for all
	// Phases counts the watches in each phase.
	Phases    map[informers.Phase]int
	Unhealthy int
	Problem   workspace.Problem
	// Down names groups whose API does not answer.
	Down []string
	// Ahead is how far the server's clock is ahead of the local one.
	Ahead time.Duration

	At, Of, Total int
	Filter        string
	FilterErr     string
	Scopes        []keymap.Scope
}

// Model draws the lines.
type Model struct {
	theme   *theme.Theme
	keys    *keymap.Keymap
	width   int
	state   State
	message string
	isError bool
}

// New makes lines without a state.
func New(t *theme.Theme, keys *keymap.Keymap) *Model { return &Model{theme: t, keys: keys} }

// SetTheme changes the colours.
func (m *Model) SetTheme(t *theme.Theme) { m.theme = t }

// SetSize sets the width in cells.
func (m *Model) SetSize(width, _ int) { m.width = width }

// SetState changes what is shown.
func (m *Model) SetState(s State) { m.state = s }

// Info shows a message on the bottom line, until ClearMessage.
func (m *Model) Info(message string) { m.message, m.isError = message, false }

// Error shows what went wrong, until ClearMessage.
func (m *Model) Error(message string) { m.message, m.isError = message, true }

// ClearMessage takes the message away.
func (m *Model) ClearMessage() { m.message = "" }

// Ticks tells whether the lines change every second by themselves.
func (m *Model) Ticks() bool { return !m.state.Problem.NextTry.IsZero() }

// line joins styled words and knows how wide they are.
type line struct {
	b     strings.Builder
	width int
}

func (l *line) add(style theme.Style, words string) {
	l.b.WriteString(style.Render(words))
	l.width += text.Width(words)
}

// Top draws the top line at a moment of the local clock.
func (m *Model) Top(now time.Time) string {
	clock := now.Add(m.state.Ahead).Format("15:04:05")
	left := m.where(m.width/2 - 2)
	middle := m.health(now, max(0, m.width-left.width-len(clock)-6))
	gap := max(1, (m.width-left.width-middle.width-len(clock)-2)/2)
	rest := m.width - left.width - gap - middle.width - len(clock) - 1
	return left.b.String() + text.Spaces(gap) + middle.b.String() +
		text.Spaces(max(0, rest)) + m.theme.Dim.Render(clock) + " "
}

// where says context and namespace. What looks like production looks so.
func (m *Model) where(room int) *line {
	l := &line{}
	style := m.theme.Context
	if strings.Contains(strings.ToLower(m.state.Context), "prod") {
		style = m.theme.ContextProd
	}
	namespace := m.state.Namespace
	if namespace == "" {
		namespace = "all namespaces"
	}
	l.add(m.theme.Text, " ")
	l.add(style, text.TruncateMiddle(m.state.Context, max(8, room-len(namespace)-4)))
	l.add(m.theme.Dim, " / ")
	l.add(m.theme.Text, text.Truncate(namespace, max(4, room-l.width)))
	return l
}

// health says how dogwatch's own watching is, worst last; where the cluster
// does not answer, that.
func (m *Model) health(now time.Time, room int) *line {
	l := &line{}
	if p := m.state.Problem; p.Summary != "" {
		words := "↻ " + p.Summary
		if !p.NextTry.IsZero() {
			words += "  retry " + phase.Countdown(p.NextTry, now)
		}
		l.add(m.theme.Trouble, text.Truncate(words, room))
		return l
	}
	type word struct {
		style theme.Style
		text  string
	}
	var words []word
	for p := informers.WaitingForDiscovery; p <= informers.Gone; p++ {
		if n := m.state.Phases[p]; n > 0 {
			style := phase.Style(m.theme, p)
			words = append(words, word{style, fmt.Sprintf("%s %d %s", phase.Glyph(p), n, phase.Word(p))})
		}
	}
	if m.state.Unhealthy > 0 {
		words = append(words, word{m.theme.Trouble, "! " + phase.Count(m.state.Unhealthy) + " not healthy"})
	}
	if len(m.state.Down) > 0 {
		words = append(words, word{m.theme.Warning, "∅ API down: " + strings.Join(m.state.Down, ", ")})
	}
	for i, w := range words {
		if i > 0 {
			w.text = "   " + w.text
		}
		if l.width+text.Width(w.text) > room {
			break
		}
		l.add(w.style, w.text)
	}
	return l
}

// Bottom draws the bottom line.
func (m *Model) Bottom() string {
	if m.message != "" {
		style := m.theme.Info
		if m.isError {
			style = m.theme.Error
		}
		return style.Render(text.Fit(" "+m.message, m.width))
	}
	left := m.position()
	hints := m.hints(m.width - left.width - 2)
	return left.b.String() + text.Spaces(max(0, m.width-left.width-hints.width)) + hints.b.String()
}

func (m *Model) position() *line {
	l := &line{}
	s := m.state
	l.add(m.theme.Dim, fmt.Sprintf(" %s of %s", phase.Count(s.At), phase.Count(s.Of)))
	if s.Filter == "" {
		return l
	}
	if s.Total > s.Of {
		l.add(m.theme.Dim, " ("+phase.Count(s.Total)+")")
	}
	l.add(m.theme.Dim, "  ")
	l.add(m.theme.Accent, "/"+text.Truncate(s.Filter, m.width/4))
	if s.FilterErr != "" {
		l.add(m.theme.Warning, " "+text.Truncate(s.FilterErr, m.width/3))
	}
	return l
}

// hints are the keys that matter now, as many as fit.
func (m *Model) hints(room int) *line {
	l := &line{}
	for _, b := range m.keys.Hints(m.state.Scopes...) {
		key, words := b.Keys[0], " "+b.Hint+"  "
		if l.width+text.Width(key+words) > room {
			break
		}
		l.add(m.theme.Key, key)
		l.add(m.theme.KeyHint, words)
	}
	return l
}
