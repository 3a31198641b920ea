package yamldoc

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Kind says what a line's scalar is.
type Kind uint8

// The kinds of scalars.
const (
	None Kind = iota // no scalar: the line opens a map or a list
	String
	Number
	Bool
	Null
	Empty // {} or []
)

// Line is one line of a document. Its text is Indent blanks, "- " for each list
// that it opens, Key with its colon, and Scalar. It has not been made fit for a
// terminal.
type Line struct {
	Indent int
	Dashes int
	Key    string // as YAML writes it; empty where the line has none
	Scalar string // as YAML writes it
	Kind   Kind
	// Note says what is special about the scalar; it is no part of the object.
	Note string
	// Part counts the lines of a text of several lines; the one with the key
	// is 0.
	Part int
	Path *Path

	value string // the scalar as it is
	last  int    // index of the last line that belongs to a map or a list
}

// Lead is the line up to its key: blanks and dashes.
func (l *Line) Lead() string {
	return strings.Repeat(" ", l.Indent) + strings.Repeat("- ", l.Dashes)
}

// Colon is what stands between key and scalar.
func (l *Line) Colon() string {
	switch {
	case l.Key == "":
		return ""
	case l.Scalar == "":
		return ":"
	default:
		return ": "
	}
}

// Comment is the note as YAML has it behind a scalar.
func (l *Line) Comment() string {
	if l.Note == "" {
		return ""
	}
	return "  # " + l.Note
}

// Document is an object as lines of YAML.
type Document struct {
	Lines []Line
	index map[lineID]int
}

// lineID tells the same line in another version of an object.
type lineID struct {
	path uint64
	part int
}

func (l *Line) id() lineID { return lineID{l.Path.id, l.Part} }

// New makes the document of an object's JSON. metadata.managedFields are left
// out unless asked for. The cost grows with the object.
func New(object []byte, managedFields bool) (*Document, error) {
	return NewDecoded(object, managedFields, nil)
}

// NewDecoded is New of an object that has base64 at the paths of encoded, by
// member names ("*" is any): the text that it stands for is shown, with a note.
func NewDecoded(object []byte, managedFields bool, encoded [][]string) (*Document, error) {
	decoder := json.NewDecoder(bytes.NewReader(object))
	decoder.UseNumber()
	var root any
	if err := decoder.Decode(&root); err != nil {
		return nil, fmt.Errorf("read the object's JSON: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("read the object's JSON: more than one value")
	}
	if !managedFields {
		dropManagedFields(root)
	}
	for _, path := range encoded {
		root = decode(root, path)
	}
	var e emitter
	e.value(root, &Path{}, place{})
	d := &Document{Lines: e.lines, index: make(map[lineID]int, len(e.lines))}
	for i := range d.Lines {
		d.index[d.Lines[i].id()] = i
	}
	return d, nil
}

func dropManagedFields(root any) {
	object, _ := root.(map[string]any)
	if metadata, ok := object["metadata"].(map[string]any); ok {
		delete(metadata, "managedFields")
	}
}

// Text is the whole document as YAML, with a line end after each line.
func (d *Document) Text() string {
	return d.text(0, len(d.Lines)-1, 0)
}

// Value is what stands at line i, as it is: a string without quotes, a map or
// a list as YAML of its own.
func (d *Document) Value(i int) string {
	l := &d.Lines[i]
	if l.Kind != None {
		return l.value
	}
	return d.text(i+1, l.last, d.Lines[i+1].Indent)
}

func (d *Document) text(from, to, outdent int) string {
	var b strings.Builder
	for i := from; i <= to; i++ {
		l := &d.Lines[i]
		b.WriteString(l.Lead()[outdent:])
		b.WriteString(l.Key)
		b.WriteString(l.Colon())
		b.WriteString(l.Scalar)
		b.WriteByte('\n')
	}
	return b.String()
}

// Find gives the index of the line that stands for the same as l, a line of
// another version of the object. Where that is gone, it is the nearest parent's
// line, in the end 0.
func (d *Document) Find(l *Line) int {
	id := l.id()
	for p := l.Path; p != nil; p = p.parent {
		if i, ok := d.index[id]; ok {
			return i
		}
		id = lineID{path: p.id}
		if i, ok := d.index[id]; ok {
			return i
		}
	}
	return 0
}
