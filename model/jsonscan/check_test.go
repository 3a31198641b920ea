package jsonscan

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
)

// plainValues reads a text's values by jsontext, and tells whether it is valid up to its end, or could go on.
func plainValues(text []byte) (values []string, err error) {
	in := jsontext.NewDecoder(bytes.NewReader(text), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	for {
		value, err := in.ReadValue()
		if err != nil {
			return values, err
		}
		values = append(values, string(value))
	}
}

// checkedValues reads them by a Checker that gets the text in pieces.
func checkedValues(text []byte, piece int) (values []string, err error) {
	var c Checker
	for from, to := 0, 0; ; {
		if from = SkipSpace(text, from); from >= len(text) {
			return values, io.EOF
		}
		to = max(to, from)
		end, err := c.Value(text[from:to], to == len(text))
		switch {
		case errors.Is(err, ErrShort):
			to = min(to+piece, len(text))
		case err != nil:
			return values, err
		default:
			values = append(values, string(text[from:from+end]))
			from += end
		}
	}
}

// checkLikeJsontext compares both, however the text comes.
func checkLikeJsontext(t *testing.T, text []byte) {
	t.Helper()
	want, wantErr := plainValues(text)
	for _, piece := range []int{1, 2, 7, len(text) + 1} {
		got, err := checkedValues(text, piece)
		if strings.Join(got, "\n") != strings.Join(want, "\n") ||
			errors.Is(err, io.EOF) != errors.Is(wantErr, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) != errors.Is(wantErr, io.ErrUnexpectedEOF) {
			t.Errorf("%q in pieces of %d:\ngot  %q, %v\nwant %q, %v", text, piece, got, err, want, wantErr)
		}
	}
}

var checked = []string{
	`{"a":1,"b":[true,null,-1.5e3,"x\"y\\"],"c":{"d":{}},"\u0061":"é"} [ ] {}`, "{ \"a\" :\n[ 1 , 2 ]\t}\r\n\"x\"", `0 -0 1.5 1E+5 1e-5 12`,
	`01`, `-`, `1.`, `1.x`, `1e`, `1e+`, `--1`, `+1`, `.5`, `-a`, `1.5.5`, `[1a]`, `tru`, `trux`, `nul`, `falsey`, `TRUE`,
	`{"a"`, `{"a":`, `{"a":1`, `{"a":1,`, `{"a":1,}`, `[1,]`, `[,1]`, `{,}`, `{:}`, `[}`, `{]`, `{"a" "b"}`, `{"a",1}`, `{1:2}`, `[1 2]`, `[1:2]`,
	`"\`, `"\u`, `"\u12`, `"\u12g4"`, `"\x"`, `"\ud800"`, `"\ud800\u0041"`, `"\udc00"`, `"\uD83D\uDE00"`, "\"\x00\"", "\"\x1f\"", "\"\x7f\"", "\"a\nb\"",
	"\"\xff\xfe\"", "\"\xc3\"", "\"\xe2\x82\"", "{\"\xff\":1}", `"a long string without anything in it"`, `"12345678"`, `"1234567"`, `"1234567\n1234567"`,
	`}`, `]`, `,`, `:`, ``, ` `, "\v1", `{"a":1}}`, `[[]]]`, `<html>`, "\xef\xbb\xbf{}", "nulltrue", `{}[]1"a"`, `{"a":1}{"a"`,
}

func TestCheckerTakesWhatJsontextTakes(t *testing.T) {
	for _, s := range checked {
		checkLikeJsontext(t, []byte(s))
	}
	for _, depth := range []int{deepest - 1, deepest, deepest + 1} {
		text := []byte(strings.Repeat(`[`, depth) + strings.Repeat(`]`, depth))
		_, want := plainValues(text)
		if _, err := checkedValues(text, len(text)); errors.Is(err, io.EOF) != errors.Is(want, io.EOF) {
			t.Errorf("%d lists in one another: %v, want %v", depth, err, want)
		}
	}
}

// FuzzChecker has a Checker and jsontext read the same values of any text, and end alike.
func FuzzChecker(f *testing.F) {
	for _, s := range checked {
		f.Add([]byte(s))
	}
	f.Fuzz(checkLikeJsontext)
}

// FuzzStrings compares what looks at eight characters at once with what looks at one.
func FuzzStrings(f *testing.F) {
	for _, s := range []string{``, `"`, `1234567"`, `12345678"`, "1234567\x1f", `\`, "\x80\xff\"", "\xa2\xdc\xa0\x9f!#[]", "\x00", "abc\x7f\x80\x01"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		for i := range len(text) + 1 {
			plain, quote := i, i
			for plain < len(text) && text[plain] >= ' ' && text[plain] != '"' && text[plain] != '\\' {
				plain++
			}
			for quote < len(text) && text[quote] != '"' && text[quote] != '\\' {
				quote++
			}
			if got := plainEnd(text, i); got != plain {
				t.Errorf("%q from %d is plain up to %d, want %d", text, i, got, plain)
			}
			if got := quoted(text, i); got != quote {
				t.Errorf("%q from %d has a quote at %d, want %d", text, i, got, quote)
			}
		}
	})
}
