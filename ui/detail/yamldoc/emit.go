package yamldoc

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// indentStep is how much deeper a map's members stand than their parent.
const indentStep = 2

// emitter writes values as lines.
type emitter struct {
	lines []Line
}

// place is where a value begins: its first line carries the dashes and the key
// that lead to it.
type place struct {
	indent int
	dashes int
	key    string
}

// inner is the indentation of what follows the first line.
func (p place) inner() int { return p.indent + indentStep*p.dashes }

func (e *emitter) value(v any, path *Path, at place) {
	switch v := v.(type) {
	case map[string]any:
		e.object(v, path, at)
	case []any:
		e.list(v, path, at)
	case string:
		e.text(v, path, at)
	case decoded:
		e.decoded(v, path, at)
	case json.Number:
		e.scalar(v.String(), Number, path, at)
	case bool:
		word := "false"
		if v {
			word = "true"
		}
		e.scalar(word, Bool, path, at)
	default:
		e.scalar("null", Null, path, at)
	}
}

func (e *emitter) object(object map[string]any, path *Path, at place) {
	if len(object) == 0 {
		e.scalar("{}", Empty, path, at)
		return
	}
	defer e.open(path, at)()
	if at.key != "" {
		at = place{indent: at.inner() + indentStep}
	}
	for _, key := range slices.SortedFunc(maps.Keys(object), compareKeys) {
		e.value(object[key], path.member(key), place{at.indent, at.dashes, inline(key)})
		at = place{indent: at.inner()}
	}
}

// list puts the dashes right under the key, as kubectl does.
func (e *emitter) list(list []any, path *Path, at place) {
	if len(list) == 0 {
		e.scalar("[]", Empty, path, at)
		return
	}
	defer e.open(path, at)()
	if at.key != "" {
		at = place{indent: at.inner()}
	}
	name := elementNames(list)
	for i, element := range list {
		e.value(element, path.element(i, name(i)), place{at.indent, at.dashes + 1, ""})
		at = place{indent: at.inner()}
	}
}

// open writes the line of a map's or list's own key, where it has one; the
// function it returns is to be called when the members are written.
func (e *emitter) open(path *Path, at place) (closed func()) {
	if at.key == "" {
		return func() {}
	}
	i := len(e.lines)
	e.lines = append(e.lines, Line{Indent: at.indent, Dashes: at.dashes, Key: at.key, Path: path})
	return func() { e.lines[i].last = len(e.lines) - 1 }
}

func (e *emitter) scalar(word string, kind Kind, path *Path, at place) {
	e.lines = append(e.lines, Line{
		Indent: at.indent, Dashes: at.dashes, Key: at.key,
		Scalar: word, Kind: kind, Path: path, value: word,
	})
}

// text writes a string: one of several lines as a block, so that scripts and
// configuration files can be read.
func (e *emitter) text(s string, path *Path, at place) {
	first := len(e.lines)
	if !fitsBlock(s) {
		e.scalar(inline(s), String, path, at)
		e.lines[first].value = s
		return
	}
	e.scalar(blockHeader(s), String, path, at)
	indent := at.inner()
	if at.key != "" || at.dashes == 0 {
		indent += indentStep
	}
	for part := range strings.SplitSeq(strings.TrimSuffix(s, "\n"), "\n") {
		e.lines = append(e.lines, Line{
			Indent: indent, Scalar: part, Kind: String, Part: len(e.lines) - first, Path: path,
		})
	}
	for i := first; i < len(e.lines); i++ {
		e.lines[i].value = s
	}
}
