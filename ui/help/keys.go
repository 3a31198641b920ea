package help

import (
	"strings"

	"github.com/dogwatch/dogwatch/keymap"
)

// keyNames writes keys as they stand on a keyboard, with a row of digits
// folded: "↑ k", "1-9".
func keyNames(keys []string) string {
	if len(keys) > 2 && isDigitRow(keys) {
		return keys[0] + "-" + keys[len(keys)-1]
	}
	names := make([]string, len(keys))
	for i, key := range keys {
		names[i] = keymap.KeyName(key)
	}
	return strings.Join(names, " ")
}

// isDigitRow reports whether keys are digits, each one more than the last.
func isDigitRow(keys []string) bool {
	for i, key := range keys {
		if len(key) != 1 || key[0] < '0' || key[0] > '9' || i > 0 && key[0] != keys[i-1][0]+1 {
			return false
		}
	}
	return true
}
