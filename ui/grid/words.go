package grid

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/dogwatch/dogwatch/informers"
	"github.com/dogwatch/dogwatch/keymap"
	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/theme"
	"github.com/dogwatch/dogwatch/ui/phase"
	"github.com/dogwatch/dogwatch/ui/text"
	"github.com/dogwatch/dogwatch/workspace"
)

// words say what is so where no rows are, and what helps.
type words struct {
	glyph string
	style theme.Style // of the glyph
	say   string
	hint  string
	again string // when it will be asked again, where that is no hint
}

// emptyWords are the words of a list without rows.
func (m *Model) emptyWords(w model.Window, now time.Time) words {
	t := m.look.theme
	if m.tab.Problem != "" {
		return words{glyph: "✖", style: t.Trouble, say: m.tab.Problem}
	}
	if len(m.tab.Sources) == 0 {
		if m.tab.Waits {
			return words{glyph: "◐", style: t.Dim, say: "no type matches " + m.what() + " yet", hint: "one that is installed is watched by itself"}
		}
		if m.tab.Pending != "" {
			return words{glyph: "↻", style: t.Warning, say: m.tab.Pending, hint: m.keys.KeyOf(keymap.Global, keymap.RetryNow) + " tries again now"}
		}
		return words{glyph: "◐", style: t.Dim, say: "looking up " + m.what() + " in the cluster's catalog"}
	}
	source := m.worstSource()
	if p := source.State.Phase; p != informers.Live && p != informers.Stale {
		return m.phaseWords(source, now)
	}
	if w.Total > 0 && w.Rebuilding {
		return words{glyph: "◐", style: t.Dim, say: "looking through " + phase.Count(w.Total) + " " + m.what() + m.where()}
	}
	if w.Total > 0 {
		back := " clears the filter"
		if m.spec.Filter.Empty() {
			back = " shows all"
		}
		return words{say: m.hiddenWords(w), hint: m.keys.KeyOf(keymap.Grid, keymap.Back) + back}
	}
	said := words{say: "no " + m.what() + m.where(), hint: m.emptyHint()}
	if limits := m.limits(); limits != "" {
		said.say = "no " + m.what() + " match " + limits + m.where()
	}
	if s := source.State; s.Phase == informers.Stale {
		said.glyph, said.style = phase.Glyph(s.Phase), t.Warning
		if s.LastHeard.IsZero() { // of a past moment
			said.say, said.hint = m.what()+" are not known here: "+s.Reason, ""
			return said
		}
		said.say += " as of " + m.clock(s.LastHeard)
	}
	return said
}

// emptyHint names the keys that may bring objects into sight where the watches
// have none.
func (m *Model) emptyHint() string {
	var hints []string
	if m.limits() != "" {
		hints = append(hints, m.keys.KeyOf(keymap.Global, keymap.OpenCommand)+m.unlimited()+" shows all")
	}
	if m.tab.Namespace != "" && anyNamespaced(m.tab.Sources) {
		hints = append(hints, m.keys.KeyOf(keymap.Global, keymap.AllNamespaces)+" all namespaces")
	}
	if !m.spec.Filter.Empty() {
		hints = append(hints, m.keys.KeyOf(keymap.Grid, keymap.Back)+" clears the filter")
	}
	return strings.Join(hints, "   ")
}

// limits are the selectors of the tab, as kubectl is given them.
func (m *Model) limits() string {
	var limits []string
	if s := m.tab.Target.LabelSelector; s != "" {
		limits = append(limits, "-l "+s)
	}
	if s := m.tab.Target.FieldSelector; s != "" {
		limits = append(limits, "--field-selector "+s)
	}
	return strings.Join(limits, " ")
}

// unlimited is the command that opens the tab without its selectors.
func (m *Model) unlimited() string {
	target := m.tab.Target
	command := strings.Join(target.Types, ",")
	switch {
	case target.AllNamespaces:
		command += " all"
	case target.Namespace != "":
		command += " " + target.Namespace
	}
	if target.Context != "" {
		command += " @" + target.Context
	}
	return command
}

