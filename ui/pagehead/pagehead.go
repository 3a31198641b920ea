// Package pagehead draws the line above a page of the pane: which object it is of, which pages there are, and what the page has to
// say of itself.
package pagehead

import (
	"slices"
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

// Head is the line's content. Where room is short the middle of the name goes first, down to where names can still be told apart; then Position, the
// numbers of what is out of sight, the end of the kind, the names of other pages one by one, Before, all of the kind, and After from the first on.
type Head struct {
	// Kind and Name are the object's; both are cleaned.
	Kind, Name string
	Page       Page
	// Before and After stand before and behind the pages' names, the dispensable first.
	Before, After []Note
	// Position is where the cursor is in the page, or how much there is of it.
	Position string
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

// arrows say only where rows are out of sight.
func arrows(above, below int) string {
	marks := [...]string{" ", "↑", " ", "↓"}
	return marks[min(above, 1)] + marks[2+min(below, 1)]
}

const (
	// wellNamed is how much of the name stays while there is something to leave out for it, leastNamed how much stays whatever else there is to say.
	wellNamed, leastNamed = 16, 12
	// leastKind is how much of the kind stays, with the blank behind it.
	leastKind = 8
	// between are the blanks before a part that says something else.
	between = 2
)

// layout is what of the line is drawn.
type layout struct {
	kind, name int  // how much of them is there at least
	position   bool // it is there
	counted    bool // what is out of sight is counted
	pages      int  // how many are named
	dropped    int  // of Before and After, from the first on
}

// layouts are the ways to draw the line, from all that there is to say on to less and less.
func (h Head) layouts(yield func(layout) bool) {
	l := layout{kind: text.Width(h.kind()), name: wellNamed, position: true, counted: true, pages: int(pages)}
	drop := func() { l.dropped++ }
	less := []func(){
		func() { l.position = false },
		func() { l.counted = false },
		func() { l.name = leastNamed },
		func() { l.kind = min(l.kind, leastKind) },
		func() { l.name = wellNamed }, // which names of pages are left out for
	}
	less = append(less, slices.Repeat([]func(){func() { l.pages-- }}, int(pages)-1)...)
	less = append(less, func() { l.name = leastNamed })
	less = append(less, slices.Repeat([]func(){drop}, len(h.Before))...)
	less = append(less, func() { l.kind = 0 })
	less = append(less, slices.Repeat([]func(){drop}, len(h.After))...)
	for _, next := range less {
		if !yield(l) {
			return
		}
		next()
	}
	yield(l)
}

// kind is the kind and a blank; nothing is of no kind.
func (h Head) kind() string {
	if h.Kind == "" || h.Name == "" {
		return ""
	}
	return text.Clean(h.Kind) + " "
}

// Draw draws the line, exactly width cells wide.
func (h Head) Draw(t *theme.Theme, width int) string {
	name, kind := text.Clean(h.Name), h.kind()
	var parts []part
	room, forKind := 0, 0
	for l := range h.layouts {
		parts = h.parts(t, width, l)
		room = width - 1 - widthOf(parts)
		if forKind = room - min(l.name, text.Width(name)); forKind >= l.kind {
			break
		}
	}
	switch {
	case text.Width(kind) <= forKind:
	case forKind < leastKind:
		kind = ""
	default:
		kind = text.Truncate(h.Kind, forKind-1) + " "
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

// parts are the words at the right.
func (h Head) parts(t *theme.Theme, width int, l layout) []part {
	notes := func(notes []Note, dropped int) (parts []part) {
		for _, n := range notes[min(max(dropped, 0), len(notes)):] {
			parts = append(parts, part{text.Truncate(n.Text, width/2), n.Style, between})
		}
		return parts
	}
	all := append(notes(h.Before, l.dropped), h.named(t, l.pages)...)
	if l.position && h.Position != "" {
		all = append(all, part{h.Position, t.Dim, between})
	}
	all = append(all, notes(h.After, l.dropped-len(h.Before))...)
	if cut := Cut(h.Above, h.Below); cut != "" {
		if !l.counted {
			cut = arrows(h.Above, h.Below)
		}
		all = append(all, part{cut, t.Dim, between})
	}
	return all
}

// named are the names of so many pages, the present one among them, and a sign that there are more.
func (h Head) named(t *theme.Theme, many int) []part {
	var named []part
	for p := range pages {
		switch left := many - len(named); {
		case p == h.Page:
			named = append(named, part{p.String(), t.Accent, 1})
		case left > 1 || left == 1 && p > h.Page:
			named = append(named, part{p.String(), t.Dim, 1})
		}
	}
	if many < int(pages) {
		named = append(named, part{text.Ellipsis, t.Dim, 1})
	}
	named[0].gap = between
	return named
}
