package text_test

import (
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/dogwatch/dogwatch/ui/text"
)

func TestCleanMakesTheUnseenVisible(t *testing.T) {
	for name, test := range map[string]struct{ in, want string }{
		"plain ASCII":       {"api-7c9d8b6f5-2xk4p", "api-7c9d8b6f5-2xk4p"},
		"wide runes":        {"名前", "名前"},
		"combining marks":   {"e\u0301", "e\u0301"},
		"escape sequence":   {"a\x1b[31mb", "a␛[31mb"},
		"newline and tab":   {"a\nb\tc\r", "a␊b␉c␍"},
		"delete":            {"a\x7f", "a␡"},
		"C1":                {"a\u009b31m", "a<U+009B>31m"},
		"bidirectional":     {"a\u202eb", "a<U+202E>b"},
		"zero width":        {"a\u200bb\ufeff", "a<U+200B>b<U+FEFF>"},
		"variation":         {"❤\ufe0f", "❤<U+FE0F>"},
		"Hangul filler":     {"a\u3164", "a<U+3164>"},
		"line separator":    {"a\u2028b", "a<U+2028>b"},
		"not UTF-8":         {"a\xff\xfeb", "a\ufffd\ufffdb"},
		"a real U+FFFD":     {"a\ufffd", "a\ufffd"},
		"tag (language)":    {"a\U000e0041", "a<U+E0041>"},
		"empty":             {"", ""},
		"lone surrogate":    {"a\xed\xa0\x80", "a\ufffd\ufffd\ufffd"},
		"joins before":      {"\u0e33\u0e33", "<U+0E33><U+0E33>"},
		"joins within":      {"\u0e17\u0e33", "\u0e17\u0e33"},
		"private use glyph": {"\ue0a0", "<U+E0A0>"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := text.Clean(test.in); got != test.want {
				t.Errorf("Clean(%q) = %q, want %q", test.in, got, test.want)
			}
		})
	}
}

func TestCleanOfPlainTextAllocatesNothing(t *testing.T) {
	if n := testing.AllocsPerRun(100, func() { text.Clean("kube-system/coredns-5d78c9869d-abcde") }); n != 0 {
		t.Errorf("%v allocations, want none", n)
	}
}

func TestTruncate(t *testing.T) {
	for name, test := range map[string]struct {
		in                  string
		w                   int
		end, start, between string
	}{
		"fits":          {"abc", 3, "abc", "abc", "abc"},
		"ASCII":         {"abcdefgh", 5, "abcd…", "…efgh", "ab…gh"},
		"one cell":      {"abc", 1, "…", "…", "…"},
		"no cell":       {"abc", 0, "", "", ""},
		"wide":          {"日本語版", 5, "日本…", "…語版", "日…版"},
		"wide straddle": {"日本語版", 4, "日…", "…版", "日…"},
		"escape":        {"\x1b\x1b\x1b\x1b", 3, "␛␛…", "…␛␛", "␛…␛"},
		"own ellipsis":  {"ab…", 3, "ab…", "ab…", "ab…"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := text.Truncate(test.in, test.w); got != test.end {
				t.Errorf("Truncate: %q, want %q", got, test.end)
			}
			if got := text.TruncateLeft(test.in, test.w); got != test.start {
				t.Errorf("TruncateLeft: %q, want %q", got, test.start)
			}
			if got := text.TruncateMiddle(test.in, test.w); got != test.between {
				t.Errorf("TruncateMiddle: %q, want %q", got, test.between)
			}
		})
	}
}

func TestFitOfAMegabyteLooksAtItsStartOnly(t *testing.T) {
	huge := strings.Repeat("語", 1<<20)
	allocated := testing.AllocsPerRun(10, func() { text.Fit(huge, 40) })
	if got := text.Fit(huge, 40); text.Width(got) != 40 || len(got) > 40*16 || allocated > 8 {
		t.Errorf("%d cells, %d bytes, %v allocations", text.Width(got), len(got), allocated)
	}
}

func TestAge(t *testing.T) {
	for want, d := range map[string]time.Duration{
		"0s":     -time.Second,
		"2s":     2 * time.Second,
		"3h12m":  3*time.Hour + 12*time.Minute,
		"11d":    11 * 24 * time.Hour,
		"in 89d": -89 * 24 * time.Hour,
	} {
		if got := text.Age(d); got != want {
			t.Errorf("Age(%v) = %q, want %q", d, got, want)
		}
	}
}