// hiddenWords say why none of the objects that there are is shown.
func (m *Model) hiddenWords(w model.Window) string {
	all := fmt.Sprintf("none of %s %s%s ", phase.Count(w.Total), m.what(), m.where())
	if limits := m.limits(); limits != "" {
		all += "(" + limits + ") "
	}
	matches := "matches /" + m.spec.Filter.String()
	switch {
	case m.spec.Filter.Empty():
		return all + "needs a look: none is failing or in progress"
	case m.spec.MinLevel > model.Unknown:
		return all + matches + " and needs a look"
	default:
		return all + matches
	}
}

// phaseWords say why a watch that is not live has no rows.
func (m *Model) phaseWords(source workspace.Source, now time.Time) words {
	t, s := m.look.theme, source.State
	name := source.Name
	said := words{glyph: phase.Glyph(s.Phase), style: phase.Style(t, s.Phase)}
	switch s.Phase {
	case informers.WaitingForDiscovery:
		said.say = "waiting for the server to say how " + name + " are served"
	case informers.Listing:
		said.say = "listing " + name + m.where()
		if s.Listed > 0 {
			said.say += ": " + phase.Listed(s) + " so far"
		}
	case informers.Retrying:
		said.say = "no answer for " + name + ": " + reason(s)
		var answer apierrors.APIStatus
		if errors.As(s.Err, &answer) {
			said.say = "the server refuses " + name + ": " + reason(s)
		}
		said.hint = m.againWords("Retry ", s, now)
	case informers.Forbidden:
		said.say = fmt.Sprintf("may not %s %s%s: %s", verb(s), name, m.where(), reason(s))
		said.hint = "Ask for: list, watch on " + name + "   " + m.keys.KeyOf(keymap.Global, keymap.DropTab) + " close tab"
		if !s.NextTry.IsZero() {
			said.again = m.againWords("Asks again ", s, now)
		}
	case informers.Gone:
		said.say = name + " are no longer served since " + m.clock(s.Since) + ". They come back here by themselves."
		if s.Since.IsZero() {
			said.say = name + " are not served at this moment. They come back here by themselves."
		}
	default:
		said.say = name + " are no longer watched"
	}
	return said
}

// relistPatience is how long rows that are listed anew go without a date: most lists are there sooner, and a line would only flash.
const relistPatience = 500 * time.Millisecond

// wantsBanner reports whether the list's last line says why its rows are not the
// present state. One that is there stays until they are.
func (m *Model) wantsBanner(now time.Time) bool {
	if m.view == nil || len(m.tab.Sources) == 0 {
		return false
	}
	switch s := m.worstSource().State; s.Phase {
	case informers.Stale, informers.Retrying, informers.Forbidden, informers.Gone:
	case informers.Listing:
		if !s.Synced || s.LastHeard.IsZero() {
			return false
		}
		if due := s.Since.Add(relistPatience); !m.banner && now.Before(due) {
			m.changesAt(due)
			return false
		}
	default:
		return false
	}
	return m.view.Window(0, 0).Len > 0
}

// drawBanner writes the line that dates rows which are not live: what is so
// first, the server's reason, which may be long, last.
func (m *Model) drawBanner(now time.Time) {
	source := m.worstSource()
	s := source.State
	parts := []string{phase.Brief(s, now)}
	if len(m.tab.Sources) > 1 {
		parts[0] = source.Name + " " + parts[0]
	}
	if phase.Ticks(s) {
		m.changesAt(now.Add(time.Second))
	}
	switch {
	case s.Phase == informers.Retrying:
		parts[0] += " (" + m.keys.KeyOf(keymap.Global, keymap.RetryNow) + " now)"
	case s.Phase == informers.Forbidden && !s.NextTry.IsZero():
		parts[0] += ", asks again " + phase.Countdown(s.NextTry, now)
	}
	if !s.LastHeard.IsZero() {
		parts = append(parts, "rows as of "+m.clock(s.LastHeard))
	}
	switch {
	case s.Phase == informers.Gone:
		parts = append(parts, "they come back here by themselves")
	case s.Reason != "":
		parts = append(parts, s.Reason)
	}
	p := &m.pen
	p.line(theme.Style{})
	line := phase.Glyph(s.Phase) + " " + strings.Join(parts, " · ")
	p.write(text.Fit(line, m.width), phase.Style(m.look.theme, s.Phase))
	p.end()
}

