package informers

import (
	"bytes"
	"errors"
	"io"
	"slices"
)

// sealed reads the JSON values of a text one by one into memory of its own, and
// wipes each before the next: a decoder of the text itself would leave what is
// secret in buffers that nobody wipes.
type sealed struct {
	body io.Reader
	// text is what was read and is not wiped; its first given bytes are the
	// value that was given last.
	text  []byte
	given int
}

// leastRead is the room that each read of a sealed text has at least.
const leastRead = 4 << 10

// next gives the next value, good until the following call. The error is io.EOF
// where the text ended between two values. After an error nothing is left.
func (s *sealed) next() ([]byte, error) {
	rest := copy(s.text, s.text[s.given:])
	clear(s.text[rest:])
	s.text, s.given = s.text[:rest], 0
	for e := (extent{}); ; {
		if end, ok := e.of(s.text); ok {
			s.given = end
			return s.text[:end], nil
		}
		if err := s.read(); err != nil {
			return s.last(err)
		}
	}
}

// last gives what was read before the text ended, for a decoder to judge.
func (s *sealed) last(err error) ([]byte, error) {
	if errors.Is(err, io.EOF) && len(bytes.TrimSpace(s.text)) > 0 {
		s.given = len(s.text)
		return s.text, nil
	}
	s.wipe()
	return nil, err
}

// read reads what comes behind text. Memory that becomes too small is wiped.
func (s *sealed) read() error {
	if cap(s.text)-len(s.text) < leastRead {
		grown := append(make([]byte, 0, 2*cap(s.text)+leastRead), s.text...)
		clear(s.text)
		s.text = grown
	}
	n, err := s.body.Read(s.text[len(s.text):cap(s.text)])
	s.text = s.text[:len(s.text)+n]
	if n > 0 {
		return nil // an error comes again
	}
	return err
}

func (s *sealed) wipe() {
	clear(s.text[:cap(s.text)])
	s.text, s.given = s.text[:0], 0
}

// extent finds the end of a JSON value as its bytes come in. It judges nothing
// but brackets and quotes: that is for a decoder to do.
type extent struct {
	at, depth         int
	begun             bool
	inString, escaped bool
}

// of gives the length of the text up to the end of its first value. Until it
// tells that the end is there it goes on where it stopped.
func (e *extent) of(text []byte) (int, bool) {
	for ; e.at < len(text); e.at++ {
		c := text[e.at]
		switch {
		case e.escaped:
			e.escaped = false
		case e.inString:
			e.escaped, e.inString = c == '\\', c != '"'
		case c == '"':
			e.begun, e.inString = true, true
		case c == '{', c == '[':
			e.begun, e.depth = true, e.depth+1
		case c == '}', c == ']':
			e.begun, e.depth = true, e.depth-1
		case e.depth == 0 && !bytes.ContainsRune([]byte(" \t\r\n"), rune(c)):
			e.begun = true // no object and no list: it need not be read to its end
		}
		if e.begun && e.depth <= 0 && !e.inString {
			return e.at + 1, true
		}
	}
	return 0, false
}

// hides tells whether there is something in the server's JSON that must leave no
// trace.
func (d *decoder) hides() bool { return len(d.redact) > 0 }

// unseal makes a decoder of a sealed value, and room for all that is copied of
// it, so that no copy is left behind where memory grows.
func (d *decoder) unseal(value []byte) *input {
	const introduction = 1 << 10
	d.parts.json = slices.Grow(d.parts.json[:0], len(value)+introduction)
	return within(value)
}

// forget wipes what the decoder holds of the objects that it has read.
func (d *decoder) forget() {
	const keep = 64 << 10
	clear(d.parts.json[:cap(d.parts.json)])
	if cap(d.parts.json) > keep {
		d.parts.json = nil
	}
	clear(d.cells[:cap(d.cells)])
}
