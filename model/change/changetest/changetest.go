// Package changetest makes random versions of random objects, for tests of what compares them.
package changetest

import (
	"bytes"
	"encoding/json"
	"maps"
	"math/rand/v2"
	"slices"
)

// Random makes values as Kubernetes has them: objects with few names, lists of named objects and of others.
type Random struct{ *rand.Rand }

// New makes a Random that makes the same for the same seed.
func New(seed uint64) Random { return Random{rand.New(rand.NewPCG(seed, 1))} }

// JSON spells a value.
func JSON(v any) []byte {
	var b bytes.Buffer
	out := json.NewEncoder(&b)
	out.SetEscapeHTML(false)
	if err := out.Encode(v); err != nil {
		panic(err) // what Random makes can be spelled
	}
	return bytes.TrimSpace(b.Bytes())
}

func (r Random) value(depth int) any {
	if depth == 0 {
		return []any{nil, true, "a", "b\"]", json.Number("1"), json.Number("12")}[r.IntN(6)]
	}
	switch r.IntN(6) {
	case 0, 1:
		return r.Object(depth)
	case 2:
		list := make([]any, r.IntN(4))
		for i := range list {
			list[i] = r.value(depth - 1)
		}
		return list
	case 3, 4:
		list := make([]any, r.IntN(5))
		key := []string{"name", "type", "uid", "mountPath"}[r.IntN(4)]
		for i := range list {
			object := r.Object(depth)
			object[key] = []string{"a", "b", "c", "d", "e.f", "g]"}[r.IntN(6)]
			list[i] = object
		}
		return list
	}
	return r.value(0)
}

// Object makes an object that is some levels deep.
func (r Random) Object(depth int) map[string]any {
	object := map[string]any{}
	for range r.IntN(4) {
		object[[]string{"a", "b", "name", "type", "x.y/z", ""}[r.IntN(6)]] = r.value(depth - 1)
	}
	return object
}

// Changed makes another version of a value.
func (r Random) Changed(v any, depth int) any {
	switch v := v.(type) {
	case map[string]any:
		other := map[string]any{}
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if r.IntN(8) > 0 {
				other[name] = r.maybe(v[name], depth)
			}
		}
		if r.IntN(4) == 0 {
			other[[]string{"a", "b", "new"}[r.IntN(3)]] = r.value(1)
		}
		return other
	case []any:
		var other []any
		for _, value := range v {
			if r.IntN(8) > 0 {
				other = append(other, r.maybe(value, depth))
			}
		}
		if r.IntN(4) == 0 {
			other = slices.Insert(other, r.IntN(len(other)+1), r.value(depth))
		}
		if r.IntN(8) == 0 {
			r.Shuffle(len(other), func(i, j int) { other[i], other[j] = other[j], other[i] })
		}
		if other == nil {
			other = []any{}
		}
		return other
	}
	return r.value(r.IntN(2))
}

func (r Random) maybe(v any, depth int) any {
	if r.IntN(3) == 0 {
		return r.Changed(v, max(depth-1, 0))
	}
	return v
}
