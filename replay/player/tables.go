package player

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/replay/apiserver/store"
	"github.com/dogwatch/dogwatch/replay/recording"
)

// tables are the types that are served and their objects, by name.
type tables map[recording.TypeName]*table

// table is a type and its objects, by their keys.
type table struct {
	resource schema.GroupVersionResource
	def      recording.Type
	objects  map[string]*object
}

// object is a version of an object, in a copy of its own: the cells, and from split on the object.
type object struct {
	version uint64
	text    []byte
	split   int
}

func (o *object) item() store.Item {
	item := store.Item{JSON: o.text[o.split:]}
	if o.split > 0 {
		item.Cells = o.text[:o.split:o.split]
	}
	return item
}

// change is what a line does to an object.
type change struct {
	*table
	key     string
	deleted bool
	version uint64
	// cells and json are good as long as the line.
	cells, json []byte
}

// changeOf reads which object a line is about. It is false for a line about none, or about one that is not served.
func (ts tables) changeOf(line *recording.Line) (change, bool) {
	switch line.Kind {
	case recording.Present, recording.Added, recording.Modified, recording.Deleted:
	default:
		return change{}, false
	}
	t, ok := ts[line.Type]
	if !ok {
		return change{}, false
	}
	c := change{table: t, deleted: line.Kind == recording.Deleted}
	cells, json, ok := recording.Split(line.Text())
	if !ok {
		e, err := line.Entry()
		if err != nil {
			return change{}, false
		}
		cells, json = e.Cells, e.Object
	}
	id, err := store.Identify(json, t.def.Namespaced)
	c.key, c.version, c.cells, c.json = id.Key(), id.ResourceVersion, cells, json
	return c, err == nil
}

// object is a copy of what the change made; into may be one that nobody needs any more.
func (c change) object(into *object) *object {
	if into == nil {
		into = &object{text: make([]byte, 0, len(c.cells)+len(c.json))}
	}
	into.version, into.split = c.version, len(c.cells)
	into.text = append(append(into.text[:0], c.cells...), c.json...)
	return into
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
			t = &table{resource: resource, objects: map[string]*object{}}
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
	return maps.EqualFunc(t.objects, as.objects, func(a, b *object) bool { return a.version == b.version })
}

// load puts all objects of a type into a store.
func (t *table) load(into *store.Store) error {
	items := make([]store.Item, 0, len(t.objects))
	for _, o := range t.objects {
		items = append(items, o.item())
	}
	if err := into.Load(t.resource, items, 1); err != nil {
		return fmt.Errorf("loading %s: %w", t.resource.GroupResource(), err)
	}
	return nil
}

func storeType(t *table) store.Type {
	out := store.Type{
		Resource: t.resource, Kind: t.def.Kind, Singular: t.def.Singular, ShortNames: t.def.ShortNames,
		Categories: t.def.Categories, Namespaced: t.def.Namespaced,
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
