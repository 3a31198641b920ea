package model

import (
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestFilterMatch(t *testing.T) {
	o := pod("Shop", "api-7c9d", "1", "0/1", "CrashLoopBackOff", "7", "1700000000")
	o.Labels = MakeLabelSet(map[string]string{"app": "api", "tier": "web"})
	for filter, want := range map[string]bool{
		"":                      true,
		"  ":                    true,
		"api":                   true,
		"API":                   false,
		"shop":                  true,
		"Shop":                  true,
		"crash":                 true,
		"Crash":                 true,
		"cRash":                 false,
		"web":                   false,
		"!web":                  true,
		"!api":                  false,
		"!":                     true,
		"^api-.*d$":             true,
		"^pi":                   false,
		"crash|oom":             true,
		"!crash|oom":            false,
		"1700":                  false, // an age is shown, not its seconds
		"-f a7d":                true,
		"-f clbo":               true,
		"-f xyz":                false,
		"-f":                    true,
		"-l app=api":            true,
		"-l app=api,tier!=web":  false,
		"-l 'oops":              true,
		"-l":                    true,
		"-l tier in (db, web)":  true,
		"-l !gone":              true,
		"-lapp":                 false,
		"7c9d[":                 false,
		"deployment":            true, // from what is shown beside
		"-f dplmnt":             true,
		strings.Repeat("x", 99): false,
	} {
		if got := ParseFilter(filter).Match(o, "Deployment"); got != want {
			t.Errorf("%q matches: %v", filter, got)
		}
	}
}

func TestFilterSaysWhatIsWrong(t *testing.T) {
	for filter, want := range map[string]string{
		"api":        "",
		"a.*":        "",
		"-l a=b":     "",
		"-l":         "",
		"a[":         "regular expression",
		"-l a=b=c d": "label selector",
	} {
		err := ParseFilter(filter).Err()
		if (err == nil) != (want == "") || (err != nil && !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: error %v, want %q", filter, err, want)
		}
	}
}

func TestFilterSpans(t *testing.T) {
	for _, tt := range []struct {
		filter, text string
		want         [][2]int
	}{
		{"api", "API-api-x", [][2]int{{0, 3}, {4, 7}}},
		{"API", "API-api-x", [][2]int{{0, 3}}},
		{"!api", "api", nil},
		{"-l a=b", "a=b", nil},
		{"a+|b*", "xaab", [][2]int{{1, 3}, {3, 4}}},
		{"-f abc", "a-b-abc", [][2]int{{4, 7}}},
		{"-f ac", "xaaxc", [][2]int{{2, 3}, {4, 5}}},
		{"-f bc", "abcd", [][2]int{{1, 3}}},
		{"é", "CAFÉ é", [][2]int{{3, 5}, {6, 8}}},
		{"k", "\u212A", [][2]int{{0, 3}}}, // the sign for kelvin
	} {
		if got := ParseFilter(tt.filter).Spans(tt.text); !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%q in %q: %v, want %v", tt.filter, tt.text, got, tt.want)
		}
	}
}

func FuzzFilter(f *testing.F) {
	f.Add("a.*b", "xaab")
	f.Add("-f \xff", "\xfe\xff")
	f.Add("!É", "é")
	f.Add("-l a in (b,c)", "a")
	f.Add("(", "((")
	f.Fuzz(func(t *testing.T, text, cell string) {
		filter := ParseFilter(text)
		o := pod("ns", "name", "1", cell)
		matches := filter.Match(o)
		if filter.Empty() && !matches {
			t.Errorf("%q is empty but does not match", text)
		}
		if filter.String() != text {
			t.Errorf("%q became %q", text, filter.String())
		}
		spans := filter.Spans(cell)
		if len(spans) > 0 && !matches {
			t.Errorf("%q is in %q at %v, but does not match", text, cell, spans)
		}
		at := 0
		for _, s := range spans {
			if s[0] < at || s[1] <= s[0] || s[1] > len(cell) {
				t.Fatalf("%q in %q: bad spans %v", text, cell, spans)
			}
			at = s[1]
			if utf8.ValidString(cell) && utf8.ValidString(text) && !utf8.ValidString(cell[s[0]:s[1]]) {
				t.Fatalf("%q in %q: %v cuts a rune", text, cell, s)
			}
		}
	})
}

func FuzzNarrowingFilterTakesNoMore(f *testing.F) {
	f.Add("ap", "api", "xAPIx")
	f.Add("a", "Ba", "ba")
	f.Fuzz(func(t *testing.T, before, now, cell string) {
		was, is := ParseFilter(before), ParseFilter(now)
		o := pod("ns", "name", "1", cell)
		if is.narrows(was) && is.Match(o) && !was.Match(o) {
			t.Errorf("%q narrows %q, but only it takes %q", now, before, cell)
		}
	})
}
