package stream

import (
	"time"

	"github.com/dogwatch/dogwatch/informers"
	"github.com/dogwatch/dogwatch/model"
)

// defaultWaiting is how many changes of one watch may wait, with their managedFields.
const defaultWaiting = 4096

// Source is a watch whose changes are told.
type Source struct {
	Watch *informers.Watch
	// Cluster is the name under which its cluster is told, and Kind that of its objects.
	Cluster, Kind string
}

// object names the source's type.
func (s *Source) object() Object {
	gvr := s.Watch.Identity().GVR
	return Object{Group: gvr.Group, Version: gvr.Version, Resource: gvr.Resource, Kind: s.Kind}
}

// followed is a source that is being followed.
type followed struct {
	Source
	shard   Shard
	changes *model.Subscription
	forget  func() // ends being told of its states
	merged  uint64 // changes merged, as far as they were told
	// began tells that it was told that its changes are heard of, the first time, and live that they still are.
	began, live bool
	// troubled is what was told last of why they are not.
	troubled informers.Phase
	// since is when it was live last, while it is not.
	since time.Time
	// lists is how many lists the watch had completed when it was live last.
	lists uint64
}

func follow(of Source, shard Shard, wake chan struct{}, waiting int) *followed {
	f := &followed{Source: of, shard: shard, changes: of.Watch.Store().SubscribeManaged(wake, waiting)}
	f.forget = of.Watch.OnChange(func() {
		select {
		case wake <- struct{}{}:
		default:
		}
	})
	return f
}

func (f *followed) close() {
	f.forget()
	f.changes.Close()
}

// notice begins a notice about the source.
func (f *followed) notice(what string) *Notice {
	id, of := f.Watch.Identity(), f.object()
	of.Namespace = id.Namespace
	return &Notice{Notice: what, Cluster: f.Cluster, Type: &of, LabelSelector: id.LabelSelector, FieldSelector: id.FieldSelector}
}

// look tells what has become of the watch since it was looked at last, nil where that is as it was. caughtUp says that all it held then
// was taken.
func (f *followed) look(now informers.State, at time.Time, caughtUp bool) *Notice {
	switch {
	case now.Phase == informers.Live && now.Synced && caughtUp:
		return f.lookLive(now.Stats.Lists, at)
	case now.Phase >= informers.Stale && now.Phase != informers.Stopped && now.Phase != f.troubled:
		if f.live {
			f.since = now.Since
		}
		f.live, f.troubled = false, now.Phase
		n := f.notice(Interrupted)
		n.Since, n.Reason = f.since, now.Phase.String()
		if now.Reason != "" {
			n.Reason += ": " + now.Reason
		}
		return n
	}
	return nil
}

// objects is how many there are of those that are followed.
func (f *followed) objects() int {
	if f.shard.Count <= 1 {
		return f.Watch.Store().Len()
	}
	n := 0
	f.Watch.Store().Each(func(o *model.Object) bool {
		if f.shard.Has(string(o.UID)) {
			n++
		}
		return true
	})
	return n
}

// lookLive is look at a watch that is live, and has completed so many lists.
func (f *followed) lookLive(lists uint64, at time.Time) *Notice {
	defer func() { f.live, f.troubled, f.since, f.lists = true, 0, at, lists }()
	switch {
	case !f.began:
		f.began = true
		objects := f.objects()
		n := f.notice(Watching)
		n.Objects = &objects
		return n
	case !f.live || lists != f.lists:
		n := f.notice(Resumed)
		n.Since, n.Listed = f.since, lists != f.lists
		return n
	}
	return nil
}
