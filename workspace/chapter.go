package workspace

import (
	"iter"

	"k8s.io/klog/v2"

	"github.com/dogwatch/dogwatch/informers"
	"github.com/dogwatch/dogwatch/model/timeline"
	"github.com/dogwatch/dogwatch/replay/playback"
	"github.com/dogwatch/dogwatch/replay/recording"
)

// chapter reads a part of the recording.
type chapter struct {
	*recorded
	part  int
	next  func() (playback.Told, bool)
	close func()
	// ahead is what comes next, if it was looked at.
	told     playback.Told
	isPeeked bool
	// replicas and types are those of each scope.
	replicas []*informers.Replica
	types    []*recording.Type
}

func newChapter(r *recorded, part int) *chapter {
	c := &chapter{recorded: r, part: part, replicas: make([]*informers.Replica, len(r.scopes)), types: make([]*recording.Type, len(r.scopes))}
	c.next, c.close = iter.Pull(r.of.Retell(part, r.scopes))
	return c
}

// peek gives what is told next; it is not ok at the part's end.
func (c *chapter) peek() (told playback.Told, ok bool) {
	if !c.isPeeked {
		c.told, c.isPeeked = c.next()
	}
	return c.told, c.isPeeked
}

// take has a taker take what is told. differs is that the state of a part is not what was known before.
func (c *chapter) take(told playback.Told, to *timeline.Taker) (differs bool) {
	c.isPeeked = false
	replica := c.replica(&told)
	if replica == nil {
		return false
	}
	if err := put(replica, &told); err != nil {
		klog.Errorf("a recorded change is not remembered: %v", err)
	}
	for _, d := range replica.Changes() {
		switch {
		case d.Initial:
		case told.Verb == playback.Present || told.Verb == playback.Stated:
			differs = true
		default:
			if err := to.Take(c.sources[told.Scope].id, d); err != nil {
				klog.Errorf("a recorded change is not remembered: %v", err)
			}
		}
	}
	return differs
}

// replica is that of a scope, nil where nothing was told of it.
func (c *chapter) replica(told *playback.Told) *informers.Replica {
	replica, typ := c.replicas[told.Scope], told.Type
	if typ == nil || typ == c.types[told.Scope] {
		return replica
	}
	if replica == nil {
		of := informers.Type{
			GVR: c.scopes[told.Scope].Resource, Kind: typ.Kind, Namespaced: typ.Namespaced, Singular: typ.Singular, ShortNames: typ.ShortNames,
		}
		replica = c.sources[told.Scope].watch.NewReplica(of)
		c.replicas[told.Scope] = replica
	}
	c.types[told.Scope] = typ
	replica.Print(typ.Definitions())
	return replica
}

// put puts what is told into a replica.
func put(to *informers.Replica, told *playback.Told) error {
	switch told.Verb {
	case playback.Present:
		return to.State(told.At, told.Cells, told.Object)
	case playback.Stated:
		to.Stated(told.At)
	case playback.Became:
		return to.Put(told.At, told.Cells, told.Object)
	case playback.Went:
		return to.Delete(told.At, told.Cells, told.Object)
	case playback.Left:
		return to.Leave(told.At, told.Cells, told.Object)
	case playback.Unserved:
		to.Forget()
	}
	return nil
}
