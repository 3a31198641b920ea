// Package change tells what differs between two versions of an object: which
// fields, from what to what. It works on JSON text and reads nothing twice that
// it can tell to be the same, so that each event of a busy watch can be diffed.
//
// Elements of a list are told apart by the member that names them, as in
// "spec.containers[web].image", where each has one that no other has: what the
// server goes by, where managedFields tell, else mergeKeys, which are the members
// that Kubernetes' own lists go by. Elements of a set are their own names. Of all
// other lists the elements count by their index.
package change

import (
	"bytes"
	"encoding/binary"
	"strconv"

	"github.com/dogwatch/dogwatch/model/jsonscan"
)

// Change is one field that differs between two versions of an object. A whole
// object or list that came or went is one Change.
type Change struct {
	// Path is where the field is.
	Path Path
	// Old and New are the JSON of the values; nil where there was none, or is
	// none. They are parts of the texts that were compared.
	Old, New []byte
	// At is the place of the element that came, went or was moved in its list: in the new
	// one, or in the old one where it went. It means nothing for other changes.
	At int
	// From is the place in the old list of an element that was moved. Such a Change has neither Old nor New: what differs in the element is
	// told by changes of its own.
	From int
}

// IsMove tells whether an element of a list has another place among the others than it had.
func (c *Change) IsMove() bool { return c.Old == nil && c.New == nil }

// Moved says in words from where to where an element was moved, nothing of other changes.
func (c *Change) Moved() string {
	if !c.IsMove() {
		return ""
	}
	return "moved from [" + strconv.Itoa(c.From) + "] to [" + strconv.Itoa(c.At) + "]"
}

// inverse is the change that makes the old version of the new one.
func (c *Change) inverse() Change {
	i := Change{Path: c.Path, Old: c.New, New: c.Old, At: c.At, From: c.From}
	if c.IsMove() {
		i.At, i.From = c.From, c.At
	}
	return i
}

const (
	// deepest is how far down objects are compared: what lies deeper is one value. No
	// type of Kubernetes goes that far, a hostile object may.
	deepest = 64
	// maxPaths is how many paths are remembered.
	maxPaths = 4096
)

// Differ compares versions of objects, in memory that it uses again. The zero
// Differ is ready. It is for one goroutine at a time.
type Differ struct {
	old, new []byte
	// tail is how many bytes at the end of both are the same.
	tail int
	// run is the last part that was found to be the same: up to end in the old text, and shift further on in the new one.
	run     struct{ from, end, shift int }
	depth   int
	changes []Change
	path    []byte
	// paths has one copy of each path: objects of a type change in the same few places.
	paths map[string]Path
	// What is being compared, for all levels: each uses what it appends and takes it off again.
	members  []member
	elements []element
	keys     []byte
	order    []int
	// managers know how the server tells elements of lists apart; nil where that is not known.
	managers *Managers
}

// Diff gives the changes that make new of old, which both must be valid JSON
// objects.
// Values count as the same when they are spelled the same, apart from white
// space: server's spell one value one way. What a change says is good until the
// next call, its Path for ever. The order of members does not count, that of elements does: of named elements that stand in
// another order the fewest are moved. A name that comes twice in an object is not looked for.
func (d *Differ) Diff(old, new jsonscan.Object) []Change {
	d.changes = d.changes[:0]
	if bytes.Equal(old.Text, new.Text) {
		return nil
	}
	d.old, d.new = old.Text, new.Text
	d.tail = commonSuffix(d.old, d.new)
	d.depth, d.run.end = 1, 0
	d.objects(old.Walk(), new.Walk())
	d.old, d.new = nil, nil
	return d.changes
}

// DiffManaged is Diff where the new version's managedFields are known, nil if they are not: they tell how the server itself knows elements of lists, and who owns each change's
// field, as Managers.Of says.
func (d *Differ) DiffManaged(old, new jsonscan.Object, managedFields []byte, m *Managers) (changes []Change, by []Manager) {
	if managedFields == nil {
		return d.Diff(old, new), nil
	}
	m.note(managedFields)
	d.managers = m
	changes = d.Diff(old, new)
	d.managers = nil
	return changes, m.of(changes, new.Text)
}

// commonSuffix counts the bytes at the end that are the same.
func commonSuffix(a, b []byte) int {
	const word = 8
	n, most := 0, min(len(a), len(b))
	for n+word <= most && binary.LittleEndian.Uint64(a[len(a)-n-word:]) == binary.LittleEndian.Uint64(b[len(b)-n-word:]) {
		n += word
	}
	for n < most && a[len(a)-n-1] == b[len(b)-n-1] {
		n++
	}
	return n
}

// commonPrefix counts the bytes at the beginning that are the same.
func commonPrefix(a, b []byte) int {
	const word = 8
	n, most := 0, min(len(a), len(b))
	for n+word <= most && binary.LittleEndian.Uint64(a[n:]) == binary.LittleEndian.Uint64(b[n:]) {
		n += word
	}
	for n < most && a[n] == b[n] {
		n++
	}
	return n
}

// sameUntil gives the index in the old text up to which it is the same from i on as the new one from j on. What is the same between two
// changes is looked for once.
func (d *Differ) sameUntil(i, j int) int {
	if j-i != d.run.shift || i < d.run.from || i >= d.run.end {
		d.run.from, d.run.shift = i, j-i
		d.run.end = i + commonPrefix(d.old[i:], d.new[j:])
	}
	return d.run.end
}

// value compares the values at i in the old text and at j in the new one, and
// gives the indices behind them.
func (d *Differ) value(i, j int) (int, int) {
	if d.depth < deepest && i < len(d.old) && j < len(d.new) {
		d.depth++
		defer func() { d.depth-- }()
		switch {
		case d.old[i] == '{' && d.new[j] == '{':
			return d.objects(jsonscan.Walk(d.old, i), jsonscan.Walk(d.new, j))
		case d.old[i] == '[' && d.new[j] == '[':
			return d.lists(i, j)
		}
	}
	return d.scalars(i, j)
}

// scalars compares what is looked at as a whole.
func (d *Differ) scalars(i, j int) (int, int) {
	from, to := jsonscan.Skip(d.old, i), jsonscan.Skip(d.new, j)
	if !bytes.Equal(d.old[i:from], d.new[j:to]) {
		d.add(Change{Old: d.old[i:from], New: d.new[j:to]})
	}
	return from, to
}

// add notes a change at the present path.
func (d *Differ) add(c Change) {
	p, ok := d.paths[string(d.path)]
	if !ok {
		if d.paths == nil || len(d.paths) >= maxPaths {
			d.paths = map[string]Path{}
		}
		p = Path(d.path)
		d.paths[string(p)] = p
	}
	c.Path = p
	d.changes = append(d.changes, c)
}

// isTail tells whether all that follows is the same in both texts.
func (d *Differ) isTail(i, j int) bool {
	rest := len(d.old) - i
	return rest <= d.tail && rest == len(d.new)-j
}
