package change

import (
	"fmt"
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/dogwatch/dogwatch/model/jsonscan"
)

// Apply makes the new version of an object of its old one, by all changes that Diff gave for the two. Both mean the same, but
// members of objects may stand in another order. The text must be valid JSON and is not changed. An error tells of a
// change that does not fit the object: it is not the version that was compared.
func Apply(object []byte, changes []Change) ([]byte, error) {
	values, out, in := ordered(changes)
	text := slices.Clone(object)
	var err error
	for _, c := range slices.Concat(values, out, in) {
		if text, err = put(text, c.Path.Steps(), c.Old, c.New, c.At); err != nil {
			return nil, fmt.Errorf("apply a change of %s: %w", c.Path, err)
		}
	}
	return text, nil
}

// Undo makes the old version of an object of its new one, as Apply does the other way.
func Undo(object []byte, changes []Change) ([]byte, error) {
	values, in, out := ordered(changes) // what was taken out goes in again
	slices.Reverse(in)
	slices.Reverse(out)
	text := slices.Clone(object)
	var err error
	for _, c := range slices.Concat(out, in, values) {
		if text, err = put(text, c.Path.Steps(), c.New, c.Old, c.At); err != nil {
			return nil, fmt.Errorf("undo a change of %s: %w", c.Path, err)
		}
	}
	return text, nil
}

// ordered sorts changes so that each finds lists as it means them: those of values, elements that go from the last to the first,
// elements that come from the first to the last.
func ordered(changes []Change) (values, out, in []Change) {
	for _, c := range changes {
		steps := c.Path.Steps()
		switch {
		case len(steps) == 0 || steps[len(steps)-1].IsMember() || (c.Old != nil && c.New != nil):
			values = append(values, c)
		case c.New == nil:
			out = append(out, c)
		default:
			in = append(in, c)
		}
	}
	slices.SortStableFunc(out, func(a, b Change) int { return b.At - a.At })
	slices.SortStableFunc(in, func(a, b Change) int { return a.At - b.At })
	return values, out, in
}

// put makes one change in a text: old becomes new, either of which may be nil. at is the place of an element that comes or goes.
func put(text []byte, steps []Step, old, new []byte, at int) ([]byte, error) {
	if len(steps) == 0 {
		return slices.Clone(new), nil
	}
	parent, ok := locate(text, steps[:len(steps)-1])
	if !ok {
		return nil, fmt.Errorf("the object has no such place")
	}
	last := steps[len(steps)-1]
	if !last.IsMember() && (old == nil || new == nil) {
		last = Step{kind: toIndex, Index: at}
	}
	p, ok := locateStep(text, parent, &last)
	switch {
	case !ok:
		return nil, fmt.Errorf("the object has something else there")
	case old == nil && last.kind == toIndex:
		return insertElement(text, p, new), nil
	case p.found != (old != nil):
		return nil, fmt.Errorf("the value there is not the one that was compared")
	case new == nil:
		return remove(text, p), nil
	case old == nil:
		return insertMember(text, p, last.Member, new), nil
	}
	return slices.Replace(text, p.value, p.end, new...), nil
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
