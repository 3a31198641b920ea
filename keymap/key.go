package keymap

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// ParseKey reads a key as a user writes it, "ctrl+x", "shift+tab", "G", and gives it as the terminal reports it. The error
// says how it is to be written.
func ParseKey(written string) (string, error) {
	if len(written) > maxKeyBytes {
		return "", fmt.Errorf("%q is too long for a key", written[:maxKeyBytes])
	}
	var held []string
	base := written
	for {
		modifier, rest, ok := strings.Cut(base, "+")
		if !ok || rest == "" || !slices.Contains(modifiers(), modifier) || slices.Contains(held, modifier) {
			break
		}
		held, base = append(held, modifier), rest
	}
	switch {
	case base == " ":
		base = "space"
	case !isNamed(base) && !isCharacter(base):
		return "", fmt.Errorf("%q is no key: expected a character, or a name such as enter, esc, tab, space, up, pgdown, f5, with ctrl+, alt+ or shift+ before it", written)
	case slices.Contains(held, "shift") && isCharacter(base):
		return "", fmt.Errorf("%q: a terminal does not report shift with a character: write the character that comes of it, such as %q", written, strings.ToUpper(base))
	case slices.Contains(held, "ctrl") && strings.ToLower(base) != base && isCharacter(base):
		return "", fmt.Errorf("%q: with ctrl, write the small letter: %q", written, strings.ToLower(written))
	}
	var key strings.Builder
	for _, modifier := range modifiers() { // in the order in which the terminal's are reported
		if slices.Contains(held, modifier) {
			key.WriteString(modifier + "+")
		}
	}
	return key.String() + base, nil
}

// maxKeyBytes is more than the longest name of a key has.
const maxKeyBytes = 32

func modifiers() []string { return []string{"ctrl", "alt", "shift"} }

// isCharacter tells whether a key is one that types something.
func isCharacter(key string) bool {
	r, size := utf8.DecodeRuneInString(key)
	return size == len(key) && r != utf8.RuneError && unicode.IsGraphic(r) && !unicode.IsSpace(r)
}

var functionKey = regexp.MustCompile(`^f([1-9]|1[0-9]|2[0-4])$`)

func isNamed(key string) bool {
	switch key {
	case "enter", "tab", "backspace", "esc", "space", "up", "down", "left", "right", "insert", "delete", "pgup", "pgdown", "home", "end":
		return true
	}
	return functionKey.MatchString(key)
}
