package jsonscan

import (
	"bytes"
	"encoding/json"
	"testing"
)

// rebuilt spells a value anew from what walks give.
func rebuilt(text []byte, i int, dst []byte) ([]byte, int) {
	if i = SkipSpace(text, i); i >= len(text) || (text[i] != '{' && text[i] != '[') {
		end := Skip(text, i)
		return append(dst, text[i:end]...), end
	}
	open := text[i]
	dst = append(dst, open)
	w := Walk(text, i)
	for first := true; w.Next(); first = false {
		if !first {
			dst = append(dst, ',')
		}
		if open == '{' {
			dst = append(append(dst, w.Name()...), ':')
		}
		if w.Kind() != '{' && w.Kind() != '[' {
			dst = append(dst, w.Value()...)
			continue
		}
		var end int
		dst, end = rebuilt(text, w.At(), dst)
		w.To(end)
	}
	return append(dst, open+2), w.At()
}

// FuzzWalk has every valid text come back as encoding/json would spell it, and looks that any other ends.
func FuzzWalk(f *testing.F) {
	for _, s := range []string{
		`{"a":1,"b":[true,null,-1.5e3,"x\"y\\"],"c":{"d":{}},"\u0061":"é"}`, ` [ ] `, "{ \"a\" :\n[ 1 , 2 ]\t}", `"\\"`, `"\\\""`, `7`, `null`,
		`{"a"`, `{"a":`, `[1,`, `{,}`, `{:}`, `[}`, `"\`, `{"a" "b"}`, `{]1`, `{1`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		for w := Walk(text, 0); w.Next(); {
			w.Value()
		}
		if end := Skip(text, 0); end > len(text) {
			t.Fatalf("skipped to %d of %d", end, len(text))
		}
		if !json.Valid(text) {
			return
		}
		var want bytes.Buffer
		if err := json.Compact(&want, text); err != nil {
			t.Fatal(err)
		}
		got, end := rebuilt(text, 0, nil)
		if !bytes.Equal(got, want.Bytes()) || SkipSpace(text, end) != len(text) {
			t.Errorf("%s came back as %s, up to %d", text, got, end)
		}
		at := SkipSpace(text, 0)
		if again := Skip(text, at); again != end {
			t.Errorf("skipped to %d, walked to %d", again, end)
		}
	})
}

func TestSame(t *testing.T) {
	for _, c := range []struct {
		text, value string
		want        bool
	}{
		{`[1]`, `1`, true},
		{`[10]`, `1`, false},
		{`[true]`, `true`, true},
		{`["a","b"]`, `"a"`, true},
		{`[{"a":1},2]`, `{"a":1}`, true},
		{`[{"a":12}]`, `{"a":1}`, false},
		{`[1 ]`, `1`, true},
	} {
		w := Walk([]byte(c.text), 0)
		w.Next()
		if got := w.Same([]byte(c.value)); got != c.want {
			t.Errorf("%s begins with %s: %v, want %v", c.text, c.value, got, c.want)
		}
	}
}

func TestTexts(t *testing.T) {
	for spelled, want := range map[string]string{`"a"`: "a", `"\u0061b"`: "ab", `""`: "", `12`: "12", `"`: `"`} {
		if got := string(Text([]byte(spelled))); got != want {
			t.Errorf("%s is %q, want %q", spelled, got, want)
		}
		if spelled[0] == '"' && len(spelled) > 1 && (!Is([]byte(spelled), want) || Is([]byte(spelled), want+"x")) {
			t.Errorf("%s is not %q, or is more", spelled, want)
		}
	}
}
