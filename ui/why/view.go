package why

import (
	"fmt"
	"strings"
	"time"

	"github.com/dogwatch/dogwatch/keymap"
	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/relation"
	cause "github.com/dogwatch/dogwatch/model/why"
	"github.com/dogwatch/dogwatch/theme"
	"github.com/dogwatch/dogwatch/ui/pagehead"
	"github.com/dogwatch/dogwatch/ui/text"
)

// part is a part of a row, in one style.
type part struct {
	text  string
	style theme.Style
}

// View draws the page at a moment: exactly as many lines and cells as SetSize said.
func (m *Model) View(now time.Time) string {
	if m.width <= 0 || m.height <= 0 {
		return ""
	}
	wanted, _ := m.live.Wanted()
	head := pagehead.Head{Page: pagehead.Why, Kind: m.kind, Name: wanted.Key.Name}
	if m.isElsewhere {
		head.After = []pagehead.Note{{Text: "not under the cursor", Style: m.theme.Dim}}
	}
	head.Above, head.Below = m.cursor.Hidden()
	drawn := []string{head.Draw(m.theme, m.width)}
	if len(m.page.rows) == 0 {
		drawn = append(drawn, text.Spaces(m.width))
		words, style := m.words()
		for _, r := range text.Wrap(words, m.width-2*indent) {
			drawn = append(drawn, text.Spaces(indent)+style.Render(text.Fit(r, m.width-indent)))
		}
	}
	for i := m.cursor.Top(); i < len(m.page.rows) && len(drawn) < m.height; i++ {
		drawn = append(drawn, m.draw(i, now))
	}
	for len(drawn) < m.height {
		drawn = append(drawn, text.Spaces(m.width))
	}
	return strings.Join(drawn[:m.height], "\n")
}

// words say why there is nothing to show.
func (m *Model) words() (string, theme.Style) {
	_, wanted := m.live.Wanted()
	switch {
	case !wanted:
		return "nothing is selected", m.theme.Dim
	case m.live.Err != nil:
		return m.live.Err.Error(), m.theme.Trouble
	}
	return "looking…", m.theme.Dim
}

// draw draws a row. The cursor is on all rows of its line.
func (m *Model) draw(i int, now time.Time) string {
	mark, ground := " ", theme.Style{}
	if at := m.cursor.Index(); m.focused && at < len(m.page.lines) && i >= m.page.lines[at].first && i <= m.page.lines[at].last {
		ground = m.theme.Cursor
		mark = ground.With(m.theme.CursorBar).Render("▌")
	}
	r := &m.page.rows[i]
	parts := []part{{text.Spaces(r.indent), theme.Style{}}}
	switch {
	case r.step != nil:
		parts = append(parts, m.step(r, now)...)
	case r.event != nil:
		parts = append(parts, m.event(r, now)...)
	case r.change != nil:
		parts = append(parts, m.change(r.change, now)...)
	default:
		parts = append(parts, part{r.text, m.style(r.tone)})
	}
	var b strings.Builder
	room := m.width - 1
	for _, p := range parts {
		drawn := text.Truncate(p.text, room)
		room -= text.Width(drawn)
		b.WriteString(ground.With(p.style).Render(drawn))
	}
	return mark + b.String() + ground.Render(text.Spaces(room))
}

func (m *Model) style(t tone) theme.Style {
	switch t {
	case dim, heading:
		return m.theme.Dim
	}
	return theme.Style{}
}

// step draws an object on the way, and how it is.
func (m *Model) step(r *row, now time.Time) []part {
	s := r.step
	glyph, state, style := m.state(s)
	arrow := ""
	if r.indent > 0 {
		arrow = "└ "
	}
	room := m.width - 1 - r.indent - text.Width(arrow) - 2 - indent
	kind := text.Truncate(s.Of.Kind, max(room/3, 8)) + " "
	room -= text.Width(kind)
	name := text.Clean(s.ID.Name)
	// Of the name so much stays that it can be told from others.
	state = m.lasting(s, text.Clean(state), now, max(room-min(text.Width(name), max(room/3, minName)), 8))
	name = text.TruncateMiddle(name, max(room-text.Width(state), 1))
	return []part{
		{arrow, m.theme.Dim}, {glyph + " ", style}, {kind, m.theme.Dim}, {name, m.theme.Strong}, {text.Spaces(indent), theme.Style{}}, {state, style},
	}
}

