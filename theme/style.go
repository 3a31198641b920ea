package theme

import "strings"

// Style is a set of attributes and colours as the terminal is told of them.
// The zero Style is plain text. Styles are values and safe to share.
type Style struct {
	sgr string // parameters of one SGR sequence, "1;31"
}

// Reset ends every style.
const Reset = "\x1b[m"

// Open is the sequence that starts the style, empty for the plain one. It says
// nothing of attributes that an earlier style left on: end that one first.
func (s Style) Open() string {
	if s.sgr == "" {
		return ""
	}
	return "\x1b[" + s.sgr + "m"
}

// Close is the sequence that ends the style, empty for the plain one.
func (s Style) Close() string {
	if s.sgr == "" {
		return ""
	}
	return Reset
}

// Render gives text in this style.
func (s Style) Render(text string) string {
	if s.sgr == "" || text == "" {
		return text
	}
	return "\x1b[" + s.sgr + "m" + text + Reset
}

// With lays other over s: other's colours win, attributes add up.
func (s Style) With(other Style) Style {
	switch {
	case s.sgr == "":
		return other
	case other.sgr == "":
		return s
	default:
		return Style{sgr: s.sgr + ";" + other.sgr}
	}
}

// The SGR attributes that are in use.
const (
	bold      = "1"
	faint     = "2"
	underline = "4"
	reverse   = "7"
	strike    = "9"
)

// style makes a Style of SGR parameters; empty ones are left out.
func style(parameters ...string) Style {
	var set []string
	for _, p := range parameters {
		if p != "" {
			set = append(set, p)
		}
	}
	return Style{sgr: strings.Join(set, ";")}
}
