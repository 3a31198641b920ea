package status

import (
	"fmt"
	"slices"
	"time"

	"github.com/dogwatch/dogwatch/keymap"
	"github.com/dogwatch/dogwatch/theme"
	"github.com/dogwatch/dogwatch/ui/phase"
	"github.com/dogwatch/dogwatch/ui/text"
)

// Place says where the user is in the list, and which keys are heard.
type Place struct {
	// At is the place of the cursor, from 1, of the Of rows of the list.
	At, Of int
	// Total counts the objects that there are, those left out by the filter
	// included.
	Total  int
	Filter string
	// Scopes are the parts that hear keys, the focused one first.
	Scopes []keymap.Scope
	// Without are actions that there is nothing for.
	Without []keymap.Action
}

// Bottom draws the last line.
func (m *Model) Bottom(now time.Time) string {
	p := &parts{}
	if m.message.text != "" && !m.message.isOver(now) {
		m.addMessage(p)
	} else {
		m.addPlace(p)
		m.addHints(p)
	}
	return p.render() + text.Spaces(m.width-p.width)
}

// addPlace adds "2 of 214" and the filter.
func (m *Model) addPlace(p *parts) {
	t, place := m.theme, m.place
	if place.Of > 0 || place.Filter != "" {
		p.add(fmt.Sprintf(" %s of %s", phase.Count(place.At), phase.Count(place.Of)), theme.Style{})
	}
	if place.Filter == "" {
		return
	}
	p.add(" /"+text.Truncate(place.Filter, max(8, m.width/4)), t.Accent)
	if place.Total > place.Of {
		p.add(" in "+phase.Count(place.Total), t.Dim)
	}
}

func (m *Model) addMessage(p *parts) {
	said, style := m.message.text, m.theme.Info
	if m.message.isError {
		said, style = "✖ "+said, m.theme.Error
	}
	p.add(text.Spaces(2), theme.Style{})
	if p.width < 3 {
		p.add(" ", theme.Style{})
	}
	p.add(text.Truncate(said, m.width-p.width-1), style)
}

// addHints adds the keys that matter, as many as fit. The one for help, which
// leads to all others, is kept to the last.
func (m *Model) addHints(p *parts) {
	t := m.theme
	gap := 3
	if m.width < 100 {
		gap = 2
	}
	width := func(b keymap.Binding) int {
		return gap + text.Width(keymap.KeyName(b.Keys[0])) + 1 + text.Width(b.Hint)
	}
	hints := m.hints()
	reserved := 0
	for _, b := range hints {
		if b.Action == keymap.ShowHelp {
			reserved = width(b)
		}
	}
	for _, b := range hints {
		w := width(b)
		if b.Action == keymap.ShowHelp {
			reserved = 0
		}
		if p.width+w+reserved > m.width-1 {
			continue
		}
		p.add(text.Spaces(gap), theme.Style{})
		p.add(keymap.KeyName(b.Keys[0]), t.Key)
		p.add(" "+b.Hint, t.KeyHint)
	}
}

// hints are the bindings to show. A key that a focused part has taken from
// another is shown once, with the meaning that it has now.
func (m *Model) hints() []keymap.Binding {
	var hints []keymap.Binding
	for _, b := range m.keys.Hints(m.place.Scopes...) {
		if len(b.Keys) == 0 || slices.Contains(m.place.Without, b.Action) {
			continue
		}
		if action, ok := m.keys.Lookup(b.Keys[0], m.place.Scopes...); ok && action == b.Action {
			hints = append(hints, b)
		}
	}
	return hints
}
