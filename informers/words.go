package informers

import "github.com/go-json-experiment/json/jsontext"

const (
	maxWords  = 4096
	longWord  = 64
	wordSpace = 128
)

// words keeps one copy of each short text that a watch's objects have in
// common: namespaces, nodes, "Running", "1/1".
type words struct {
	known   map[string]string
	scratch []byte
}

// of gives a JSON value as text: a string's characters, nothing for null, and
// any other value as it is written.
func (w *words) of(value jsontext.Value) string {
	if value.Kind() == 'n' {
		return ""
	}
	if w.scratch == nil {
		w.scratch = make([]byte, 0, wordSpace)
	}
	w.scratch = appendText(w.scratch[:0], value)
	if value.Kind() != '"' {
		w.scratch = validUTF8(w.scratch)
	}
	return w.keep(w.scratch)
}

// keep gives the one copy of a text.
func (w *words) keep(text []byte) string {
	if len(text) > longWord {
		return string(text)
	}
	if s, ok := w.known[string(text)]; ok {
		return s
	}
	if w.known == nil || len(w.known) >= maxWords {
		w.known = map[string]string{}
	}
	s := string(text)
	w.known[s] = s
	return s
}

// forget ends the keeping of a text.
func (w *words) forget(text string) {
	delete(w.known, text)
	clear(w.scratch[:cap(w.scratch)])
}
