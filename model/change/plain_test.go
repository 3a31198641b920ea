package change

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/dogwatch/dogwatch/model/jsonscan"
)

// The same in plain words, on maps: what Diff says must be what these say.

func decoded(t *testing.T, text []byte) any {
	t.Helper()
	in := json.NewDecoder(bytes.NewReader(text))
	in.UseNumber()
	var v any
	if err := in.Decode(&v); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

func spelled(v any) string {
	var b bytes.Buffer
	out := json.NewEncoder(&b)
	out.SetEscapeHTML(false)
	if err := out.Encode(v); err != nil {
		return err.Error()
	}
	return strings.TrimSpace(b.String())
}

// plainDiff gives "path: old -> new at" for each change, sorted.
func plainDiff(old, new any) []string {
	var all []string
	note := func(path []byte, old, new string, at int) {
		all = append(all, fmt.Sprintf("%s: %s -> %s at %d", path, old, new, at))
	}
	plainValue(nil, old, new, 0, note)
	slices.Sort(all)
	return all
}

type noteFunc func(path []byte, old, new string, at int)

func plainValue(path []byte, old, new any, depth int, note noteFunc) {
	if reflect.DeepEqual(old, new) {
		return
	}
	path = slices.Clone(path)
	if depth < deepest {
		a, isObject := old.(map[string]any)
		b, isObjectNow := new.(map[string]any)
		if isObject && isObjectNow {
			plainObject(path, a, b, depth+1, note)
			return
		}
		l, isList := old.([]any)
		m, isListNow := new.([]any)
		if isList && isListNow {
			plainList(path, l, m, depth+1, note)
			return
		}
	}
	note(path, spelled(old), spelled(new), 0)
}

func plainObject(path []byte, old, new map[string]any, depth int, note noteFunc) {
	for name, was := range old {
		if is, ok := new[name]; ok {
			plainValue(appendMember(slices.Clone(path), []byte(name)), was, is, depth, note)
		} else {
			note(appendMember(slices.Clone(path), []byte(name)), spelled(was), "", 0)
		}
	}
	for name, is := range new {
		if _, ok := old[name]; !ok {
			note(appendMember(slices.Clone(path), []byte(name)), "", spelled(is), 0)
		}
	}
}

func plainList(path []byte, old, new []any, depth int, note noteFunc) {
	for _, members := range mergeKeys {
		a, ok := plainKeys(old, members)
		b, okNow := plainKeys(new, members)
		if !ok || !okNow || len(old)+len(new) == 0 {
			continue
		}
		plainMoves(path, a, b, note)
		for i, key := range a {
			if j := slices.Index(b, key); j >= 0 {
				plainValue(appendKey(slices.Clone(path), []byte(key)), old[i], new[j], depth, note)
			} else {
				note(appendKey(slices.Clone(path), []byte(key)), spelled(old[i]), "", i)
			}
		}
		for j, key := range b {
			if !slices.Contains(a, key) {
				note(appendKey(slices.Clone(path), []byte(key)), "", spelled(new[j]), j)
			}
		}
		return
	}
	begin := 0
	for len(old) > 0 && len(new) > 0 && reflect.DeepEqual(old[0], new[0]) {
		old, new, begin = old[1:], new[1:], begin+1
	}
	for len(old) > 0 && len(new) > 0 && reflect.DeepEqual(old[len(old)-1], new[len(new)-1]) {
		old, new = old[:len(old)-1], new[:len(new)-1]
	}
	for n := range max(len(old), len(new)) {
		at := appendIndex(slices.Clone(path), begin+n)
		switch {
		case n >= len(old):
			note(at, "", spelled(new[n]), begin+n)
		case n >= len(new):
			note(at, spelled(old[n]), "", begin+n)
		default:
			plainValue(at, old[n], new[n], depth, note)
		}
	}
}

// plainMoves notes how many elements were moved: all but the most that stand in the order that they had. Which ones there is a choice of.
func plainMoves(path []byte, old, new []string, note noteFunc) {
	common := slices.DeleteFunc(slices.Clone(old), func(key string) bool { return !slices.Contains(new, key) })
	longest, most := make([]int, len(common)), 0
	for i := range common {
		longest[i] = 1
		for j := range i {
			if slices.Index(new, common[j]) < slices.Index(new, common[i]) {
				longest[i] = max(longest[i], longest[j]+1)
			}
		}
		most = max(most, longest[i])
	}
	for range len(common) - most {
		note(path, "moved", "moved", 0)
	}
}

// plainKeys gives the keys of a list's elements, if all have one of their own.
func plainKeys(list []any, members []string) ([]string, bool) {
	var keys []string
	for _, e := range list {
		object, _ := e.(map[string]any)
		var parts []string
		for _, name := range members {
			switch v := object[name].(type) {
			case string, json.Number:
				parts = append(parts, name+"="+spelled(v))
			default:
				return nil, false
			}
		}
		key := strings.Join(parts, ",")
		if slices.Contains(keys, key) {
			return nil, false
		}
		keys = append(keys, key)
	}
	return keys, true
}

// applied makes the new version of the old by the changes: first those of values, then of lists, the deepest first: elements are taken out from
// the last to the first, then put in from the first to the last.
func applied(t *testing.T, root any, changes []Change) any {
	t.Helper()
	var lists []Change
	depth := 0
	for _, c := range changes {
		steps := c.Path.Steps()
		if len(steps) == 0 || steps[len(steps)-1].IsMember() || (c.Old != nil && c.New != nil) {
			root = plainPut(t, root, steps, c)
			continue
		}
		lists, depth = append(lists, c), max(depth, len(steps))
	}
	for ; depth > 0; depth-- {
		var out, in []Change
		for _, c := range lists {
			switch {
			case len(c.Path.Steps()) != depth:
			case c.IsMove():
				in, out = append(in, Change{Path: c.Path, At: c.At}), append(out, Change{Path: c.Path, At: c.From, Old: []byte("moved")})
			case c.New == nil:
				out = append(out, c)
			default:
				in = append(in, c)
			}
		}
		slices.SortStableFunc(out, func(a, b Change) int { return b.At - a.At })
		slices.SortStableFunc(in, func(a, b Change) int { return a.At - b.At })
		held := map[Path][]byte{}
		for _, c := range out {
			held[c.Path] = []byte(spelled(plainElement(root, c.Path.Steps(), c.At)))
			root = plainPut(t, root, c.Path.Steps(), c)
		}
		for _, c := range in {
			if c.New == nil {
				c.New = held[c.Path]
			}
			root = plainPut(t, root, c.Path.Steps(), c)
		}
	}
	return root
}

// plainElement gives the element at an index of the list that steps lead into.
func plainElement(v any, steps []Step, index int) any {
	for _, s := range steps[:len(steps)-1] {
		if s.IsMember() {
			v = v.(map[string]any)[s.Member]
		} else {
			list := v.([]any)
			v = list[plainIndex(list, &s)]
		}
	}
	return v.([]any)[index]
}

// plainIndex is where the element is that a step leads to.
func plainIndex(list []any, s *Step) int {
	if s.Key == nil {
		return s.Index
	}
	return slices.IndexFunc(list, func(e any) bool {
		return !slices.ContainsFunc(s.Key, func(k KeyValue) bool { return spelled(e.(map[string]any)[k.Name]) != spelled(json.RawMessage(k.Value)) })
	})
}

// plainPut makes one change in a value, and gives the value.
func plainPut(t *testing.T, v any, steps []Step, c Change) any {
	t.Helper()
	if len(steps) == 0 {
		return decoded(t, c.New)
	}
	s := steps[0]
	if s.IsMember() {
		object := v.(map[string]any)
		if len(steps) == 1 && c.New == nil {
			delete(object, s.Member)
		} else {
			object[s.Member] = plainPut(t, object[s.Member], steps[1:], c)
		}
		return object
	}
	list := v.([]any)
	switch {
	case len(steps) == 1 && c.Old == nil:
		return slices.Insert(list, c.At, decoded(t, c.New))
	case len(steps) == 1 && c.New == nil:
		return slices.Delete(list, c.At, c.At+1)
	}
	i := plainIndex(list, &s)
	list[i] = plainPut(t, list[i], steps[1:], c)
	return list
}

// diff tells the differ of every other pair where the members of the new version end, as its readers do.
func diff(d *Differ, old, new []byte) []Change {
	object := jsonscan.Object{Text: new}
	if len(old)%2 == 0 {
		for w := object.Walk(); w.Next(); {
			w.Value()
			object.Ends = append(object.Ends, w.At())
		}
	}
	return d.Diff(jsonscan.Object{Text: old}, object)
}

// check compares what Diff says with the plain way, and applies it.
func check(t *testing.T, d *Differ, old, new []byte) {
	t.Helper()
	changes := diff(d, old, new)
	want, got := decoded(t, new), applied(t, decoded(t, old), changes)
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("%s\n-> %s\ngave %s\nby %s", old, new, spelled(got), said(changes))
	}
	checkApply(t, old, new, changes)
	if want, got := plainDiff(decoded(t, old), decoded(t, new)), said(changes); !slices.Equal(got, want) {
		t.Fatalf("%s\n-> %s\nchanges %s\nwant    %s", old, new, got, want)
	}
}

