package recording

import (
	"bytes"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/dogwatch/dogwatch/model/mask"
)

// remarks says which marks of a recorder's masks stand for marks that the recorder before it gave. Marks of two recorders have nothing to do with each other, so it
// cannot be told whether a value changed between them whose masks differ by their marks alone: it counts as the same, and readers see the former mark.
// A nil remarks changes nothing. It may be used by several goroutines.
type remarks struct {
	// before is the last segment of the recorder before, first the first one of this.
	before, first *Segment
	once          sync.Once
	done          atomic.Bool
	former        map[marked]string // the mark that was before, of those that are others
}

// marked is a mask that has a mark: that of the value at a place in an object.
type marked struct{ uid, place, mask string }

// apply puts former marks into a line, which they do not make longer. The first line that has a mark waits until it is known what was before.
func (m *remarks) apply(line []byte) {
	if m == nil || !mask.MayBeMarked(line) {
		return
	}
	m.load()
	eachMarked(line, func(of marked, at int) { copy(line[at:], m.former[of]) })
}

// load reads what is needed, once. The recorders before come first, one after the other: each is read with the marks of the one before it.
func (m *remarks) load() {
	var missing []*remarks
	for r := m; r != nil && !r.done.Load(); r = r.before.marks {
		missing = append(missing, r)
	}
	for _, r := range slices.Backward(missing) {
		r.once.Do(r.read)
	}
}

func (m *remarks) read() {
	type place struct{ uid, place string }
	was := map[place]string{}
	for line, err := range m.before.Lines() {
		if err != nil || line.Kind != Present && line.At.After(m.first.At) {
			break // of damage others tell
		}
		if mask.MayBeMarked(line.text) {
			eachMarked(line.text, func(of marked, _ int) { was[place{of.uid, of.place}] = of.mask })
		}
	}
	m.former = map[marked]string{}
	for line, err := range m.first.lines(nil) {
		if err != nil || line.Kind != Present {
			break
		}
		if !mask.MayBeMarked(line.text) {
			continue
		}
		eachMarked(line.text, func(of marked, _ int) {
			before, mark, ok := mask.Parse(was[place{of.uid, of.place}])
			if now, _, _ := mask.Parse(of.mask); ok && before == now {
				m.former[of] = mark
			}
		})
	}
	m.done.Store(true)
}

// eachMarked gives f the masks that have marks in a line's object, and at which byte of the line each mark begins. Without a UID there are none.
func eachMarked(line []byte, f func(of marked, at int)) {
	var uid string
	var found []marked
	var at []int
	eachString(line, func(dec *jsontext.Decoder, value []byte) {
		switch {
		case dec.StackDepth() == 3 && dec.StackPointer() == "/object/metadata/uid":
			uid = string(value)
		case bytes.HasPrefix(value, []byte(mask.Begin)):
			if _, mark, ok := mask.Parse(string(value)); ok && mark != "" {
				found = append(found, marked{place: string(dec.StackPointer()), mask: string(value)})
				at = append(at, int(dec.InputOffset())-len(mark)-len(`)"`))
			}
		}
	})
	for i := range found {
		if found[i].uid = uid; uid != "" {
			f(found[i], at[i])
		}
	}
}

// eachString gives f the strings of a JSON text that are values, as they stand there between their quotes. It ends early where it is no JSON.
func eachString(text []byte, f func(dec *jsontext.Decoder, value []byte)) {
	dec := jsontext.NewDecoder(bytes.NewBuffer(text), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	for {
		container, n := dec.StackIndex(dec.StackDepth())
		if dec.PeekKind() != '"' {
			if _, err := dec.ReadToken(); err != nil {
				return
			}
			continue
		}
		value, err := dec.ReadValue()
		if err != nil {
			return
		}
		if isName := container == '{' && n%2 == 0; !isName {
			f(dec, value[1:len(value)-1])
		}
	}
}
