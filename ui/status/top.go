package status

import (
	"strings"
	"time"

	"github.com/dogwatch/dogwatch/informers"
	"github.com/dogwatch/dogwatch/theme"
	"github.com/dogwatch/dogwatch/ui/phase"
	"github.com/dogwatch/dogwatch/ui/text"
	"github.com/dogwatch/dogwatch/workspace"
)

// Watching says where the user is and how the watches are.
type Watching struct {
	Context   string
	Namespace string // empty for all
	// Phases counts watches by their phase.
	Phases [informers.Stopped + 1]int
	// Unhealthy counts objects of all tabs that are unhealthy, each once.
	Unhealthy int
	// Merged counts changes that the history has but merged with later ones: they came too fast.
	Merged uint64
	// Problem is what is wrong with the connection or discovery.
	Problem workspace.Problem
	// Down names groups whose API does not answer.
	Down []string
	// Ahead is how far the server's clock is ahead of the local one.
	Ahead time.Duration
	// Past tells that a recording is shown or, with Rewind, the past of a live cluster.
	Past, Rewind bool
	// Recording is the mark of a recording that is being made; empty for none.
	Recording string
}

// WatchingOf sums up a snapshot. A watch that several tabs share counts once.
func WatchingOf(s workspace.Snapshot) Watching {
	w := Watching{
		Context: s.Context, Namespace: s.Namespace, Unhealthy: s.Unhealthy, Merged: s.History.Merged, Problem: s.Problem, Down: s.Down, Ahead: s.Ahead,
	}
	seen := map[informers.Identity]bool{}
	for _, tab := range s.Tabs {
		for _, source := range tab.Sources {
			if !seen[source.Watch] {
				seen[source.Watch] = true
				w.Phases[min(source.State.Phase, informers.Stopped)]++
			}
		}
	}
	return w
}

// NeedsTick tells how long after now the first line changes by itself: its
// clock shows seconds.
func (m *Model) NeedsTick(now time.Time) time.Duration {
	return time.Second - time.Duration(now.Add(m.watch.Ahead).Nanosecond())
}

// Top draws the first line at a moment of the local clock.
func (m *Model) Top(now time.Time) string {
	clock := now.Add(m.watch.Ahead).Format(time.TimeOnly)
	const gap = 2
	record := &parts{}
	if m.watch.Recording != "" {
		record.add(m.recording(), m.theme.Trouble)
		record.add(text.Spaces(gap), theme.Style{})
	}
	room := m.width - len(clock) - 1 - gap - record.width
	health := m.health(now, room)
	where, used := m.where(room - health.width - gap)
	return where + text.Spaces(room-used-health.width) + health.render() + text.Spaces(gap) + record.render() +
		m.theme.Dim.Render(clock) + " "
}

// recording is the mark of a recording, without its size where there is no room.
func (m *Model) recording() string {
	if m.width >= roomy {
		return m.watch.Recording
	}
	sign, _, _ := strings.Cut(m.watch.Recording, " ")
	return sign + " REC"
}

// roomy is the width from which the first line says that a recording is shown.
const roomy = 80

// where is the context and the namespace in w cells at most, and its width.
func (m *Model) where(w int) (string, int) {
	t := m.theme
	context, namespace := m.watch.Context, m.watch.Namespace
	if context == "" {
		context = "no context"
	}
	if namespace == "" {
		namespace = "all namespaces"
	}
	p := &parts{}
	if m.watch.Past && m.width >= roomy { // else the line of its time has to do
		word := " recording "
		if m.watch.Rewind {
			word = " past "
		}
		p.add(word, t.Past)
		w -= p.width
	}
	const around = len("  ") + len(" / ")
	namespace = text.TruncateMiddle(namespace, max(1, (w-around)/2))
	context = text.TruncateMiddle(context, max(1, w-around-text.Width(namespace)))
	if looksLikeProduction(m.watch.Context) {
		p.add(" "+context+" ", t.ContextProd)
	} else {
		p.add(" "+context, t.Context)
	}
	p.add(" / ", t.Dim)
	p.add(namespace, theme.Style{})
	return p.render(), p.width
}

// looksLikeProduction reports whether a context's name speaks of production.
func looksLikeProduction(context string) bool {
	name := strings.ToLower(context)
	for _, not := range []string{"non-prod", "nonprod", "pre-prod", "preprod"} {
		name = strings.ReplaceAll(name, not, "")
	}
	return strings.Contains(name, "prod")
}

// parts is text in pieces, and its width in cells.
type parts struct {
	b     strings.Builder
	width int
}

func (p *parts) add(s string, style theme.Style) {
	p.b.WriteString(style.Render(s))
	p.width += text.Width(s)
}

func (p *parts) render() string { return p.b.String() }

// detail is how much is said of how the watching goes.
type detail uint8

const (
	bare detail = iota // numbers of what matters most
	inNumbers
	inWords
	inNames
)

// health says how the watching goes in as much detail as fits beside the
// context; a problem with the cluster as a whole comes first.
func (m *Model) health(now time.Time, room int) *parts {
	if m.watch.Problem.Summary != "" {
		return m.problem(now, room*2/3)
	}
	const forContext = 24
	for d := inNames; d > bare; d-- {
		if p := m.counts(d); p.width+forContext <= room {
			return p
		}
	}
	return m.counts(bare)
}

func (m *Model) problem(now time.Time, room int) *parts {
	p := &parts{}
	problem := m.watch.Problem
	retry := ""
	if !problem.NextTry.IsZero() {
		retry = " · retry " + phase.Countdown(problem.NextTry, now)
	}
	p.add("✖ "+text.Truncate(problem.Summary, max(8, room-2-len(retry)))+retry, m.theme.Trouble)
	return p
}

func (m *Model) counts(d detail) *parts {
	p := &parts{}
	add := func(sign string, n int, words string, style theme.Style) {
		if n == 0 {
			return
		}
		if p.width > 0 {
			p.add(text.Spaces(2), theme.Style{})
		}
		said := sign + " " + phase.Count(n)
		if d > inNumbers {
			said += " " + words
		}
		p.add(said, style)
	}
	for state := range informers.Stopped {
		add(phase.Glyph(state), m.watch.Phases[state], phase.Word(state), phase.Style(m.theme, state))
	}
	add("!", m.watch.Unhealthy, plural("problem", m.watch.Unhealthy), m.theme.Trouble)
	if merged := int(m.watch.Merged); d > bare {
		add("»", merged, plural("change", merged)+" merged", m.theme.Warning)
	}
	down := m.watch.Down
	words := plural("API", len(down)) + " down"
	if d == inNames && len(down) > 0 {
		words += ": " + text.Truncate(strings.Join(down, ", "), 40)
	}
	add("✖", len(down), words, m.theme.Warning)
	return p
}

func plural(word string, n int) string {
	if n == 1 {
		return word
	}
	return word + "s"
}