func TestAgeStaysTrueForAsLongAsItSays(t *testing.T) {
	for _, d := range []time.Duration{
		0, 1500 * time.Millisecond, -time.Second, -9 * time.Second, -89 * 24 * time.Hour, 119 * time.Second,
		9*time.Minute + 59*time.Second, 2*time.Hour + 59*time.Minute, 7*time.Hour + time.Second, 47 * time.Hour,
		8*24*time.Hour - time.Second, 400 * 24 * time.Hour, 3000 * 24 * time.Hour,
	} {
		lasts := text.AgeLasts(d)
		if lasts <= 0 {
			t.Errorf("AgeLasts(%v) = %v", d, lasts)
		}
		if before, after := text.Age(d), text.Age(d+lasts-1); before != after {
			t.Errorf("%v: %q becomes %q before %v have passed", d, before, after, lasts)
		}
	}
}

// FuzzFit holds text to its promises whatever the cluster sends: exact width,
// one line, nothing that a terminal would obey.
func FuzzFit(f *testing.F) {
	for _, seed := range []string{"", "api", "日本語", "\x1b[2J", "e\u0301\u0301", "\xff", "a\u202e", "🇩🇪👍🏽", "ᄀᄀᄀ각", "ำ", "ൎ"} {
		f.Add(seed, 7)
	}
	f.Fuzz(func(t *testing.T, s string, w int) {
		w = min(max(w, 0), 300)
		for name, got := range map[string]string{"Fit": text.Fit(s, w), "FitRight": text.FitRight(s, w)} {
			if text.Width(got) != w {
				t.Errorf("%s(%q, %d) = %q, which is %d cells", name, s, w, got, text.Width(got))
			}
			checkHarmless(t, got)
		}
		for name, got := range map[string]string{"TruncateLeft": text.TruncateLeft(s, w), "TruncateMiddle": text.TruncateMiddle(s, w)} {
			if text.Width(got) > w {
				t.Errorf("%s(%q, %d) = %q, which is %d cells", name, s, w, got, text.Width(got))
			}
			checkHarmless(t, got)
		}
		c := text.Clean(s)
		if text.Clean(c) != c {
			t.Errorf("Clean(%q) is not clean", s)
		}
		for _, beside := range []string{" ", "│", "a"} {
			if in := beside + c + beside; text.Width(in) != 2*text.Width(beside)+text.Width(c) {
				t.Errorf("Clean(%q) = %q is of another width in %q", s, c, in)
			}
		}
	})
}

func TestCleanOfTextThatJoinsTakesMemoryInProportion(t *testing.T) {
	joining := strings.Repeat("\u0e33", 20_000)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	cleaned := text.Clean(joining)
	runtime.ReadMemStats(&after)
	if took := after.TotalAlloc - before.TotalAlloc; took > uint64(20*len(cleaned)) {
		t.Errorf("%d bytes became %d, by way of %d", len(joining), len(cleaned), took)
	}
}

func checkHarmless(t *testing.T, s string) {
	t.Helper()
	if !utf8.ValidString(s) {
		t.Errorf("%q is not UTF-8", s)
	}
	for _, r := range s {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			t.Errorf("%q holds %U", s, r)
		}
	}
}

func BenchmarkFit(b *testing.B) {
	for name, s := range map[string]string{"ascii": "api-7c9d8b6f5-2xk4p", "wide": "名前-7c9d8b6f5"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for range b.N {
				text.Fit(s, 40)
			}
		})
	}
}

func TestTheLastLineHasTheRestAsItIsTold(t *testing.T) {
	for words, want := range map[string][]string{
		"":                                   {""},
		"exit 1":                             {"exit 1"},
		"call https://image-policy/check it": {"call", "https://image-policy/check it"},
		"no two words of it fit in a line":   {"no two words of", "it fit in a line"},
		"cart-785df7dfd8-5sfct, cart-7nsvl":  {"cart-785df7dfd8-", "5sfct, cart-7nsvl"},
		"it is longer than two lines - so it goes on, and is cut": {"it is longer", "than two lines - so it goes on, and is cut"},
	} {
		if got := text.WrapRest(words, 16, 2); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", words, got, want)
		}
	}
	if got := text.WrapRest("any number\x1b of words", 8, 1); !slices.Equal(got, []string{"any number␛ of words"}) {
		t.Errorf("in one line: %q", got)
	}
}
