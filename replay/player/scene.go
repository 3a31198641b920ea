package player

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"reflect"
	"slices"
	"sort"
	"strconv"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/klog/v2"

	"github.com/dogwatch/dogwatch/replay/apiserver/store"
	"github.com/dogwatch/dogwatch/replay/recording"
)

// scene is a place in a recording: the state there, and what comes next.
type scene struct {
	segments []recording.Segment
	at       int // the segment that is being read
	next     func() (*recording.Entry, error, bool)
	stop     func()
	ahead    *recording.Entry // read, and not played yet

	store *store.Store
	types map[schema.GroupVersionResource]recording.Type
	// objects are what the store holds, for when a type has to be loaded anew.
	objects map[schema.GroupVersionResource]map[string]store.Item
}

// openScene makes the scene of an instant. Before the beginning of the recording it is that of the beginning.
func openScene(segments []recording.Segment, at time.Time, now func() time.Time) (*scene, error) {
	i := sort.Search(len(segments), func(i int) bool { return segments[i].At.After(at) })
	s := &scene{segments: segments, at: max(i-1, 0), types: map[schema.GroupVersionResource]recording.Type{}}
	s.store = store.New(store.Options{Now: now})
	if err := s.enter(); err != nil {
		s.close()
		return nil, err
	}
	for {
		e, ok := s.peek()
		if !ok || e.At.After(at) {
			break
		}
		s.keep(e)
		s.ahead = nil
	}
	if err := s.loadAll(); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

func (s *scene) close() {
	if s.stop != nil {
		s.stop()
	}
}

// enter begins to read the present segment, up to the end of its state.
func (s *scene) enter() error {
	s.close()
	segment := &s.segments[s.at]
	s.next, s.stop = iter.Pull2(segment.Entries())
	s.ahead = nil
	s.objects = map[schema.GroupVersionResource]map[string]store.Item{}
	if err := s.declare(segment.Types); err != nil {
		return err
	}
	for {
		e, ok := s.peek()
		if !ok || e.Kind != recording.Present {
			return nil
		}
		s.keep(e)
		s.ahead = nil
	}
}

// peek gives the next entry of the segment, if there is one.
func (s *scene) peek() (*recording.Entry, bool) {
	if s.ahead != nil {
		return s.ahead, true
	}
	e, err, ok := s.next()
	if err != nil {
		note(fmt.Errorf("segment of %s: %w", s.segments[s.at].At.UTC().Format(time.RFC3339), err))
		return nil, false
	}
	if !ok || e.Kind == recording.End {
		return nil, false
	}
	s.ahead = e
	return e, true
}

// note logs what is wrong with a recording that can be played on.
func note(err error) { klog.Warningf("replay: %v", err) }

// keep takes an entry into the objects, and into the store only its types. It gives the object that the entry is about,
// if it is about one of a type that is served.
func (s *scene) keep(e *recording.Entry) (gvr schema.GroupVersionResource, item store.Item, ok bool) {
	if e.Kind == recording.Served {
		if err := s.declare(e.Types); err != nil {
			note(err)
		}
		return gvr, item, false
	}
	gvr, key, ok := identify(e)
	if !ok || s.objects[gvr] == nil {
		return gvr, item, false
	}
	item = store.Item{JSON: bytes.Clone(e.Object), Cells: json.RawMessage(bytes.Clone(e.Cells))}
	if e.Kind == recording.Deleted {
		delete(s.objects[gvr], key)
	} else {
		s.objects[gvr][key] = item
	}
	return gvr, item, true
}

// play takes an entry into the store, so that watches tell of it.
func (s *scene) play(e *recording.Entry) {
	gvr, item, ok := s.keep(e)
	if !ok {
		return
	}
	var err error
	if e.Kind == recording.Deleted {
		err = s.store.Remove(gvr, item)
	} else {
		err = s.store.Put(gvr, item)
	}
	if err != nil {
		// Out of order, as after a list: clients are to list as well.
		err = s.load(gvr)
	}
	if err != nil {
		note(err)
	}
}

// declare makes the store serve these types and no others.
func (s *scene) declare(types []recording.Type) error {
	served := map[schema.GroupVersionResource]bool{}
	var errs []error
	for _, t := range types {
		gvr, err := t.Name.Resource()
		// A type that is added again ends its watches, so only where it is another.
		if known, ok := s.types[gvr]; err == nil && (!ok || !reflect.DeepEqual(known, t)) {
			err = s.store.AddType(storeType(gvr, t))
		}
		if err != nil {
			errs = append(errs, err)
			continue
		}
		served[gvr] = true
		s.types[gvr] = t
		if s.objects[gvr] == nil {
			s.objects[gvr] = map[string]store.Item{}
		}
	}
	for _, t := range s.store.Types() {
		if !served[t.Resource] {
			errs = append(errs, s.store.RemoveType(t.Resource))
			delete(s.objects, t.Resource)
			delete(s.types, t.Resource)
		}
	}
	return errors.Join(errs...)
}

func storeType(gvr schema.GroupVersionResource, t recording.Type) store.Type {
	out := store.Type{
		Resource: gvr, Kind: t.Kind, Singular: t.Singular, ShortNames: t.ShortNames, Categories: t.Categories,
		Namespaced: t.Namespaced, Verbs: t.Verbs,
	}
	for _, c := range t.Columns {
		out.Columns = append(out.Columns, store.Column{TableColumnDefinition: c.TableColumnDefinition, Age: c.Age})
	}
	// Verbs that write are in no recording.
	out.Verbs = slices.DeleteFunc(slices.Clone(out.Verbs), func(verb string) bool {
		return verb != "get" && verb != "list" && verb != "watch"
	})
	return out
}

func (s *scene) loadAll() error {
	for gvr := range s.objects {
		if err := s.load(gvr); err != nil {
			return err
		}
	}
	return nil
}

func (s *scene) load(gvr schema.GroupVersionResource) error {
	items := slices.Collect(maps.Values(s.objects[gvr]))
	if err := s.store.Load(gvr, items, 1); err != nil {
		return fmt.Errorf("loading %s: %w", gvr.GroupResource(), err)
	}
	return nil
}

// identify tells which object an entry is about.
func identify(e *recording.Entry) (schema.GroupVersionResource, string, bool) {
	switch e.Kind {
	case recording.Present, recording.Added, recording.Modified, recording.Deleted:
	default:
		return schema.GroupVersionResource{}, "", false
	}
	gvr, err := e.Type.Resource()
	if err != nil {
		return gvr, "", false
	}
	var head struct {
		Metadata struct{ Namespace, Name, ResourceVersion string }
	}
	if err := json.Unmarshal(e.Object, &head); err != nil || head.Metadata.Name == "" {
		return gvr, "", false
	}
	if _, err := strconv.ParseUint(head.Metadata.ResourceVersion, 10, 64); err != nil {
		return gvr, "", false
	}
	return gvr, head.Metadata.Namespace + "/" + head.Metadata.Name, true
}

// turn goes on with the next segment. Its state is mostly what the store holds already; clients are to list the types of
// which it is not: something lies between, or the recorder came to know more.
func (s *scene) turn() {
	before := s.objects
	s.at++
	if err := s.enter(); err != nil {
		note(err)
	}
	for gvr := range s.objects {
		if before[gvr] == nil || !maps.EqualFunc(before[gvr], s.objects[gvr], sameVersion) {
			if err := s.load(gvr); err != nil {
				note(err)
			}
		}
	}
}

func sameVersion(a, b store.Item) bool { return bytes.Equal(a.JSON, b.JSON) }
