package screen

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// What is called narrow takes one column by each way to measure, and so do any two of them beside each other.
func TestNarrowIsOneColumnByAllMeasures(t *testing.T) {
	count := 0
	for r := rune(utf8.RuneSelf); r <= utf8.MaxRune; r++ {
		if !isNarrow(r) {
			continue
		}
		count++
		for _, text := range []string{string(r), "a" + string(r) + string(r) + "│" + string(r) + "b"} {
			want := utf8.RuneCountInString(text)
			if wc, grapheme := ansi.StringWidthWc(text), ansi.StringWidth(text); wc != want || grapheme != want {
				t.Errorf("%q (%U): %d and %d columns, want %d", text, r, wc, grapheme, want)
			}
		}
	}
	if count < 500 {
		t.Errorf("only %d characters were looked at", count)
	}
}

func TestPlainLines(t *testing.T) {
	for line, want := range map[string]bool{
		"": true, "pods \x1b[31m12\x1b[m │ ─ … ▲": true, "pods \x1b[31m12\x1b[m │ ─ … é": true,
		"日本": false, "⏸": false, "e\u0301": false, "a\u200db": false, "\xff": false, "👩‍👩‍👧": false, strings.Repeat("x", 300): true,
	} {
		if got := isPlain(line); got != want {
			t.Errorf("isPlain(%q) = %v", line, got)
		}
	}
}
