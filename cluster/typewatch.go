package cluster

import (
	"context"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
)

// What defines types, in every cluster: custom resources and aggregated APIs.
var (
	definitions = schema.GroupVersionResource{Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions"}
	apiServices = schema.GroupVersionResource{Group: "apiregistration.k8s.io", Version: "v1", Resource: "apiservices"}
)

// forbiddenPause is how long a watch rests that the server does not allow. One
// that it did allow before rests shorter at first: a server that comes up denies
// all until it has read who may what.
const forbiddenPause = 2 * time.Minute

// definition is one object that defines types.
type definition struct {
	// source is definitions or apiServices, name the object's, which says
	// what is defined: PLURAL.GROUP or VERSION.GROUP.
	source schema.GroupVersionResource
	name   string
}

// change is the last thing that happened to a definition.
type change uint8

const (
	added change = iota
	updated
	removed
)

// shows says whether discovery agrees with a change.
func (d definition) shows(s *Snapshot, what change) bool {
	first, group, _ := strings.Cut(d.name, ".")
	if d.source == apiServices {
		return s.hasGroupVersion(schema.GroupVersion{Group: group, Version: first}) == (what != removed)
	}
	_, served := s.ServedAs(schema.GroupResource{Group: group, Resource: first}, "")
	return served == (what != removed)
}

// settled says whether discovery, as asked age after a change, need not be
// asked again because of it.
func (d definition) settled(s *Snapshot, what change, age time.Duration) bool {
	if what == updated && age < updateTime {
		// Nothing in the metadata says what changed, so it cannot be looked for.
		return false
	}
	return age >= settleTime || d.shows(s, what)
}

// typeWatcher watches the metadata of what defines types.
type typeWatcher struct {
	client metadata.Interface
	// unwatched counts the sources that are not watched (yet).
	unwatched atomic.Int32
	// recovery ends waits for a server that was unreachable.
	recovery recovery
	// begun counts the watches that have begun, again too.
	begun atomic.Uint64
	// woken holds a token while there are changes to take, or more is watched than before.
	woken   chan struct{}
	mu      sync.Mutex
	changes map[definition]change
	// labels are those of the definitions of custom resources, and known once all of them are there. Sets are not changed.
	labels map[schema.GroupResource]labels.Set
	known  bool
	// refused is why they are not known, where the server does not let us.
	refused error
}

// newTypeWatcher makes a watcher that sends its requests through client.
func newTypeWatcher(config *rest.Config, client *http.Client) (*typeWatcher, error) {
	w := &typeWatcher{woken: make(chan struct{}, 1), changes: make(map[definition]change)}
	w.unwatched.Store(int32(len(typeSources())))
	var err error
	w.client, err = metadata.NewForConfigAndClient(config, boundedClient(client))
	return w, err
}

// typeSources are what is watched.
func typeSources() []schema.GroupVersionResource {
	return []schema.GroupVersionResource{definitions, apiServices}
}

// run watches until ctx ends. It is called once.
func (w *typeWatcher) run(ctx context.Context) {
	var group errgroup.Group
	for _, source := range typeSources() {
		group.Go(guarded(func() { w.watch(ctx, source) }))
	}
	_ = group.Wait()
}

// watching says whether every change will be heard of.
func (w *typeWatcher) watching() bool { return w.unwatched.Load() == 0 }

// watch keeps one informer until ctx ends, with pauses where the server does
// not allow it or does not know the type.
func (w *typeWatcher) watch(ctx context.Context, source schema.GroupVersionResource) {
	rest := forbiddenPause
	for ctx.Err() == nil {
		if w.watchUntilRefused(ctx, source) {
			rest = firstRetry
		}
		pause := time.NewTimer(jitter(rest))
		select {
		case <-ctx.Done():
		case <-pause.C:
		}
		pause.Stop()
		rest = min(2*rest, forbiddenPause)
	}
}

// watchUntilRefused watches until ctx ends or the server refuses it, and tells
// whether it had allowed it before.
func (w *typeWatcher) watchUntilRefused(ctx context.Context, source schema.GroupVersionResource) (allowed bool) {
	ctx, refused := context.WithCancel(ctx)
	defer refused()
	informer := w.informer(source)
	_ = informer.SetTransform(onlyIdentity)
	_ = informer.SetWatchErrorHandlerWithContext(func(_ context.Context, _ *cache.Reflector, err error) {
		if apierrors.IsForbidden(err) || apierrors.IsNotFound(err) {
			w.know(source, err)
			refused()
		}
	})
	handler, err := informer.AddEventHandler(w.handler(source))
	if err != nil {
		return false
	}
	var group sync.WaitGroup
	group.Go(func() {
		defer utilruntime.HandleCrash()
		if allowed = cache.WaitForCacheSync(ctx.Done(), handler.HasSynced); allowed {
			w.know(source, nil)
			w.begun.Add(1)
			w.unwatched.Add(-1)
			wake(w.woken)
			<-ctx.Done()
			w.unwatched.Add(1)
		}
	})
	informer.RunWithContext(ctx)
	refused()
	group.Wait()
	return allowed
}

// informer follows the metadata of a type. It is what package metadatainformer
// makes, without the clients of all built-in types which that brings along. What fails is tried again here: client-go's reflector
// would wait for up to a minute though the server is back.
func (w *typeWatcher) informer(source schema.GroupVersionResource) cache.SharedIndexInformer {
	objects := w.client.Resource(source)
	lw := &cache.ListWatch{
		ListWithContextFunc: func(ctx context.Context, options metav1.ListOptions) (list runtime.Object, err error) {
			err = w.recovery.persist(ctx, isRefusal, func() (err error) {
				list, err = objects.List(ctx, options)
				return err
			})
			return list, err
		},
		WatchFuncWithContext: func(ctx context.Context, options metav1.ListOptions) (stream watch.Interface, err error) {
			isAnswer := isRefusal
			if options.SendInitialEvents != nil {
				isAnswer = isStatus // a list is asked for then
			}
			err = w.recovery.persist(ctx, isAnswer, func() (err error) {
				if err := checkHistory(ctx, objects, options.ResourceVersion); err != nil {
					return err
				}
				stream, err = objects.Watch(ctx, options)
				return err
			})
			return stream, err
		},
	}
	return cache.NewSharedIndexInformerWithOptions(
		cache.ToListWatcherWithWatchListSemantics(lw, w.client),
		&metav1.PartialObjectMetadata{}, cache.SharedIndexInformerOptions{})
}

// checkHistory refuses a watch from a resource version that is still to come: of
// a server that was restored from a backup, which would be silent until then.
func checkHistory(ctx context.Context, objects metadata.ResourceInterface, from string) error {
	last, err := strconv.ParseUint(from, 10, 64)
	if err != nil || last == 0 {
		return nil // it begins with a list
	}
	list, err := objects.List(ctx, metav1.ListOptions{Limit: 1})
	if apierrors.IsForbidden(err) { // the watch may be allowed already, of a server that comes up
		return err
	}
	if err != nil {
		return nil // the watch itself says more
	}
	if newest, err := strconv.ParseUint(list.ResourceVersion, 10, 64); err == nil && newest < last {
		return apierrors.NewResourceExpired("the server's history went back in time")
	}
	return nil
}

// onlyIdentity drops what is not needed to know a definition again and choose it by its labels, such as annotations that hold whole
// manifests.
func onlyIdentity(obj any) (any, error) {
	m, err := meta.Accessor(obj)
	if err != nil {
		return obj, nil
	}
	return &metav1.PartialObjectMetadata{ObjectMeta: metav1.ObjectMeta{
		Name: m.GetName(), UID: m.GetUID(), ResourceVersion: m.GetResourceVersion(), Labels: m.GetLabels(),
	}}, nil
}

func (w *typeWatcher) handler(source schema.GroupVersionResource) cache.ResourceEventHandler {
	return cache.ResourceEventHandlerFuncs{
		AddFunc: func(obj any) { w.put(source, obj, added) },
		UpdateFunc: func(before, obj any) {
			if version(before) != version(obj) {
				w.put(source, obj, updated)
			}
		},
		DeleteFunc: func(obj any) {
			if tombstone, ok := obj.(cache.DeletedFinalStateUnknown); ok {
				obj = tombstone.Obj
			}
			w.put(source, obj, removed)
		},
	}
}

func version(obj any) string {
	m, err := meta.Accessor(obj)
	if err != nil {
		return ""
	}
	return m.GetResourceVersion()
}

func (w *typeWatcher) put(source schema.GroupVersionResource, obj any, what change) {
	m, err := meta.Accessor(obj)
	if err != nil {
		return
	}
	d := definition{source, m.GetName()}
	w.mu.Lock()
	if before, ok := w.changes[d]; ok && before == removed && what == added {
		what = updated // replaced: that it is served says nothing
	}
	w.changes[d] = what
	w.label(d, m.GetLabels(), what)
	w.mu.Unlock()
	wake(w.woken)
}

// label keeps the labels of a definition of custom resources. The caller holds mu.
func (w *typeWatcher) label(d definition, of labels.Set, what change) {
	plural, group, _ := strings.Cut(d.name, ".")
	gr := schema.GroupResource{Group: group, Resource: plural}
	if w.labels == nil {
		w.labels = make(map[schema.GroupResource]labels.Set)
	}
	switch {
	case d.source != definitions:
	case what == removed:
		delete(w.labels, gr)
	case of == nil:
		w.labels[gr] = labels.Set{} // which "!team" matches
	default:
		w.labels[gr] = of
	}
}

// know notes that all definitions are there, or why not. A server that does not have the type has none; what was known before a refusal stays.
func (w *typeWatcher) know(source schema.GroupVersionResource, err error) {
	if source != definitions {
		return
	}
	w.mu.Lock()
	w.known = w.known || err == nil || apierrors.IsNotFound(err)
	w.refused = err
	w.mu.Unlock()
	wake(w.woken)
}

// labelsNow are the labels of the definitions; nil while they are not known, with the reason where it is a refusal.
func (w *typeWatcher) labelsNow() (map[schema.GroupResource]labels.Set, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.known {
		return nil, w.refused
	}
	now := make(map[schema.GroupResource]labels.Set, len(w.labels))
	maps.Copy(now, w.labels)
	return now, nil
}

// take returns what changed since the last call.
func (w *typeWatcher) take() map[definition]change {
	w.mu.Lock()
	defer w.mu.Unlock()
	changes := w.changes
	w.changes = make(map[definition]change)
	return changes
}