// drawWords writes words below the head, down to a line of the screen.
func (m *Model) drawWords(w words, bottom int) {
	p := &m.pen
	if bottom-p.lines > 3 {
		m.drawBlank()
	}
	indent := "  "
	lead := indent
	if w.glyph != "" {
		lead = w.style.Render(w.glyph) + " "
	}
	room := max(1, m.width-gutter)
	for i, line := range wrap(w.say, room) {
		if i > 0 {
			lead = indent
		}
		m.drawWordLine(lead, line, theme.Style{}, bottom)
	}
	for _, line := range slices.Concat(wrap(w.hint, room), wrap(w.again, room)) {
		m.drawWordLine(indent, line, m.look.theme.Dim, bottom)
	}
}

func (m *Model) drawWordLine(lead, line string, style theme.Style, bottom int) {
	p := &m.pen
	if p.lines >= bottom {
		return
	}
	p.line(theme.Style{})
	p.buf = append(p.buf, lead...)
	p.write(text.Fit(line, max(0, m.width-gutter)), style)
	p.end()
}

// wrap breaks a text into lines of at most w cells.
func wrap(s string, w int) []string {
	const longest = 4096
	if s == "" {
		return nil
	}
	return text.Wrap(text.Truncate(s, longest), w)
}

// worstSource is the source whose state wants most attention.
func (m *Model) worstSource() workspace.Source {
	states := make([]informers.State, len(m.tab.Sources))
	for i, s := range m.tab.Sources {
		states[i] = s.State
	}
	worst := phase.Worst(states)
	for _, s := range m.tab.Sources {
		if s.State.Phase == worst.Phase {
			return s
		}
	}
	return m.tab.Sources[0]
}

// what names the tab's objects.
func (m *Model) what() string {
	sources := m.tab.Sources
	if len(sources) == 0 {
		return m.tab.Title
	}
	shown := sources
	if len(sources) > mostNames+1 {
		shown = sources[:mostNames]
	}
	names := make([]string, len(shown))
	for i, s := range shown {
		names[i] = s.Name
	}
	all := strings.Join(names, ", ")
	if more := len(sources) - len(shown); more > 0 {
		all += " and " + phase.Count(more) + " more types"
	}
	return all
}

// mostNames is how many types are named of a tab that has many, as one of a pattern may.
const mostNames = 8

// where names the tab's scope, with a space before it.
func (m *Model) where() string {
	switch {
	case !anyNamespaced(m.tab.Sources):
		return ""
	case m.tab.Namespace == "":
		return " in any namespace"
	default:
		return " in " + m.tab.Namespace
	}
}

// againWords say when the server is asked again, and the key that asks now.
func (m *Model) againWords(lead string, s informers.State, now time.Time) string {
	m.changesAt(now.Add(time.Second))
	return lead + phase.Countdown(s.NextTry, now) + "   " + m.keys.KeyOf(keymap.Global, keymap.RetryNow) + " now"
}

// clock is a moment of the local clock as the server's clock shows it.
func (m *Model) clock(t time.Time) string {
	return t.Add(m.ahead).Format(time.TimeOnly)
}

func verb(s informers.State) string {
	if s.Verb == "" {
		return "list"
	}
	return s.Verb
}

func reason(s informers.State) string {
	if s.Reason == "" {
		return "no reason given"
	}
	return s.Reason
}