// checkApply makes the versions of one another.
func checkApply(t *testing.T, old, new []byte, changes []Change) {
	t.Helper()
	for _, way := range []struct {
		name     string
		make     func([]byte, []Change) ([]byte, error)
		from, to []byte
	}{{"apply", Apply, old, new}, {"undo", Undo, new, old}} {
		from := bytes.Clone(way.from)
		made, err := way.make(way.from, changes)
		if err != nil || !json.Valid(made) || !reflect.DeepEqual(decoded(t, made), decoded(t, way.to)) {
			t.Fatalf("%s: of %s became %s (%v), want %s, by %s", way.name, way.from, made, err, way.to, said(changes))
		}
		if !bytes.Equal(way.from, from) {
			t.Fatalf("%s changed its text %s to %s", way.name, from, way.from)
		}
	}
}

func said(changes []Change) []string {
	var all []string
	for _, c := range changes {
		if c.IsMove() { // which of the elements is a choice
			steps := c.Path.Steps()
			key := steps[len(steps)-1].Key
			last := "["
			for i, k := range key {
				if i > 0 {
					last += ","
				}
				last += k.Name + "=" + k.Value
			}
			all = append(all, strings.TrimSuffix(string(c.Path), last+"]")+": moved -> moved at 0")
			continue
		}
		all = append(all, string(c.Path)+": "+string(c.Old)+" -> "+string(c.New)+" at "+strconv.Itoa(c.At))
	}
	slices.Sort(all)
	return all
}

func objectOf(text []byte) jsonscan.Object { return jsonscan.Object{Text: text} }
