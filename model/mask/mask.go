// Package mask is the text that stands in the place of a value that is not to be kept, as in "•••• (12 bytes, mark 9f3a)". It tells the value's size, and by its
// mark whether the value is another than before.
package mask

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
)

// Begin is how each mask begins.
const Begin = "••••"

// MarkSize is the bytes of a mark, of which each is written as two letters. So few that one guess in 65,536 of a value has its mark by chance: who could have guesses
// marked learns little.
const MarkSize = 2

// markBegin stands between a mask's size and its mark.
const markBegin = " bytes, mark "

// Of masks a value of so many bytes, without a mark.
func Of(size int) string { return fmt.Sprintf(Begin+" (%d bytes)", size) }

// Marked masks a value of so many bytes that has a mark.
func Marked(size int, mark string) string {
	return fmt.Sprintf(Begin+" (%d"+markBegin+"%s)", size, mark)
}

// Parse reads a mask; mark is empty where it has none. It is not ok for a text that neither Of nor Marked gives.
func Parse(text string) (size int, mark string, ok bool) {
	digits, rest, _ := strings.Cut(strings.TrimPrefix(text, Begin+" ("), " bytes")
	size, err := strconv.Atoi(digits)
	if err != nil {
		return 0, "", false
	}
	mark, isMarked := strings.CutPrefix(strings.TrimSuffix(rest, ")"), ", mark ")
	if !isMarked {
		return size, "", text == Of(size)
	}
	code, err := hex.DecodeString(mark)
	return size, mark, err == nil && len(code) == MarkSize && text == Marked(size, hex.EncodeToString(code))
}

// MayBeMarked tells whether there may be masks with marks in a text: at once, for most have none.
func MayBeMarked(text []byte) bool { return bytes.Contains(text, []byte(markBegin)) }
