package player

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/informers"
	"github.com/dogwatch/dogwatch/replay/apiserver/store"
	"github.com/dogwatch/dogwatch/replay/recording"
)

// tables are the types that are served and their objects, by name.
type tables map[recording.TypeName]*table

// table is a type and its objects, by their keys.
type table struct {
	resource schema.GroupVersionResource
	def      recording.Type
	encoded  bool // masks are to be served as base64
	objects  map[string]*object
	newest   uint64 // the highest version that is known to have been, also of what was deleted
}

func newTable(resource schema.GroupVersionResource) *table {
	encoded := len(informers.Encoded(resource.GroupResource())) > 0
	return &table{resource: resource, encoded: encoded, objects: map[string]*object{}}
}

// object is a version of an object, in a copy of its own: the cells, and from split on the object.
type object struct {
	version uint64
	printed time.Time
	text    []byte
	split   int
	// shared tells that a store or another scene has it, so that it must not change any more. read is what it was read as.
	shared bool
	read   *store.Object
}

func (o *object) json() []byte  { return o.text[o.split:] }
func (o *object) cells() []byte { return o.text[:o.split:o.split] }

func (o *object) item() store.Item {
	item := store.Item{JSON: o.json(), Printed: o.printed}
	if o.split > 0 {
		item.Cells = o.cells()
	}
	return item
}

// same compares what cells are made of: the ages in them may be of other moments.
func (o *object) same(as *object) bool {
	return o == as || o.version == as.version && bytes.Equal(o.json(), as.json())
}

// change is what a line does to an object.
type change struct {
	*table
	key     string
	deleted bool
	version uint64
	at      time.Time
	// cells and json are good as long as the line.
	cells, json []byte
}

// lineReader reads lines without looking at more of their objects than it must.
type lineReader struct {
	objects store.Identifier
	note    func(error) // told what is wrong with lines
}

// change reads which object a line is about. It is false for a line about none, or about one that is not served, or
// that cannot be read.
func (r *lineReader) change(ts tables, line *recording.Line) (change, bool) {
	switch line.Kind {
	case recording.Present, recording.Added, recording.Modified, recording.Deleted:
	default:
		return change{}, false
	}
	t, ok := ts[line.Type]
	if !ok {
		return change{}, false
	}
	c := change{table: t, deleted: line.Kind == recording.Deleted, at: line.At}
	var err error
	if c.cells, c.json, ok = recording.Split(line.Text()); !ok {
		var e *recording.Entry
		if e, err = line.Entry(); err == nil {
			c.cells, c.json = e.Cells, e.Object
		}
	}
	var id store.Identity
	if err == nil {
		id, err = r.objects.Identify(c.json, t.def.Namespaced)
	}
	if err == nil && t.encoded {
		c.json, err = informers.EncodeMasks(t.resource.GroupResource(), c.json)
	}
	if err != nil {
		r.note(fmt.Errorf("a change of %s at %s: %w", line.Type, line.At.UTC().Format(time.RFC3339), err))
		return c, false
	}
	c.key, c.version = id.Key(), id.ResourceVersion
	return c, true
}

// object is what the change made: one of a former scene if it has the same, else a copy, in the place of the version before
// if nobody else has that.
func (c change) object(former tables) *object {
	before := c.objects[c.key]
	if t, ok := former[c.def.Name]; ok && t.def.Namespaced == c.def.Namespaced {
		o, ok := t.objects[c.key]
		if ok && o.version == c.version && bytes.Equal(o.json(), c.json) && bytes.Equal(o.cells(), c.cells) {
			return o
		}
	}
	if before == nil || before.shared {
		before = &object{text: make([]byte, 0, len(c.cells)+len(c.json))}
	}
	before.version, before.printed, before.split = c.version, c.at, len(c.cells)
	before.text = append(append(before.text[:0], c.cells...), c.json...)
	return before
}

// take takes the change into its table. It gives the version of the object that it made, or that was last.
func (c change) take(former tables) *object {
	o := c.object(former)
	c.newest = max(c.newest, c.version)
	if c.deleted {
		delete(c.objects, c.key)
	} else {
		c.objects[c.key] = o
	}
	return o
}

// declare makes these types those that are served, and tells what changed: types that are new or other than before, and
// types that have gone. An error says what is wrong with some.
func (ts tables) declare(types []recording.Type) (served []*table, gone []*table, err error) {
	var errs []error
	named := map[recording.TypeName]bool{}
	for _, def := range types {
		resource, err := def.Name.Resource()
		if err != nil {
			errs = append(errs, err)
			continue
		}
		named[def.Name] = true
		t, ok := ts[def.Name]
		if ok && reflect.DeepEqual(t.def, def) {
			continue
		}
		if !ok {
			t = newTable(resource)
			ts[def.Name] = t
		}
		t.def = def
		served = append(served, t)
	}
	for name, t := range ts {
		if !named[name] {
			gone = append(gone, t)
			delete(ts, name)
		}
	}
	return served, gone, errors.Join(errs...)
}

// same tells whether two states hold the same versions of objects of the same types.
func (ts tables) same(as tables) bool {
	return maps.EqualFunc(ts, as, func(a, b *table) bool { return reflect.DeepEqual(a.def, b.def) && a.same(b) })
}

func (t *table) same(as *table) bool {
	return maps.EqualFunc(t.objects, as.objects, (*object).same)
}

// load puts all objects of a type into a store. Those that turn out to be none are dropped and told in the error.
func (t *table) load(into *store.Store) error {
	var unread []*object
	var items []store.Item
	for _, o := range t.objects {
		if o.read == nil {
			unread = append(unread, o)
			items = append(items, o.item())
		}
	}
	read, bad := store.Read(storeType(t), items)
	for i, o := range unread {
		o.read, o.shared = read[i], true
	}
	objects := make([]*store.Object, 0, len(t.objects))
	for key, o := range t.objects {
		if o.read == nil {
			delete(t.objects, key)
			continue
		}
		objects = append(objects, o.read)
	}
	if err := errors.Join(bad, into.LoadRead(t.resource, objects, max(t.newest, 1))); err != nil {
		return fmt.Errorf("loading %s: %w", t.resource.GroupResource(), err)
	}
	return nil
}

func storeType(t *table) store.Type {
	out := store.Type{
		Resource: t.resource, Kind: t.def.Kind, Singular: t.def.Singular, ShortNames: t.def.ShortNames,
		Categories: t.def.Categories, Namespaced: t.def.Namespaced,
		SelectableFields: selectableFields(t.resource.GroupResource()),
	}
	for _, c := range t.def.Columns {
		out.Columns = append(out.Columns, store.Column{TableColumnDefinition: c.TableColumnDefinition, Age: c.Age})
	}
	// Verbs that write are in no recording.
	out.Verbs = slices.DeleteFunc(slices.Clone(t.def.Verbs), func(verb string) bool {
		return verb != "get" && verb != "list" && verb != "watch"
	})
	return out
}
