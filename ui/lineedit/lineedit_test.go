package lineedit_test

import (
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/dogwatch/dogwatch/theme"
	"github.com/dogwatch/dogwatch/ui/lineedit"
	"github.com/dogwatch/dogwatch/ui/text"
)

var keys = map[string]tea.KeyPressMsg{
	"left":      {Code: tea.KeyLeft},
	"right":     {Code: tea.KeyRight},
	"home":      {Code: tea.KeyHome},
	"end":       {Code: tea.KeyEnd},
	"backspace": {Code: tea.KeyBackspace},
	"delete":    {Code: tea.KeyDelete},
	"ctrl+w":    {Code: 'w', Mod: tea.ModCtrl},
	"ctrl+u":    {Code: 'u', Mod: tea.ModCtrl},
	"ctrl+k":    {Code: 'k', Mod: tea.ModCtrl},
	"alt+b":     {Code: 'b', Mod: tea.ModAlt},
	"alt+f":     {Code: 'f', Mod: tea.ModAlt},
	"up":        {Code: tea.KeyUp},
}

// press types what keys names: a known key, or text.
func press(l *lineedit.Line, names string) {
	for name := range strings.FieldsSeq(names) {
		if key, ok := keys[name]; ok {
			l.Type(key)
			continue
		}
		for _, r := range name {
			l.Type(tea.KeyPressMsg{Code: r, Text: string(r)})
		}
	}
}

func TestLineEdits(t *testing.T) {
	for keys, want := range map[string]string{
		"po":                      "po|",
		"po left x":               "px|o",
		"po home x end y":         "x" + "poy|",
		"po backspace":            "p|",
		"po home delete":          "|o",
		"backspace delete left":   "|",
		"kube-system ctrl+w":      "kube-|",
		"kube-system alt+b alt+b": "|kube-system",
		"kube-system home alt+f":  "kube|-system",
		"abc left ctrl+u":         "|c",
		"abc left left ctrl+k":    "a|",
		"e\u0301 left x":          "x|e\u0301",
		"ae\u0301 backspace":      "a|",
		"名前 left x":               "名x|前",
		"abc up":                  "abc|",
	} {
		var l lineedit.Line
		press(&l, keys)
		if got := l.Text()[:l.Cursor()] + "|" + l.Text()[l.Cursor():]; got != want {
			t.Errorf("%q gives %q, want %q", keys, got, want)
		}
	}
}

func TestPasteStaysOneLine(t *testing.T) {
	var l lineedit.Line
	l.Set("ab")
	press(&l, "left")
	l.Paste("1\r\n2\t3\x1b[31m\x00\xff\u009b\n")
	if got, want := l.Text(), "a1 2 3[31mb"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	l.Paste(strings.Repeat("x", 1<<20))
	if n := len(l.Text()); n > 5000 {
		t.Errorf("a paste of a megabyte leaves %d bytes", n)
	}
}

func TestReplacePutsTheCursorAfterIt(t *testing.T) {
	var l lineedit.Line
	l.Set("po,sv shop")
	l.Replace(3, 5, "services")
	if l.Text() != "po,services shop" || l.Cursor() != len("po,services") {
		t.Errorf("%q, cursor at %d", l.Text(), l.Cursor())
	}
}

func TestViewKeepsTheCursorInSight(t *testing.T) {
	th := theme.New(theme.Options{Colors: theme.None})
	var l lineedit.Line
	for name, test := range map[string]struct {
		keys, ghost string
		width       int
		want        string
	}{
		"empty":          {"", "", 10, "[ ]"},
		"ghost":          {"po", "ds", 10, "po[d]s"},
		"ghost cut":      {"po", "dtemplates", 6, "po[d]te…"},
		"middle":         {"abc left", "x", 10, "ab[c]"},
		"scrolled":       {"abcdefgh", "", 5, "efgh[ ]"},
		"scrolled back":  {"abcdefgh left left left left left left", "", 5, "ab[c]d…"},
		"scrolled, wide": {"日本語版日本語版", "", 6, "語版[ ]"},
		"hostile":        {"a\u202eb", "", 20, "a<U+202E>b[ ]"},
		"no room":        {"abc", "", 1, "[ ]"},
	} {
		t.Run(name, func(t *testing.T) {
			l.Set("")
			press(&l, test.keys)
			view := l.View(th, test.width, test.ghost)
			if w := text.Width(ansi.Strip(view)); w > test.width {
				t.Errorf("%d cells wide, want %d", w, test.width)
			}
			view = strings.Replace(view, th.InputCursor.Open(), "[", 1)
			view = strings.Replace(view, theme.Reset, "]", 1)
			if got := ansi.Strip(view); got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}
