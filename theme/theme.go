// Package theme holds how dogwatch looks: one set of styles whose names say
// what they mean, made for a dark or a light terminal, for 16 colours or for
// none.
//
// The look is calm: one accent, red for trouble, yellow for what wants a look,
// green only for what just got well, and plain text for all that is as it
// should be. Where there is no colour, weight, reversal, underline and strike
// carry the meaning, always beside a glyph or a word.
package theme

// Colors says how many colours the terminal has.
type Colors uint8

// The kinds of terminals.
const (
	// TrueColor terminals show any colour; what draws on one of 256 finds the
	// nearest by itself.
	TrueColor Colors = iota
	// ANSI16 leaves the sixteen colours to the terminal's own palette.
	ANSI16
	// None is for NO_COLOR: attributes only.
	None
)

// Options choose a theme.
type Options struct {
	// Dark tells that the terminal's background is dark.
	Dark   bool
	Colors Colors
}

// Theme is one set of styles. It is never changed after it is made.
type Theme struct {
	Text   Style // what is as it should be
	Strong Style // the one thing of a line that counts
	Dim    Style // chrome, and what has not changed lately
	Accent Style // focus and links

	Trouble Style
	Warning Style
	Good    Style // just became healthy

	Rule         Style
	Header       Style
	HeaderSorted Style
	Cursor       Style // the current row of the focused part
	CursorDim    Style // the current row of a part that is not focused
	CursorBar    Style // the mark before the current row
	Match        Style // what a filter or a search found
	Marked       Style // chosen with others, in a list of choices

	New           Style
	ChangedNow    Style
	ChangedLately Style
	Deleted       Style

	Tab         Style
	TabCurrent  Style
	Context     Style
	ContextProd Style // a context that looks like production
	Past        Style // what says that this is not the present

	Key     Style // a key in help and hints
	KeyHint Style // what that key does
	Input   Style // what the user types
	Ghost   Style // what completion would add
	// InputCursor is the cell where the next key types.
	InputCursor Style
	Info        Style // a message
	Error       Style // a message about something that did not work

	YAML YAML
}

// YAML styles the parts of a document.
type YAML struct {
	Key     Style
	String  Style
	Number  Style
	Bool    Style
	Null    Style
	Comment Style
	Punct   Style
}

// New makes the theme for a terminal.
func New(o Options) *Theme {
	p := paletteFor(o)
	t := &Theme{
		Strong: style(bold),
		Dim:    style(p.dim),
		Accent: style(p.accent),

		Trouble: style(p.trouble),
		Warning: style(p.warning),
		Good:    style(p.good),

		Rule:         style(p.rule),
		Header:       style(p.dim),
		HeaderSorted: style(bold, p.header),
		Cursor:       style(p.cursor),
		CursorDim:    style(p.cursorDim),
		CursorBar:    style(bold, p.accent),
		Match:        style(bold, underline, p.accent),
		Marked:       style(bold, p.accent),

		New:           style(bold, p.accent),
		ChangedNow:    style(reverse, p.changed),
		ChangedLately: style(underline, p.changed),
		Deleted:       style(strike, p.dim),

		Tab:         style(p.dim),
		TabCurrent:  style(p.current),
		Context:     style(bold, p.accent),
		ContextProd: style(p.prod),
		Past:        style(p.past),

		Key:         style(bold, p.key),
		KeyHint:     style(p.dim),
		Input:       style(p.text),
		Ghost:       style(p.dim),
		InputCursor: style(reverse),
		Info:        style(p.accent),
		Error:       style(bold, p.trouble),
	}
	t.YAML = YAML{
		Key:     style(p.accent),
		String:  style(p.text),
		Number:  style(p.number),
		Bool:    style(p.number),
		Null:    style(p.dim),
		Comment: style(p.dim),
		Punct:   style(p.dim),
	}
	return t
}
