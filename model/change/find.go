package change

import "github.com/dogwatch/dogwatch/model/jsonscan"

// place is where in a text a step leads, or would lead if there were something.
type place struct {
	// begin is where the member or element begins, with the comma before it, and value where its value does; end is behind it.
	// All are the same where there is none: what is put in goes there.
	begin, value, end int
	// first tells that nothing stands before it in its object or list.
	first bool
	found bool
}

// Find gives the value to which steps lead from a JSON object, nil where there is none. It is a part of the text.
func Find(text []byte, steps []Step) []byte {
	at, ok := locate(text, steps)
	if !ok {
		return nil
	}
	return text[at:jsonscan.Skip(text, at)]
}

// locate gives the index at which the value begins that steps lead to.
func locate(text []byte, steps []Step) (int, bool) {
	at := jsonscan.SkipSpace(text, 0)
	for i := range steps {
		p, ok := locateStep(text, at, &steps[i])
		if !ok || !p.found {
			return 0, false
		}
		at = p.value
	}
	return at, true
}

// locateStep looks for what a step leads to in the value at an index. It is false where the value has no such places.
func locateStep(text []byte, at int, s *Step) (place, bool) {
	opening := byte('[')
	if s.IsMember() {
		opening = '{'
	}
	if at >= len(text) || text[at] != opening {
		return place{}, false
	}
	index := -1
	if s.kind == toIndex {
		index = s.Index
	}
	return walkTo(text, at, index, func(w *jsonscan.Walker) bool {
		if s.IsMember() {
			return jsonscan.Is(w.Name(), s.Member)
		}
		return s.kind == toKey && hasKey(text[w.At():], s.Key)
	}), true
}

// walkTo looks for the element at an index, or for what isIt tells; without such it gives the place at the end.
func walkTo(text []byte, at, index int, isIt func(*jsonscan.Walker) bool) place {
	w := jsonscan.Walk(text, at)
	p := place{begin: w.At(), first: true}
	for n := 0; w.Next(); n++ {
		value := w.At()
		if n == index || index < 0 && isIt(&w) {
			w.Value()
			return place{begin: p.begin, value: value, end: w.At(), first: n == 0, found: true}
		}
		w.Value()
		p = place{begin: w.At()}
	}
	p.value, p.end = p.begin, p.begin
	return p
}

// hasKey tells whether the value at the beginning of a text is the element with a key.
func hasKey(text []byte, key []KeyValue) bool {
	for _, k := range key {
		if value := scalarMember(text, k.Name); string(value) != k.Value {
			return false
		}
	}
	return true
}
