package recording

import (
	"bytes"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Line is a line of a segment of which no more was read than what stands first. It is good until the next line is read. Its
// moment is not before that of the line above, also where the file says so: a segment goes forward in time.
type Line struct {
	// At, Kind and Type are those of the Entry.
	At   time.Time
	Kind Kind
	Type TypeName
	text []byte
}

// Entry reads and checks all of the line. Cells and Object are good as long as the line.
func (l *Line) Entry() (*Entry, error) {
	e := &Entry{}
	if err := e.decode(l.text); err != nil {
		return nil, err
	}
	l.date(e)
	return e, nil
}

// date gives the line's moment to its entry.
func (l *Line) date(e *Entry) {
	if e.Kind != Present {
		e.At = l.At
	}
}

// Text is the line as it stands in the recording, but for marks (see Segment.Lines).
func (l *Line) Text() []byte { return l.text }

// Split finds cells, which may be missing, and object of a line's text where writers put them. It is for who checks later that
// what it gives is JSON: of an object only the first and last byte are looked at.
func Split(text []byte) (cells, object jsontext.Value, ok bool) {
	head, rest, ok := bytes.Cut(text, []byte(objectMember))
	object, closed := bytes.CutSuffix(rest, []byte("}"))
	if !ok || !closed || len(object) < 2 || object[0] != '{' || object[len(object)-1] != '}' {
		return nil, nil, false
	}
	const cellsName, colon = `"cells"`, ":"
	before, cells, named := bytes.Cut(head, []byte(cellsName+colon))
	if !named {
		// Members that a writer would write otherwise may be the cells all the same.
		return nil, object, !bytes.ContainsRune(before, '\\') && !bytes.Contains(before, []byte(cellsName))
	}
	// The object is the line's own and not one in a cell, if the cells before it are whole.
	if cells.Kind() != '[' || !cells.IsValid() {
		return nil, nil, false
	}
	return cells, object, true
}

// read takes in a line up to its type: without looking further where it begins as writers make it, else as any JSON.
func (l *Line) read(text []byte) error {
	*l = Line{text: text}
	if l.readQuick(text) {
		return nil
	}
	var head struct {
		At   time.Time `json:"at"`
		Kind Kind      `json:"event"`
		Type TypeName  `json:"type"`
	}
	if err := json.Unmarshal(text, &head); err != nil {
		return err
	}
	l.At, l.Kind, l.Type = head.At, head.Kind, head.Type
	return nil
}

// readAfter is read, of a line below one of that moment.
func (l *Line) readAfter(text []byte, above time.Time) error {
	if err := l.read(text); err != nil {
		return worded{"a line is damaged", err}
	}
	if l.Kind != Present && l.At.Before(above) {
		l.At = above
	}
	return nil
}

func (l *Line) readQuick(text []byte) bool {
	at, rest, ok := cutMember(text, `{"at":"`)
	if !ok {
		return false
	}
	kind, rest, ok := cutMember(rest, `,"event":"`)
	if !ok || l.At.UnmarshalText(at) != nil {
		return false
	}
	l.Kind = kindOf(kind)
	name, _, ok := cutMember(rest, `,"type":"`)
	if ok {
		l.Type = TypeName(name)
	}
	return ok || l.Kind == Served || string(rest) == "}"
}

// cutMember cuts a member whose value is a string without escapes off the text.
func cutMember(text []byte, prefix string) (value, rest []byte, ok bool) {
	if len(text) < len(prefix) || string(text[:len(prefix)]) != prefix {
		return nil, nil, false
	}
	text = text[len(prefix):]
	end := bytes.IndexByte(text, '"')
	if end < 0 || bytes.IndexByte(text[:end], '\\') >= 0 {
		return nil, nil, false
	}
	return text[:end], text[end+1:], true
}

// kindOf is the kind of a name, without a copy for those that are known.
func kindOf(name []byte) Kind {
	for _, k := range [...]Kind{Modified, Present, Added, Deleted, Watch, Served, End} {
		if string(name) == string(k) {
			return k
		}
	}
	return Kind(name)
}