// minName is how much of a name stays beside what is said of it.
const minName = 14

// lasting adds to a state for how long it has been so, and how many others are, as far as there is room.
func (m *Model) lasting(s *cause.Step, state string, now time.Time, room int) string {
	more := ""
	if s.Others > 0 {
		more = fmt.Sprintf(", and %d more", s.Others)
	}
	if since := s.Finding.Since; !since.IsZero() && s.Object != nil && s.Finding.Level != model.Healthy {
		age := text.Age(m.serverNow(now).Sub(since))
		for _, words := range []string{state + " for " + age + more, state + " " + age + more} {
			if text.Width(words) <= room {
				return words
			}
		}
	}
	if text.Width(state+more) > room && s.Others > 0 {
		more = fmt.Sprintf(" +%d", s.Others)
	}
	return text.Truncate(state, max(room-text.Width(more), 1)) + more
}

// state says in a few words how an object is.
func (m *Model) state(s *cause.Step) (glyph, words string, style theme.Style) {
	t := m.theme
	switch {
	case s.Object == nil && s.Presence == cause.Missing:
		return "✖", "missing", t.Trouble
	case s.Object == nil && s.Presence == cause.Hidden:
		return "⊘", "may not be read", t.Warning
	case s.Object == nil && s.Presence == cause.Unwatched:
		return "?", "not watched then", t.Dim
	case s.Object == nil:
		return "…", "", t.Dim
	}
	switch s.Finding.Level {
	case model.Unhealthy:
		return "✖", s.Finding.Reason, t.Trouble
	case model.Progressing:
		return "◐", s.Finding.Reason, t.Warning
	case model.Healthy:
		return "✓", s.Finding.Reason, t.Dim
	}
	return "·", s.Finding.Reason, t.Dim
}

// event draws how often and when the server said something, and what, where that is in the same row.
func (m *Model) event(r *row, now time.Time) []part {
	e, words := r.event, ""
	if !e.Last.IsZero() {
		words = "  " + text.Age(m.serverNow(now).Sub(e.Last)) + " ago"
	}
	if e.Count > 1 {
		words += fmt.Sprintf("  ×%d", e.Count)
	}
	parts := []part{{"! ", m.theme.Warning}, {"Event " + e.Reason, m.theme.Warning}, {words, m.theme.Dim}}
	if r.text != "" {
		return append(parts, part{"  " + r.text, theme.Style{}})
	}
	return append(parts, part{"  " + e.Source, m.theme.Dim})
}

// change draws who changed what, and when.
func (m *Model) change(c *cause.Change, now time.Time) []part {
	verb := map[model.DeltaType]string{model.Added: "  created", model.Deleted: "  deleted"}[c.Type]
	by := ""
	if c.By.Name != "" {
		by = "  by " + c.By.Name
	}
	by = text.Clean(by)
	when, kind := clock(c.At.Add(m.changesAhead), m.serverNow(now))+"  ", text.Clean(c.Item.Of.Kind)+" "
	room := m.width - 2 - text.Width(when) - text.Width(kind) - text.Width(verb) - text.Width(by)
	return []part{
		{when, m.theme.Dim},
		{kind, m.theme.Dim},
		{text.TruncateMiddle(c.Item.ID.Name, max(room, minName)), m.theme.Strong},
		{verb, m.theme.Warning},
		{by, m.theme.Accent},
	}
}

// clock spells a time as the clock's is told, with its day where that is another.
func clock(at, now time.Time) string {
	at = at.In(now.Location())
	if at.YearDay() != now.YearDay() || at.Year() != now.Year() {
		return at.Format("2006-01-02 15:04:05")
	}
	return at.Format(time.TimeOnly)
}

