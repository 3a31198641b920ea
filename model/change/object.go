package change

import (
	"bytes"
	"slices"

	"github.com/dogwatch/dogwatch/model/jsonscan"
)

// member is a member of an object: its name's characters, and where its value is.
type member struct {
	name     []byte
	from, to int
}

// objects compares two objects: in step for as long as both have the same members in the same order, as two versions of an
// object nearly always do. It gives the indices behind them.
func (d *Differ) objects(a, b jsonscan.Walker) (int, int) {
	for {
		more, moreNew := a.Next(), b.Next()
		switch {
		case !more && !moreNew:
			return a.At(), b.At()
		case !more || !moreNew || !sameName(a.Name(), b.Name()):
			return d.unlike(a, b, more, moreNew)
		case d.isTail(a.At(), b.At()):
			return len(d.old), len(d.new)
		}
		at, atNew := a.At(), b.At()
		if d.isSame(&a, &b) {
			continue
		}
		path := len(d.path)
		d.path = appendMember(d.path, jsonscan.Text(a.Name()))
		end, endNew := d.value(at, atNew)
		d.path = d.path[:path]
		a.To(end)
		b.To(endNew)
	}
}

// isSame reads two values if they are spelled alike. Objects and lists of which the end is not known are left if
// they reach beyond what is the same.
func (d *Differ) isSame(a, b *jsonscan.Walker) bool {
	if b.IsKnown() {
		return a.Same(b.Value())
	}
	if a.Kind() != '{' && a.Kind() != '[' {
		return b.Same(a.Value())
	}
	i, j := a.At(), b.At()
	same := d.sameUntil(i, j)
	end := jsonscan.Skip(d.old[:min(same+1, len(d.old))], i)
	if end > same {
		return false
	}
	a.To(end)
	b.To(j + end - i)
	return true
}

// sameName tells whether two names mean the same.
func sameName(a, b []byte) bool {
	if bytes.Equal(a, b) {
		return true
	}
	return (bytes.IndexByte(a, '\\') >= 0 || bytes.IndexByte(b, '\\') >= 0) && bytes.Equal(jsonscan.Text(a), jsonscan.Text(b))
}

// unlike compares what is left of two objects that differ in their members' names.
func (d *Differ) unlike(a, b jsonscan.Walker, more, moreNew bool) (int, int) {
	begin := len(d.members)
	end := d.gather(a, more)
	middle := len(d.members)
	endNew := d.gather(b, moreNew)
	for i, j, stop := begin, middle, len(d.members); i < middle || j < stop; {
		switch c := d.compareNames(i, middle, j, stop); {
		case c < 0:
			d.member(&d.members[i], nil)
			i++
		case c > 0:
			d.member(nil, &d.members[j])
			j++
		default:
			d.member(&d.members[i], &d.members[j])
			i, j = i+1, j+1
		}
	}
	d.members = d.members[:begin]
	return end, endNew
}

// gather takes the members from where the walker is, sorted by their names, and gives the index behind the object.
func (d *Differ) gather(w jsonscan.Walker, more bool) int {
	begin := len(d.members)
	for ; more; more = w.Next() {
		m := member{name: jsonscan.Text(w.Name()), from: w.At()}
		w.Value()
		m.to = w.At()
		d.members = append(d.members, m)
	}
	slices.SortStableFunc(d.members[begin:], func(a, b member) int { return bytes.Compare(a.name, b.name) })
	return w.At()
}

// compareNames orders the names of an old and a new member, of which one may be beyond the last.
func (d *Differ) compareNames(i, last, j, lastNew int) int {
	switch {
	case i == last:
		return 1
	case j == lastNew:
		return -1
	}
	return bytes.Compare(d.members[i].name, d.members[j].name)
}

// member compares a member of the two objects, of which one may lack it.
func (d *Differ) member(old, new *member) {
	path := len(d.path)
	switch {
	case new == nil:
		d.path = appendMember(d.path, old.name)
		d.add(Change{Old: d.old[old.from:old.to]})
	case old == nil:
		d.path = appendMember(d.path, new.name)
		d.add(Change{New: d.new[new.from:new.to]})
	case !bytes.Equal(d.old[old.from:old.to], d.new[new.from:new.to]):
		d.path = appendMember(d.path, old.name)
		d.value(old.from, new.from)
	}
	d.path = d.path[:path]
}
