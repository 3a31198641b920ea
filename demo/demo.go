// Package demo holds the recording that "dogwatch demo" plays. The e2e module's cmd/record-demo makes it; nothing in it
// was written by hand.
package demo

import (
	_ "embed"
	"strings"

	"github.com/dogwatch/dogwatch/replay/recording"
)

// file is a string, so that nobody can change it.
//
//go:embed demo.jsonl.zst
var file string

// Recording opens the recording. Closing it is not needed.
func Recording() (*recording.Recording, error) {
	return recording.Open(strings.NewReader(file), int64(len(file)))
}
