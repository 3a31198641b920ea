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
		"api crash":             true, // each word anywhere in the row
		"crash api":             true,
		" api  shop ":           true,
		"api web":               false,
		"api !web":              true,
		"api !crash":            false,
		"!web !oom":             true,
		"! web":                 true,
		"! api":                 false,
		"api !":                 true, // still being typed
		"^api- crash|oom":       true,
		"^api- ^oom":            false,
		"api Deployment":        true,
		"-f a7d crsh":           true,
		"-f a7d xyz":            false,
		"shop/api":              true,
		"Shop/api":              true,
		"op/api-7":              true,
		"shop/7c9d":             false,
		"!shop/api":             false,
		"^shop/.*9d$":           true,
		"api/crash":             false, // other texts are not joined
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
		"a[":         "regexp a[: missing closing ]",
		"api a[":     "regexp a[",
		"a[ (b":      "missing closing ]", // the first
		"-l a=b=c d": "labels: ",
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
		{"a+|b*", "xaab", [][2]int{{1, 4}}},
		{"x", "axxx", [][2]int{{1, 4}}},
		{"a+ b*", "xaab", [][2]int{{1, 4}}},
		{"api shop", "shop-api-x", [][2]int{{0, 4}, {5, 8}}},
		{"pi api", "api-api", [][2]int{{0, 3}, {4, 7}}},
		{"shop !api", "shop-api", [][2]int{{0, 4}}},
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

func TestFilterSpansOfNamespaceAndName(t *testing.T) {
	for filter, want := range map[string][2][][2]int{
		"api":       {nil, {{0, 3}}},
		"shop/api":  {{{0, 4}}, {{0, 3}}},
		"op/a x":    {{{2, 4}}, {{0, 1}, {4, 5}}},
		"^shop/.*x": {{{0, 4}}, {{0, 5}}},
		"/api":      {nil, {{0, 3}}},
		"shop/":     {{{0, 4}}, nil},
		"!shop/api": {nil, nil},
		"shop/web":  {nil, nil},
	} {
		namespace, name := ParseFilter(filter).KeySpans(Key{Namespace: "shop", Name: "api-x"})
		if got := [2][][2]int{namespace, name}; !reflect.DeepEqual(got, want) {
			t.Errorf("%q covers %v, want %v", filter, got, want)
		}
	}
}

func TestNarrowing(t *testing.T) {
	for _, tt := range []struct {
		before, now string
		want        bool
	}{
		{"", "-l a=b", true},
		{"ap", "api", true},
		{"api", "api run", true},
		{"api ru", "api run", true},
		{"a.*", "a.* x", true},
		{"!web", "!web x", true},
		{"api run", "api", false},
		{"!we", "!web", false},
		{"ab", "-f ab", false},
		{"-l a", "-l a=b", false},
		{"A", "Ab", false},
	} {
		if got := ParseFilter(tt.now).narrows(ParseFilter(tt.before)); got != tt.want {
			t.Errorf("%q narrows %q: %v", tt.now, tt.before, got)
		}
	}
}

func FuzzFilter(f *testing.F) {
	f.Add("a.*b", "xaab")
	f.Add("-f \xff", "\xfe\xff")
	f.Add("!É", "é")
	f.Add("-l a in (b,c)", "a")
	f.Add("key", "\u212aey") // a sign that is "k" as a small letter
	f.Add("S/Name", "")
	f.Add("-f rg", "Running")
	f.Add("aébc", "xAÉBCx")
	f.Add("(", "((")
	f.Add("^n.*m(e|E)+$", "")
	f.Add("(ab|ac)d{0,2}k[e]+y?", "ACKe")
	f.Add("(aé)+.?k{2}", "AÉk\u212a")
	f.Add(`\x41b*`, "xAc")
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
		if matches && signatureOf(o, nil).lacks(filter.needed) {
			t.Errorf("%q takes %q, but by its signature it cannot", text, cell)
		}
		spans := filter.Spans(cell)
		if len(spans) > 0 && !matches && len(filter.terms) == 1 {
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

// A row without the letters of a regular expression is left out unseen.
func TestExpressionsAreKnownByTheirLetters(t *testing.T) {
	o := pod("ns", "name", "1", "Running")
	for text, want := range map[string]bool{
		"q.*":            true,
		"(run|q)ning":    false,
		"x(run|q)ning":   true,
		"r(q)?un":        false,
		"(q){2}":         true,
		"(q){0,2}":       false,
		"(run)+ning[qx]": false, // of a choice none is needed
		"!q.*":           false,
	} {
		if got := signatureOf(o, nil).lacks(ParseFilter(text).needed); got != want {
			t.Errorf("%q is known to be left out: %v, want %v", text, got, want)
		}
	}
}

func FuzzNarrowingFilterTakesNoMore(f *testing.F) {
	f.Add("ap", "api", "xAPIx")
	f.Add("a", "Ba", "ba")
	f.Add("a !b", "ab !b", "ab")
	f.Add("s/n", "ns/name", "")
	f.Fuzz(func(t *testing.T, before, now, cell string) {
		was, is := ParseFilter(before), ParseFilter(now)
		o := pod("ns", "name", "1", cell)
		if is.narrows(was) && is.Match(o) && !was.Match(o) {
			t.Errorf("%q narrows %q, but only it takes %q", now, before, cell)
		}
	})
}
