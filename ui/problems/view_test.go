package problems

import (
	"slices"
	"testing"
)

func TestTheCauseIsAsItIsTold(t *testing.T) {
	for words, want := range map[string][]string{
		"":                                   {""},
		"exit 1":                             {"exit 1"},
		"call https://image-policy/check it": {"call", "https://image-policy/check it"},
		"no two words of it fit in a line":   {"no two words of", "it fit in a line"},
		"it is longer than two lines - so it goes on, and is cut": {"it is longer", "than two lines - so it goes on, and is cut"},
	} {
		if got := causeOf(words, 16); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", words, got, want)
		}
	}
}
