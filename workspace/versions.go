package workspace

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/dogwatch/dogwatch/cluster"
	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/timeline"
	"github.com/dogwatch/dogwatch/model/versions"
)

// ErrNoHistory says that nothing is remembered of changes.
var ErrNoHistory = errors.New("changes are not remembered: --history-memory is 0")

// ObjectVersions are the versions of one object, followed until Close. Its methods are safe for concurrent use.
type ObjectVersions interface {
	// Version grows when there may be something else to read.
	Version() uint64
	// Read gives the versions that there are now. Its cost grows with what was remembered of all objects since the last Read.
	Read() (*versions.List, error)
	// Close ends it, and waits until nothing is left of it.
	Close()
}

type objectVersions struct {
	follower
	history *history
	mu      sync.Mutex
	log     *versions.Log // guarded by mu
}

// WatchVersions follows the versions of an object that is there, or was. Options.Changed is called when anything is remembered, until Close.
// Errors are ErrNoHistory and ErrClosed.
func (w *Workspace) WatchVersions(of versions.Object) (ObjectVersions, error) {
	if w.opts.History == nil {
		return nil, ErrNoHistory
	}
	v := &objectVersions{history: w.history, log: versions.NewLog(of, w.opts.History, func() *model.Object { return w.present(of) })}
	if w.noise != nil {
		v.log.TellBy(w.noise.NewJudge())
	}
	wake := make(chan struct{}, 1)
	stop := w.opts.History.Listen(wake)
	if err := v.start(w, wake, nil, func() {}, stop); err != nil {
		stop()
		return nil, err
	}
	return v, nil
}

// Read implements ObjectVersions.
func (v *objectVersions) Read() (*versions.List, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	list := v.log.Read()
	list.Reading = v.history.isReading()
	return list, nil
}

// present gives the newest that any tab's watch has of an object's key; nil where none has it.
func (w *Workspace) present(of versions.Object) *model.Object {
	var newest *model.Object
	for _, watched := range w.watchesOf(of.Cluster, of.GVR.String()) {
		if o, ok := watched.Watch.Store().Get(of.Key); ok && (newest == nil || isNewer(o.ResourceVersion, newest.ResourceVersion)) {
			newest = o
		}
	}
	return newest
}

func isNewer(a, b string) bool {
	x, err := strconv.ParseUint(a, 10, 64)
	y, errOther := strconv.ParseUint(b, 10, 64)
	return err == nil && errOther == nil && x > y
}

func (w *Workspace) watchesOf(cluster, gvr string) []Watched {
	return slices.DeleteFunc(w.Watches(), func(watched Watched) bool {
		id := watched.Watch.Identity()
		return id.Cluster != cluster || id.GVR.String() != gvr
	})
}

// FindObject finds the object of a type (in kubectl's spelling, in the current context) and a name, in a namespace or, where that
// is empty, in the one in force. Objects that are gone are found as long as changes of them are remembered. The error says what is
// missing, in words. It may read all that is remembered.
func (w *Workspace) FindObject(arg, namespace, name string) (of versions.Object, kind string, err error) {
	w.mu.Lock()
	conn, inForce := w.current, w.namespace
	w.mu.Unlock()
	resources, err := conn.cluster.Catalog().Snapshot().Resolve(arg)
	if err != nil {
		conn.cluster.Catalog().Hurry()
		return of, "", err
	}
	if len(resources) != 1 {
		return of, "", fmt.Errorf("%q stands for several types: name one", arg)
	}
	f := finder{ws: w, resource: resources[0], of: versions.Object{Cluster: conn.cluster.Name(), GVR: resources[0].GVR, Key: model.Key{Name: name}}}
	if f.resource.Namespaced {
		if f.of.Key.Namespace = namespace; namespace == "" {
			f.of.Key.Namespace = inForce
		}
	}
	of, err = f.find()
	return of, f.resource.Kind, err
}

// finder looks for an object by its name.
type finder struct {
	ws       *Workspace
	resource cluster.Resource
	of       versions.Object
}

func (f *finder) find() (versions.Object, error) {
	keys := f.present()
	if len(keys) == 0 {
		keys = f.remembered()
	}
	switch {
	case len(keys) == 1:
		f.of.Key = keys[0]
		return f.of, nil
	case len(keys) > 1:
		names := make([]string, len(keys))
		for i, key := range keys {
			names[i] = key.Namespace
		}
		slices.Sort(names)
		return f.of, fmt.Errorf("%s %s is in several namespaces: name one of %s", f.resource.GVR.Resource, f.of.Key.Name, strings.Join(names, ", "))
	case len(f.ws.watchesOf(f.of.Cluster, f.of.GVR.String())) == 0:
		return f.of, fmt.Errorf("%s are not watched, and nothing is remembered of %s", f.resource.GVR.Resource, f.of.Key)
	}
	return f.of, fmt.Errorf("there is no %s among the %s that are watched, and nothing is remembered of it", f.of.Key, f.resource.GVR.Resource)
}

// isAnywhere tells that the namespace is not known.
func (f *finder) isAnywhere() bool { return f.resource.Namespaced && f.of.Key.Namespace == "" }

func (f *finder) present() []model.Key {
	if !f.isAnywhere() {
		if f.ws.present(f.of) == nil {
			return nil
		}
		return []model.Key{f.of.Key}
	}
	var keys []model.Key
	for _, watched := range f.ws.watchesOf(f.of.Cluster, f.of.GVR.String()) {
		watched.Watch.Store().Each(func(o *model.Object) bool {
			if o.Name == f.of.Key.Name && !slices.Contains(keys, o.Key) {
				keys = append(keys, o.Key)
			}
			return true
		})
	}
	return keys
}

// remembered are the keys of which changes are remembered.
func (f *finder) remembered() []model.Key {
	history := f.ws.opts.History
	if history == nil {
		return nil
	}
	var wanted timeline.Filter
	if !f.isAnywhere() {
		wanted.Key = f.of.Key
	}
	var keys []model.Key
	for r := range history.Backward(timeline.Newest, wanted) {
		if r.Key.Name != f.of.Key.Name || slices.Contains(keys, r.Key) {
			continue
		}
		if source, ok := history.Source(r.Source); ok && source.Cluster == f.of.Cluster && source.GVR == f.of.GVR {
			keys = append(keys, r.Key)
		}
	}
	return keys
}
