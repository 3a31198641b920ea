package change

import (
	"cmp"
	"slices"

	"github.com/dogwatch/dogwatch/model/jsonscan"
)

// replaced is a value that another is put in place of.
type replaced struct {
	begin, end int
	by         *Change
}

// replace makes a copy of a text in which values are others. All are found in one walk where they come in the order of the text: one by one, many of a long
// text would take a walk each. What is no other value, what is not found, and what lies in another is left.
func replace(text []byte, changes []Change) (made []byte, left []*Change) {
	s := seeker{text: text}
	var all []replaced
	size := len(text)
	for i := range changes {
		c := &changes[i]
		if c.Old != nil && c.New != nil {
			if begin, end, ok := s.find(c.Path.Steps()); ok {
				all = append(all, replaced{begin, end, c})
				size += len(c.New) - (end - begin)
				continue
			}
		}
		left = append(left, c)
	}
	slices.SortStableFunc(all, func(a, b replaced) int { return cmp.Compare(a.begin, b.begin) })
	made = make([]byte, 0, size)
	done := 0
	for _, r := range all {
		if r.begin < done {
			left = append(left, r.by)
			continue
		}
		made = append(append(made, text[done:r.begin]...), r.by.New...)
		done = r.end
	}
	return append(made, text[done:]...), left
}

// seeker finds one value after the other in a text, each from where the one before was found.
type seeker struct {
	text []byte
	way  []onWay // to the value that was found last
}

// onWay is an object or a list on the way to a value.
type onWay struct {
	begin int             // of the object or list
	walk  jsonscan.Walker // before the value that the step leads to
	n     int             // its index
	step  Step
}

// find gives where a value is to which steps lead.
func (s *seeker) find(steps []Step) (begin, end int, ok bool) {
	same := 0
	for same < len(s.way) && same < len(steps)-1 && s.way[same].step.is(&steps[same]) {
		same++
	}
	at := jsonscan.SkipSpace(s.text, 0)
	for i := same; i < len(steps); i++ {
		if i > 0 {
			at = s.way[i-1].walk.At()
		}
		if i < len(s.way) { // there was a step to something else
			s.way = s.way[:i+1]
		} else {
			s.way = append(s.way, onWay{begin: at, walk: jsonscan.Walk(s.text, at), n: -1})
		}
		if !s.way[i].seek(s.text, steps[i]) {
			s.way = s.way[:i]
			return 0, 0, false
		}
	}
	if len(steps) == 0 {
		return 0, 0, false
	}
	begin = s.way[len(steps)-1].walk.At()
	return begin, jsonscan.Skip(s.text, begin), true
}

// seek goes on to what a step leads to, from what was found last on, and then from the beginning on.
func (o *onWay) seek(text []byte, step Step) bool {
	if o.begin >= len(text) || (text[o.begin] == '{') != step.IsMember() {
		return false
	}
	last := o.n
	for o.next() {
		if o.leads(text, &step) {
			return true
		}
	}
	o.walk, o.n = jsonscan.Walk(text, o.begin), -1
	for o.n < last && o.next() {
		if o.leads(text, &step) {
			return true
		}
	}
	return false
}

// next goes on to the next member or element.
func (o *onWay) next() bool {
	if o.n >= 0 {
		o.walk.Value()
	}
	o.n++
	return o.walk.Next()
}

// leads tells whether a step leads here, and keeps it if so.
func (o *onWay) leads(text []byte, step *Step) bool {
	switch step.kind {
	case toMember:
		if !jsonscan.Is(o.walk.Name(), step.Member) {
			return false
		}
	case toIndex:
		if o.n != step.Index {
			return false
		}
	case toKey:
		if !hasKey(text[o.walk.At():], step.Key) {
			return false
		}
	}
	o.step = *step
	return true
}

// is tells whether two steps lead to the same.
func (s *Step) is(other *Step) bool {
	return s.kind == other.kind && s.Member == other.Member && s.Index == other.Index && slices.Equal(s.Key, other.Key)
}
