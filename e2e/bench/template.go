package main

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"time"
)

// blank is a place in a pod's text for something that differs.
type blank uint8

const (
	blankName blank = iota
	blankUnique
	blankHash
	blankIndex
	blankVersion
	blankAddress
	blankDrawn
	blankMoment
	blanks
)

// blankWords stand for the blanks in the text that a template is made of.
func blankWords() map[string]blank {
	return map[string]blank{
		"NAME": blankName, "UNIQUE": blankUnique, "HASH": blankHash, "INDEX": blankIndex,
		"VERSION": blankVersion, "ADDRESS": blankAddress, "DRAWN": blankDrawn, "MOMENT": blankMoment,
	}
}

// template writes pods. To fill in the blanks costs next to nothing beside what a server and dogwatch do with a pod.
type template struct {
	pieces []string // one more than blanks
	blanks []blank
	size   int // of the pod that was written last
}

func newTemplate(text string) *template {
	t := &template{}
	words, from := blankWords(), 0
	for _, at := range regexp.MustCompile(`NAME|UNIQUE|HASH|INDEX|VERSION|ADDRESS|DRAWN|MOMENT`).FindAllStringIndex(text, -1) {
		t.pieces = append(t.pieces, text[from:at[0]])
		t.blanks = append(t.blanks, words[text[at[0]:at[1]]])
		from = at[1]
	}
	t.pieces = append(t.pieces, text[from:])
	return t
}

// write makes a text.
func (t *template) write(values *[blanks][]byte) []byte {
	text := make([]byte, 0, t.size+64)
	for i, b := range t.blanks {
		text = append(append(text, t.pieces[i]...), values[b]...)
	}
	text = append(text, t.pieces[len(t.blanks)]...)
	t.size = len(text)
	return text
}

// fill fills in the blanks of a version of a pod; random gives what differs from the version before.
func fill(values *[blanks][]byte, i int, version uint64, random *rand.Rand) {
	same := rand.NewPCG(uint64(i), 0) // of all versions of this pod
	set := func(b blank, format string, a ...any) { values[b] = fmt.Appendf(values[b][:0], format, a...) }
	set(blankName, "web-7c9d8f6b5d-%05d", i)
	set(blankHash, "%016x%016x%016x%016x", same.Uint64(), same.Uint64(), same.Uint64(), same.Uint64())
	values[blankUnique] = values[blankHash][:8]
	set(blankIndex, "%012x", i)
	set(blankVersion, "%d", version)
	set(blankAddress, "%d.%d", i/250%250, i%250)
	set(blankDrawn, "%016x%016x", random.Uint64(), random.Uint64())
	values[blankMoment] = time.Now().UTC().AppendFormat(values[blankMoment][:0], time.RFC3339)
}
