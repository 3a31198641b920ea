package replay

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"

	"golang.org/x/sync/errgroup"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/dynamic"

	"github.com/dogwatch/dogwatch/replay/recording"
)

// state is a type's objects by namespace/name.
type state map[string]*unstructured.Unstructured

func keyOf(o *unstructured.Unstructured) string { return o.GetNamespace() + "/" + o.GetName() }

func stateOf(items []unstructured.Unstructured) state {
	s := state{}
	for i := range items {
		s[keyOf(&items[i])] = &items[i]
	}
	return s
}

// difference tells what the versions of the objects differ in, "" if in nothing. It does not look into them.
func (s state) difference(other state) string {
	for key, o := range s {
		as, ok := other[key]
		switch {
		case !ok:
			return key + " is missing"
		case o.GetUID() != as.GetUID() || o.GetResourceVersion() != as.GetResourceVersion():
			return fmt.Sprintf("%s is %s at %s, want %s at %s", key, as.GetUID(), as.GetResourceVersion(), o.GetUID(), o.GetResourceVersion())
		}
	}
	for key := range other {
		if s[key] == nil {
			return key + " is there"
		}
	}
	return ""
}

// change is one event of a watch.
type change struct {
	event  watch.EventType
	object *unstructured.Unstructured
}

// apply makes s the state after the change.
func (s state) apply(c change) {
	if c.event == watch.Deleted {
		delete(s, keyOf(c.object))
		return
	}
	s[keyOf(c.object)] = c.object
}

// history is what an independent client saw of one type: a list, and what a watch told from there on.
type history struct {
	kind
	mu      sync.Mutex
	first   state
	changes []change
	version uint64 // of the last change, or the list
}

// at is the state after so many changes.
func (h *history) at(n int) state {
	s := state{}
	for key, o := range h.first {
		s[key] = o
	}
	for _, c := range h.changes[:n] {
		s.apply(c)
	}
	return s
}

func (h *history) len() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.changes)
}

func (h *history) newest() uint64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.version
}

// observer is the independent client: plain lists and watches, nothing of dogwatch.
type observer struct {
	client    dynamic.Interface
	histories map[recording.TypeName]*history
	begin     func(kind) error // begins to see a type, and returns when it is listed
	stop      func() error     // ends the watches
}

// observe begins to see all types that there are. It returns when they are listed.
func observe(ctx context.Context, client dynamic.Interface) (*observer, error) {
	o := &observer{client: client, histories: map[recording.TypeName]*history{}}
	ctx, cancel := context.WithCancel(ctx)
	watching, ctx := errgroup.WithContext(ctx)
	o.begin = func(k kind) error {
		h, version, err := o.list(ctx, k)
		if err == nil {
			o.histories[k.name()] = h
			watching.Go(func() error { return o.follow(ctx, h, version) })
		}
		return err
	}
	o.stop = func() error {
		cancel()
		return watching.Wait()
	}
	for _, k := range kinds() {
		if k.late {
			continue
		}
		if err := o.begin(k); err != nil {
			return nil, errors.Join(err, o.stop())
		}
	}
	return o, nil
}

// list lists a type, and gives the resource version from which to watch.
func (o *observer) list(ctx context.Context, k kind) (*history, string, error) {
	list, err := o.client.Resource(k.GroupVersionResource).List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, "", fmt.Errorf("listing %s: %w", k.arg(), err)
	}
	return &history{kind: k, first: stateOf(list.Items)}, list.GetResourceVersion(), nil
}

func (o *observer) follow(ctx context.Context, h *history, version string) error {
	w, err := o.client.Resource(h.GroupVersionResource).Watch(ctx, metav1.ListOptions{ResourceVersion: version})
	if err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return fmt.Errorf("watching %s: %w", h.arg(), err)
	}
	defer w.Stop()
	for e := range w.ResultChan() {
		if ctx.Err() != nil {
			return nil
		}
		object, ok := e.Object.(*unstructured.Unstructured)
		if !ok || e.Type == watch.Error || e.Type == watch.Bookmark {
			return fmt.Errorf("watching %s: got %s %v", h.arg(), e.Type, e.Object)
		}
		h.mu.Lock()
		h.changes = append(h.changes, change{e.Type, object})
		h.version = versionOf(object)
		h.mu.Unlock()
	}
	if ctx.Err() == nil {
		return fmt.Errorf("the watch of %s has ended", h.arg())
	}
	return nil
}

func versionOf(o *unstructured.Unstructured) uint64 {
	version, err := strconv.ParseUint(o.GetResourceVersion(), 10, 64)
	if err != nil {
		panic(err) // the test's server counts
	}
	return version
}

// len is how many changes were seen of all types.
func (o *observer) len() int {
	n := 0
	for _, h := range o.histories {
		n += h.len()
	}
	return n
}

// atRest returns nil if what the server lists now is what was seen.
func (o *observer) atRest(ctx context.Context) error {
	for _, h := range o.histories {
		list, err := o.client.Resource(h.GroupVersionResource).List(ctx, metav1.ListOptions{})
		if err != nil {
			return fmt.Errorf("listing %s: %w", h.arg(), err)
		}
		if d := stateOf(list.Items).difference(h.at(h.len())); d != "" {
			return fmt.Errorf("%s: %s", h.arg(), d)
		}
	}
	return nil
}
