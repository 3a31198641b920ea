package canary

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"fmt"
)

// Canary is a text that occurs nowhere but where it was put. Make one with [New].
type Canary struct {
	core  string
	forms [][]byte
}

// New makes a canary.
func New() Canary { return Of(rand.Text()) }

// Of makes a canary of a text that is there already, such as a token.
func Of(text string) Canary {
	c := Canary{core: text}
	plain := []byte(c.core)
	c.forms = append(c.forms, plain)
	for _, once := range encodings(plain) {
		c.forms = append(c.forms, once)
		c.forms = append(c.forms, encodings(once)...)
	}
	return c
}

// Value is a text with the canary in it. The place tells whoever finds it where it comes from.
func (c Canary) Value(place string) string { return place + "-" + c.core + "-" + place }

// encodings are what stays the same of a text's base64 wherever in a longer text it stands: what its first and last
// characters are encoded together with is not known.
func encodings(text []byte) [][]byte {
	all := make([][]byte, 0, 3)
	for before, cut := range []int{0, 2, 3} {
		padded := append(make([]byte, before), text...)
		encoded := base64.StdEncoding.AppendEncode(nil, padded)
		all = append(all, encoded[cut:len(padded)*8/6])
	}
	return all
}

// longest is the length of the longest form.
func (c Canary) longest() int {
	n := 0
	for _, form := range c.forms {
		n = max(n, len(form))
	}
	return n
}

// Find is a place where a canary is.
type Find struct {
	// Where names the file or the part of the memory, Offset is the byte in it.
	Where  string
	Offset int64
	// Around is the text in which it was found.
	Around string
}

// String is the find as a message tells it.
func (f Find) String() string { return fmt.Sprintf("%s+%#x: %q", f.Where, f.Offset, f.Around) }

// around is how many bytes on both sides a find shows.
const around = 60

// In finds the canary in a text, in any of its forms.
func (c Canary) In(where string, text []byte) []Find {
	var found []Find
	for _, form := range c.forms {
		for from := 0; ; {
			i := bytes.Index(text[from:], form)
			if i < 0 {
				break
			}
			at := from + i
			from = at + len(form)
			context := text[max(0, at-around):min(len(text), from+around)]
			found = append(found, Find{Where: where, Offset: int64(at), Around: string(context)})
		}
	}
	return found
}
