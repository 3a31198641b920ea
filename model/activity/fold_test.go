package activity

import (
	"testing"
)

func TestWordsAreFoundInAnyCase(t *testing.T) {
	for _, c := range []struct {
		text, word string
		is         bool
	}{
		{"Registry/API:1.9", "api", true},
		{"ÄPFEL2", "äpfel2", true},
		{"die Äpfel", "äpfel", true},
		{"äpfel", "äpfel", true},
		{"ПРИВЕТ, мир", "привет", true},
		{"ÄPFEL", "apfel", false},
		{"apfel", "äpfel", false},
		{"Ä and API", "api", true},
		{"\xff", "ä", false},
		{"", "ä", false},
		{"any", "", true},
	} {
		if got := hasFold(c.text, c.word); got != c.is {
			t.Errorf("%q in %q: %v", c.word, c.text, got)
		}
		if got := hasFold([]byte(c.text), c.word); got != c.is {
			t.Errorf("%q in the bytes of %q: %v", c.word, c.text, got)
		}
	}
}

// A word is taken in lower case as it is looked for.
func TestAFilterFindsLettersThatAreNotASCII(t *testing.T) {
	for _, word := range []string{"ÄPFEL2", "äpfel2", "Äpfel2"} {
		f, err := ParseFilter(word, nil)
		if err != nil || !f.terms[0].fitsAny(func(word string) bool { return hasFold("ÄPFEL2", word) }) {
			t.Errorf("%s does not find it: %v", word, err)
		}
	}
}

// BenchmarkFold looks for words that are not there: of ASCII letters as before there were others, and of others.
func BenchmarkFold(b *testing.B) {
	const text = "registry.example/shop/api-7c9d8b6f5-00001:1.9.0"
	for _, c := range []struct{ name, text, word string }{
		{"ASCII", text, "nowhere"}, {"other word", text, "äpfel"}, {"other text", text + "Ä", "äpfel"},
	} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				hasFold(c.text, c.word)
			}
		})
	}
	b.Run("ASCII alone", func(b *testing.B) {
		for b.Loop() {
			hasFoldASCII(text, "nowhere")
		}
	})
}
