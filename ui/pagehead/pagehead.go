// Package pagehead draws the line above a page of the pane: which object it is of, which pages there are, and what the page has to
// say of itself.
package pagehead

import (
	"strconv"
	"strings"

	"github.com/dogwatch/dogwatch/theme"
	"github.com/dogwatch/dogwatch/ui/text"
)

// Page is a page of the pane.
type Page uint8

// The pages, in their order.
const (
	YAML Page = iota
	Events
	Relations
	History
	Why
	pages // how many there are
)

// String is the page's name in the head.
func (p Page) String() string { return [...]string{"YAML", "events", "rel", "hist", "why"}[p] }

// Step gives the page so many places on, round both ends.
func (p Page) Step(by int) Page { return Page((int(p) + by%int(pages) + int(pages)) % int(pages)) }

// Note is something that a page says of itself. Its text is cleaned.
type Note struct {
	Text  string
	Style theme.Style
}

// Head is the line's content. Where room is short the middle of the name goes first, down to where names can still be told apart; then the kind, then
// the names of the other pages, then Before and After from the first on, then more of the name.
type Head struct {
	// Kind and Name are the object's; both are cleaned.
	Kind, Name string
	Page       Page
	// Before and After stand before and behind the pages' names, the dispensable first.
	Before, After []Note
	// Above and Below are how many rows of the page are out of sight. That stands at the end, whatever else has room.
	Above, Below int
}

// Cut says how many rows are out of sight above and below what is shown; nothing where none are. It keeps its width while one goes through a text.
func Cut(above, below int) string {
	if above+below == 0 {
		return ""
	}
	digits := len(strconv.Itoa(above + below))
	mark := func(arrow string, rows int) string {
		if rows == 0 {
			return text.Spaces(digits + 1)
		}
		return text.FitRight(arrow+strconv.Itoa(rows), digits+1)
	}
	return mark("↑", above) + " " + mark("↓", below)
}

// minNameWidth is how much of the name stays, whatever else there is to say.
const minNameWidth = 16

// Draw draws the line, exactly width cells wide.
func (h Head) Draw(t *theme.Theme, width int) string {
	name, kind := text.Clean(h.Name), ""
	if h.Kind != "" && h.Name != "" { // nothing is of no kind
		kind = text.Clean(h.Kind) + " "
	}
	least := min(minNameWidth, text.Width(name))
	parts := h.fitting(t, width, least)
	room := width - 1 - widthOf(parts)
	if text.Width(kind)+least > room {
		kind = ""
	}
	name = text.TruncateMiddle(name, max(room-text.Width(kind), 1))
	var b strings.Builder
	b.WriteString(" " + t.Dim.Render(kind) + t.Strong.Render(name))
	b.WriteString(text.Spaces(room - text.Width(kind) - text.Width(name)))
	for _, p := range parts {
		b.WriteString(text.Spaces(p.gap) + p.style.Render(p.text))
	}
	return b.String()
}

// part is a word at the right, with the blanks before it.
type part struct {
	text  string
	style theme.Style
	gap   int
}

func widthOf(parts []part) int {
	width := 0
	for _, p := range parts {
		width += p.gap + text.Width(p.text)
	}
	return width
}

// fitting are the words at the right that leave room for so much of the name.
func (h Head) fitting(t *theme.Theme, width, name int) []part {
	const between = 2
	named := make([]part, 0, pages)
	for p := range pages {
		style := t.Dim
		if p == h.Page {
			style = t.Accent
		}
		named = append(named, part{p.String(), style, 1})
	}
	named[0].gap = between
	notes := func(notes []Note) (parts []part) {
		for _, n := range notes {
			parts = append(parts, part{text.Truncate(n.Text, width/2), n.Style, between})
		}
		return parts
	}
	after := notes(h.After)
	if cut := Cut(h.Above, h.Below); cut != "" {
		after = append(after, part{cut, t.Dim, between})
	}
	all := append(append(notes(h.Before), named...), after...)
	if width-1-widthOf(all) >= name {
		return all
	}
	current := part{h.Page.String(), t.Accent, between}
	all = append(append(notes(h.Before), current), after...)
	for len(all) > 1 && width-1-widthOf(all) < name {
		all = all[1:]
	}
	return all
}