// serverNow is the moment by the cluster's clock.
func (m *Model) serverNow(now time.Time) time.Time { return now.Add(m.ahead) }

// NeedsTick tells how long after now the page looks different though nothing has happened.
func (m *Model) NeedsTick(now time.Time) (time.Duration, bool) {
	wait, ok := m.live.NeedsTick(now)
	for i := m.cursor.Top(); i < min(m.cursor.Top()+m.height, len(m.page.rows)); i++ {
		var since time.Time
		switch r := &m.page.rows[i]; {
		case r.step != nil:
			since = r.step.Finding.Since
		case r.event != nil:
			since = r.event.Last
		}
		if lasts := text.AgeLasts(m.serverNow(now).Sub(since)); !since.IsZero() && (!ok || lasts < wait) {
			wait, ok = lasts, true
		}
	}
	return wait, ok
}

// notes say what is not known.
func (m *Model) notes(a *cause.Answer) []string {
	var all []string
	add := func(format string, args ...any) { all = append(all, fmt.Sprintf(format, args...)) }
	for _, it := range a.Hidden {
		name := it.Of.Kind
		if it.ID.Name != "" {
			name += " " + it.ID.String()
		}
		add("%s may not be read: whether it is the cause is not known", name)
	}
	if !a.IsWell() || len(a.Below) > 0 {
		if names := unwatched(a); names != "" {
			add("no tab watched %s then: whether the cause is there is not known", names)
		}
	}
	if !a.HasEvents && a.IsPast && !a.IsWell() {
		add("what Events said of it is not known: no tab watched them then")
	}
	all = append(all, m.unremembered(a)...)
	if n := len(a.Wanted); n > 0 && !a.IsWell() {
		add("still looking for %s", counted(n, "object that is named", "objects that are named"))
	}
	return all
}

// unremembered says which changes are not known.
func (m *Model) unremembered(a *cause.Answer) (all []string) {
	if !a.Remembers {
		return []string{"what changed before it is not known: changes are not remembered (--history-memory 64MiB turns that on)"}
	}
	if a.Reading {
		return []string{"still reading what changed before"}
	}
	forgotten := m.forgotten(a)
	since := clock(a.Since.Add(m.changesAhead), m.serverNow(m.readAt))
	switch {
	case len(a.Changes) > 0 || a.Since.IsZero():
	case a.IsWell():
		all = append(all, fmt.Sprintf("nothing but status and noise has changed since %s, when history begins", since))
	case !a.Since.Before(a.Began):
		all = append(all, fmt.Sprintf("what changed before it is not known: history begins at %s", since))
	case forgotten != "":
		return []string{fmt.Sprintf("nothing is known since %s that may have led to it, but %s", since, forgotten)}
	default:
		all = append(all, fmt.Sprintf("nothing that may have led to it has changed since %s, when history begins", since))
	}
	if forgotten != "" {
		all = append(all, forgotten)
	}
	return all
}

// forgotten says of which types on the way changes are not known, and which key watches them from now on.
func (m *Model) forgotten(a *cause.Answer) string {
	kinds, them := kindsOf(a.Forgotten), "it"
	if len(a.Forgotten) > 1 {
		them = "them"
	}
	switch {
	case kinds == "":
		return ""
	case a.IsPast:
		return fmt.Sprintf("no tab watched %s then: what changed of %s is not known", kinds, them)
	}
	return fmt.Sprintf("no tab watches %s: what changed of %s is not known (%s adds %s)", kinds, them, m.keys.KeyOf(keymap.Global, keymap.OpenPicker), them)
}

// unwatched names the objects and types of which nothing was known.
func unwatched(a *cause.Answer) string {
	var names []string
	for _, it := range a.Unwatched {
		names = append(names, it.Of.Kind+" "+it.ID.Name)
	}
	if kinds := kindsOf(a.Below); kinds != "" {
		names = append(names, kinds)
	}
	return strings.Join(names, ", ")
}

func kindsOf(types []relation.Type) string {
	kinds := make([]string, len(types))
	for i, of := range types {
		kinds[i] = of.Kind
	}
	return strings.Join(kinds, ", ")
}

func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
