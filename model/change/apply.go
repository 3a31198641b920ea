package change

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/dogwatch/dogwatch/model/jsonscan"
)

// Apply makes the new version of an object of its old one, by all changes that Diff gave for the two. Both mean the same, but
// members of objects may stand in another order. The text must be valid JSON and is not changed. An error tells of a
// change that does not fit the object: it is not the version that was compared.
func Apply(object []byte, changes []Change) ([]byte, error) {
	text, err := apply(object, changes)
	if err != nil {
		return nil, fmt.Errorf("apply a change of %w", err)
	}
	return text, nil
}

// Undo makes the old version of an object of its new one, as Apply does the other way.
func Undo(object []byte, changes []Change) ([]byte, error) {
	inverse := make([]Change, len(changes))
	for i := range changes {
		inverse[i] = changes[i].inverse()
	}
	text, err := apply(object, inverse)
	if err != nil {
		return nil, fmt.Errorf("undo a change of %w", err)
	}
	return text, nil
}

// apply changes a copy of an object: first values, where all is in its old place, then lists. Those of one depth are done at once, so that an element that is
// moved has its place again when a list in it is looked for.
func apply(object []byte, changes []Change) ([]byte, error) {
	text, left := replace(object, changes)
	var lists []edit
	for _, c := range left {
		steps := c.Path.Steps()
		if last := len(steps) - 1; last >= 0 && !steps[last].IsMember() && (c.Old == nil || c.New == nil) {
			lists = append(lists, edit{c, steps})
			continue
		}
		var err error
		if text, err = put(text, steps, c); err != nil {
			return nil, fmt.Errorf("%s: %w", c.Path, err)
		}
	}
	slices.SortStableFunc(lists, func(a, b edit) int { return len(b.steps) - len(a.steps) })
	for len(lists) > 0 {
		n := 1
		for n < len(lists) && len(lists[n].steps) == len(lists[0].steps) {
			n++
		}
		var err error
		if text, err = rearrange(text, lists[:n]); err != nil {
			return nil, err
		}
		lists = lists[n:]
	}
	return text, nil
}

// edit is an element that comes, goes or is moved.
type edit struct {
	*Change
	steps []Step // at least one
}

// rearrange takes elements out from the last to the first, and puts others in from the first to the last. All are as deep in the object.
func rearrange(text []byte, edits []edit) ([]byte, error) {
	var out, in []edit
	for _, e := range edits {
		if e.New == nil {
			out = append(out, e)
		}
		if e.Old == nil {
			in = append(in, e)
		}
	}
	slices.SortStableFunc(out, func(a, b edit) int { return b.before() - a.before() })
	slices.SortStableFunc(in, func(a, b edit) int { return a.At - b.At })
	moved := map[Path][]byte{}
	for _, e := range out {
		p, ok := e.locate(text, e.before())
		if !ok || !p.found {
			return nil, fmt.Errorf("%s: the object has no such element", e.Path)
		}
		if e.IsMove() {
			moved[e.Path] = bytes.Clone(text[p.value:p.end])
		}
		text = remove(text, p)
	}
	for _, e := range in {
		p, ok := e.locate(text, e.At)
		if !ok {
			return nil, fmt.Errorf("%s: the object has no such list", e.Path)
		}
		value := e.New
		if e.IsMove() {
			value = moved[e.Path]
		}
		text = insertElement(text, p, value)
	}
	return text, nil
}

// before is the place that the element had.
func (e *edit) before() int {
	if e.IsMove() {
		return e.From
	}
	return e.At
}

// locate looks for an index in the list that the edit is of.
func (e *edit) locate(text []byte, index int) (place, bool) {
	list, ok := locate(text, e.steps[:len(e.steps)-1])
	if !ok {
		return place{}, false
	}
	return locateStep(text, list, &Step{kind: toIndex, Index: index})
}

// put changes the value to which steps lead, which may come or go as a member.
func put(text []byte, steps []Step, c *Change) ([]byte, error) {
	if len(steps) == 0 {
		return slices.Clone(c.New), nil
	}
	parent, ok := locate(text, steps[:len(steps)-1])
	if !ok {
		return nil, fmt.Errorf("the object has no such place")
	}
	last := &steps[len(steps)-1]
	p, ok := locateStep(text, parent, last)
	switch {
	case !ok:
		return nil, fmt.Errorf("the object has something else there")
	case p.found != (c.Old != nil):
		return nil, fmt.Errorf("the value there is not the one that was compared")
	case c.New == nil:
		return remove(text, p), nil
	case c.Old == nil:
		return insertMember(text, p, last.Member, c.New), nil
	}
	return slices.Replace(text, p.value, p.end, c.New...), nil
}

// Remove takes out, in place, the value to which steps lead from a JSON object, if there is one.
func Remove(text []byte, steps []Step) []byte {
	parent, ok := locate(text, steps[:len(steps)-1])
	if !ok {
		return text
	}
	if p, ok := locateStep(text, parent, &steps[len(steps)-1]); ok && p.found {
		return remove(text, p)
	}
	return text
}

// insertElement puts an element before what is at a place.
func insertElement(text []byte, p place, value []byte) []byte {
	if !p.found {
		return slices.Insert(text, p.begin, separated(p.first, value)...)
	}
	return slices.Insert(text, p.value, append(slices.Clone(value), ',')...)
}

// insertMember puts a member at the end of an object.
func insertMember(text []byte, p place, name string, value []byte) []byte {
	member, _ := jsontext.AppendQuote(nil, name) // an error is of invalid UTF-8, which it replaces
	return slices.Insert(text, p.begin, separated(p.first, append(append(member, ':'), value...))...)
}

func separated(first bool, value []byte) []byte {
	if first {
		return value
	}
	return append([]byte{','}, value...)
}

// remove takes a member or an element out, with one of the commas beside it.
func remove(text []byte, p place) []byte {
	end := p.end
	if p.first {
		if next := jsonscan.SkipSpace(text, end); next < len(text) && text[next] == ',' {
			end = next + 1
		}
	}
	return slices.Delete(text, p.begin, end)
}
