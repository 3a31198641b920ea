package problems

import (
	"context"
	"slices"
	"strconv"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/klog/v2"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/health"
	"github.com/dogwatch/dogwatch/model/jsonscan"
)

// keeper is what a List's goroutine works with.
type keeper struct {
	list    *List
	sources []*followed
	times
	news    map[ID]*Problem // since the list was made last
	caused  map[ID]bool     // those of which others may be the cause
	scratch []byte
}

// followed is a source whose changes are read.
type followed struct {
	Source
	changes *model.Subscription
	// due has the objects that time has a say in, and when, in Unix seconds.
	due map[model.Key]uint32
}

// run keeps the list until ctx ends.
func (k *keeper) run(ctx context.Context) {
	defer k.leave()
	rest := time.NewTimer(0)
	defer rest.Stop()
	alarm := time.NewTimer(0)
	defer alarm.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-rest.C:
		}
		select {
		case <-ctx.Done():
			return
		case <-k.list.wake:
		case <-alarm.C:
		}
		k.step()
		alarm.Stop()
		if wait, ok := k.untilDue(); ok {
			alarm.Reset(wait)
		}
		rest.Reset(pause)
	}
}

func (k *keeper) leave() {
	for _, f := range k.sources {
		f.changes.Close()
	}
}

// step takes all that waits, and judges what is due.
func (k *keeper) step() {
	k.news = map[ID]*Problem{}
	if k.list.noticed.Swap(false) {
		k.reconcile()
	}
	k.read()
	k.judgeDue()
	k.read() // what has come of that
	k.list.publish(k.news)
	k.nameCauses()
}

func (k *keeper) read() {
	for _, f := range k.sources {
		for _, d := range f.changes.TryNext() {
			k.take(f, d)
		}
	}
}

// reconcile follows the watches that there are now.
func (k *keeper) reconcile() {
	now := k.list.opts.Sources()
	var gone []*followed
	k.sources = slices.DeleteFunc(k.sources, func(f *followed) bool {
		isGone := !slices.ContainsFunc(now, func(s Source) bool { return s.Store == f.Store })
		if isGone {
			gone = append(gone, f)
			f.changes.Close()
		}
		return isGone
	})
	for _, s := range now {
		if !slices.ContainsFunc(k.sources, func(f *followed) bool { return f.Store == s.Store }) {
			k.sources = append(k.sources, &followed{
				Source: s, changes: s.Store.SubscribeOn(k.list.wake, queue), due: map[model.Key]uint32{},
			})
		}
	}
	for _, f := range gone {
		for id := range k.list.index { // only this goroutine writes it
			if f.has(id) {
				k.look(id)
			}
		}
	}
	k.countTypes()
}

func (k *keeper) countTypes() {
	types := map[schema.GroupResource]bool{}
	for _, f := range k.sources {
		types[f.Type] = true
	}
	k.list.mu.Lock()
	k.list.types = len(types)
	k.list.mu.Unlock()
	k.list.opts.Changed()
}

// take looks at one change.
func (k *keeper) take(f *followed, d model.Delta) {
	was, is := d.Old, d.New
	if d.Type == model.Deleted {
		was = d.Held
	}
	if !interesting(was) && !interesting(is) {
		return
	}
	key := keyOf(was, is)
	k.setDue(f, key, is)
	k.look(ID{f.Cluster, f.Type, key})
}

// interesting tells whether a version of an object may be a problem, now or later.
func interesting(o *model.Object) bool {
	return o != nil && (o.Health.Level == model.Unhealthy || o.Health.Due != 0)
}

func keyOf(was, is *model.Object) model.Key {
	if is != nil {
		return is.Key
	}
	return was.Key
}

// look finds out whether an object is a problem now, by the newest version that any watch holds.
func (k *keeper) look(id ID) {
	before, isNews := k.news[id]
	if !isNews {
		before = k.list.index[id]
	}
	f, o := k.newest(id)
	switch {
	case o != nil && o.Health.Level == model.Unhealthy:
		k.news[id] = k.problem(id, f, o, before)
	case before != nil:
		k.news[id] = nil
	}
}

func (k *keeper) newest(id ID) (from *followed, newest *model.Object) {
	for _, f := range k.sources {
		if !f.has(id) {
			continue
		}
		if o, ok := f.Store.Get(id.Key); ok && (newest == nil || version(o) > version(newest)) {
			from, newest = f, o
		}
	}
	return from, newest
}

// version orders the versions of one object; those that are no number are all the same.
func version(o *model.Object) uint64 {
	n, err := strconv.ParseUint(o.ResourceVersion, 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// problem describes an unhealthy object. before is what was known of it, nil for nothing.
func (k *keeper) problem(id ID, f *followed, o *model.Object, before *Problem) *Problem {
	found := k.explain(f, o)
	p := &Problem{
		ID: id, UID: o.UID, Kind: f.Kind, Reason: o.Health.Reason,
		Message: found.Message, Since: found.Since, Weight: found.Weight,
		labels: o.Labels, caused: found.Cause, says: found.Message,
	}
	k.date(p, before)
	if p.caused != nil && before != nil && before.caused != nil {
		p.Message = before.Message // until its cause is looked for
	}
	return p
}

// date says since when an object is unhealthy: while it stays so, since the earliest moment that it told or the list knows of.
func (k *keeper) date(p, before *Problem) {
	if p.Since.IsZero() {
		p.Since, p.Seen = k.list.now(), true
	}
	stays := before != nil && before.UID == p.UID && (!k.list.opts.Moments || p.Seen && before.Seen)
	if stays && before.Since.Before(p.Since) {
		p.Since, p.Seen = before.Since, before.Seen
	}
}

func (k *keeper) explain(f *followed, o *model.Object) health.Finding {
	text, ok := k.text(o)
	if !ok || f.Explain == nil {
		return health.Finding{}
	}
	return f.Explain(jsonscan.Object{Text: text}, o.Written)
}

// maxScratch is how much memory is kept for the next object.
const maxScratch = 1 << 20

// text unpacks an object, into memory that is used again.
func (k *keeper) text(o *model.Object) ([]byte, bool) {
	text, err := o.AppendJSON(k.scratch[:0])
	if err != nil {
		klog.Errorf("%s cannot be judged: %v", o.Key, err)
		return nil, false
	}
	k.scratch = text
	if cap(text) > maxScratch {
		k.scratch = nil
	}
	return text, true
}
