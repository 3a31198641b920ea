package lineedit_test

import (
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/dogwatch/dogwatch/theme"
	"github.com/dogwatch/dogwatch/ui/lineedit"
	"github.com/dogwatch/dogwatch/ui/text"
)

// most is how many characters a line holds.
const most = 4096

// checkLine holds a line to what it promises whatever is typed, and tells where its cursor is.
func checkLine(t *testing.T, l *lineedit.Line) (before, after string) {
	t.Helper()
	whole, at := l.Text(), l.Cursor()
	if !utf8.ValidString(whole) || strings.ContainsFunc(whole, unicode.IsControl) || utf8.RuneCountInString(whole) > most {
		t.Fatalf("the line is %.200q", whole)
	}
	if at < 0 || at > len(whole) || at < len(whole) && !utf8.RuneStart(whole[at]) || l.AtEnd() != (at == len(whole)) {
		t.Fatalf("the cursor is at %d of %.200q", at, whole)
	}
	return whole[:at], whole[at:]
}

// FuzzLine types and pastes at will: what is typed is put in at the cursor once, what is not deleted stays, and what is drawn
// is harmless and no wider than it may be.
func FuzzLine(f *testing.F) {
	f.Add("pods -l app=x", "ds", []byte("ab\x00\x01\x02\xf0\xf1\xf2\xf3\xf4\xf5\xf6\xf7\xf8"), uint8(20))
	f.Add("\x1b[200~\u202e\r\n\t日本e\u0301\u0301", "\x1b[31m", []byte{0xf0, 0xf2, 0xf0, 0xf4, 0xf1, 0xf9, 0xf0, 0xfa}, uint8(1))
	f.Add(strings.Repeat("語\u0301", 3000), "語", []byte{0xf0, 0xf0, 0xf5, 'x', 0xf0, 0xf3, 0xf8}, uint8(2))
	f.Add("🇩🇪👍🏽👨‍👩‍👧❤️ ᄀᄀ각 ำำ ؀1", "\u0301", []byte{0xf0, 0xf2, 0xf2, 0xf2, 0xf0, 0xf6, 0xf6}, uint8(5))
	th := theme.New(theme.Options{Colors: theme.None})
	names := slices.Sorted(func(yield func(string) bool) {
		for name := range keys {
			if !yield(name) {
				return
			}
		}
	})
	f.Fuzz(func(t *testing.T, pasted, ghost string, does []byte, width uint8) {
		if len(does) > 100 {
			return
		}
		var l lineedit.Line
		for _, do := range does {
			before, after := checkLine(t, &l)
			switch {
			case do < 0xf0 && unicode.IsPrint(rune(do)):
				l.Type(tea.KeyPressMsg{Code: rune(do), Text: string(rune(do))})
				if got, _ := checkLine(t, &l); got != before+string(rune(do)) && utf8.RuneCountInString(before+after) < most {
					t.Fatalf("%.200q typed behind %.200q gives %.200q", rune(do), before, got)
				}
			case do == 0xf0:
				l.Paste(pasted)
			default:
				l.Type(keys[names[int(do)%len(names)]])
			}
			checkKept(t, &l, before, after, do == 0xf0 || do < 0xf0 && unicode.IsPrint(rune(do)))
			view := ansi.Strip(l.View(th, int(width), ghost))
			if strings.ContainsFunc(view, unicode.IsControl) || text.Width(view) > int(width) {
				t.Fatalf("in %d cells %.200q is drawn as %.200q, of %d", width, l.Text(), view, text.Width(view))
			}
		}
	})
}

// checkKept looks whether what was before and behind the cursor is there still, after what puts in; or that nothing is there but a
// beginning and an end of it.
func checkKept(t *testing.T, l *lineedit.Line, before, after string, putIn bool) {
	t.Helper()
	checkLine(t, l)
	whole := l.Text()
	if putIn {
		if !strings.HasPrefix(whole, before) || !strings.HasSuffix(whole, after) || len(whole) < len(before)+len(after) {
			t.Fatalf("%.200q, put in behind %.200q and before %.200q", whole, before, after)
		}
		return
	}
	was := before + after
	common := 0
	for common < min(len(was), len(whole)) && was[common] == whole[common] {
		common++
	}
	if !strings.HasSuffix(was, whole[common:]) {
		t.Fatalf("%.200q is left of %.200q", whole, was)
	}
}
