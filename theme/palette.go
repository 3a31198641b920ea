package theme

import "fmt"

// palette holds SGR parameters by role.
type palette struct {
	text, dim, rule, header, key, number string
	accent, trouble, warning, good       string
	changed                              string
	cursor, cursorDim, current           string
	prod, past                           string
}

func paletteFor(o Options) palette {
	switch {
	case o.Colors == None:
		return withoutColors()
	case o.Colors == ANSI16:
		return ansi16(o.Dark)
	case o.Dark:
		return dark()
	default:
		return light()
	}
}

func dark() palette {
	return palette{
		dim:       fg(0x7d8694),
		rule:      fg(0x3d4450),
		header:    fg(0xb6bec9),
		key:       fg(0xb6bec9),
		number:    fg(0xc9a9e0),
		accent:    fg(0x5fb3c8),
		trouble:   fg(0xec6a6a),
		warning:   fg(0xdcb35c),
		good:      fg(0x86c06c),
		changed:   fg(0xa3abb7),
		cursor:    bg(0x2a3441),
		cursorDim: bg(0x20262e),
		current:   bold + ";" + bg(0x2a3441),
		prod:      bold + ";" + fg(0x14171c) + ";" + bg(0xdc7a5c),
		past:      bold + ";" + fg(0x10151f) + ";" + bg(0x7aa2e8),
	}
}

func light() palette {
	return palette{
		dim:       fg(0x6a7280),
		rule:      fg(0xc9ced6),
		header:    fg(0x3a424e),
		key:       fg(0x3a424e),
		number:    fg(0x7b3fa0),
		accent:    fg(0x0b6e85),
		trouble:   fg(0xb92a22),
		warning:   fg(0x8c5d00),
		good:      fg(0x2f7a2c),
		changed:   fg(0x545c68),
		cursor:    bg(0xd9e4ec),
		cursorDim: bg(0xecf0f3),
		current:   bold + ";" + bg(0xd9e4ec),
		prod:      bold + ";" + fg(0xffffff) + ";" + bg(0xb54a2c),
		past:      bold + ";" + fg(0xffffff) + ";" + bg(0x3a62b5),
	}
}

// ansi16 keeps off bright black and plain blue: in common palettes one is the
// background and the other cannot be read on it.
func ansi16(isDark bool) palette {
	p := palette{
		dim:       faint,
		rule:      faint,
		number:    "35",
		accent:    "36",
		trouble:   "31",
		warning:   "33",
		good:      "32",
		changed:   faint,
		cursor:    reverse,
		cursorDim: bold,
		current:   bold + ";" + reverse,
		prod:      bold + ";37;41",
		past:      bold + ";37;44",
	}
	if isDark {
		p.trouble = "91"
	}
	return p
}

func withoutColors() palette {
	return palette{
		dim:       faint,
		rule:      faint,
		trouble:   bold,
		warning:   underline,
		changed:   faint,
		cursor:    reverse,
		cursorDim: bold,
		current:   bold + ";" + reverse,
		prod:      bold + ";" + reverse,
		past:      reverse,
	}
}

func fg(rgb uint32) string { return "38;2;" + channels(rgb) }
func bg(rgb uint32) string { return "48;2;" + channels(rgb) }

func channels(rgb uint32) string {
	return fmt.Sprintf("%d;%d;%d", rgb>>16&0xff, rgb>>8&0xff, rgb&0xff)
}
