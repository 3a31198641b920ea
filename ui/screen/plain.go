package screen

import (
	"strings"
	"unicode/utf8"
)

// isPlain tells whether each character of a line takes one column, however a terminal measures. Of most lines that is so, and as long as
// it is so of all, the table by which terminals of the old way are measured, two megabytes of it, need not be made.
func isPlain(line string) bool {
	for i := 0; i < len(line); {
		if line[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(line[i:])
		if !isNarrow(r) {
			return false
		}
		i += size
	}
	return true
}

// isNarrow tells whether a character is one of those that dogwatch draws with, or a letter of Latin, Greek or Cyrillic.
func isNarrow(r rune) bool {
	switch {
	case r >= 0xA1 && r < 0x300: // Latin
		return r != 0xAD // a hyphen where a word may break
	case r >= 0x370 && r < 0x378, r >= 0x391 && r < 0x3CA, r >= 0x410 && r < 0x450: // Greek, Cyrillic
		return r != 0x3A2
	case r >= 0x2010 && r < 0x2028, r == '‹', r == '›': // dashes, quotes, dots
		return true
	case r >= 0x2190 && r < 0x2194, r >= 0x2500 && r < 0x25A0, r >= 0x2800 && r < 0x2900: // arrows, boxes, blocks, braille
		return true
	}
	return strings.ContainsRune("●◐◌✓✖⊘∅⟨⟩▲▼■↻⋯≥␛␊␡", r)
}
