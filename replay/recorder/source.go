package recorder

import (
	"k8s.io/apimachinery/pkg/util/resourceversion"

	"github.com/dogwatch/dogwatch/informers"
	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/replay/recording"
)

// source is a watch that is being recorded.
type source struct {
	Source
	changes *model.Subscription
	columns *model.Columns
	forget  func()
	merged  uint64 // changes merged, as far as they were written
	gone    bool   // the type was not served when last looked at
	// stated is how many lists the watch had completed when the last segment began.
	stated uint64
	// keys are the objects that this source says are present.
	keys map[model.Key]struct{}
}

// state is what a recording says of a type's watches.
type state struct {
	told, live bool
	reason     string
}

// with is the state of a type with one more watch: all must be live for the type to be.
func (s state) with(other state) state {
	if !s.told || s.live {
		return other
	}
	return s
}

func newSource(of Source, opts Options) *source {
	s := &source{Source: of, columns: of.Watch.Store().Columns(), keys: map[model.Key]struct{}{}}
	wake, subscribe := opts.Wake, of.Watch.Store().SubscribeOn
	if opts.Live {
		subscribe = of.Watch.Store().SubscribeManaged
	}
	s.changes = subscribe(wake, waiting)
	s.forget = of.Watch.OnChange(func() {
		select {
		case wake <- struct{}{}:
		default:
		}
	})
	return s
}

func (s *source) close() {
	s.forget()
	s.changes.Close()
}

// lists is how many lists the watch has completed.
func (s *source) lists() uint64 { return s.Watch.State().Stats.Lists }

// settled tells that the watch's list is complete and taken in, or that none is to be expected soon.
func (s *source) settled() bool {
	now := s.Watch.State()
	return now.Synced && now.Phase != informers.Listing && s.changes.CaughtUp() || now.Phase >= informers.Retrying
}

func (s *source) state() state {
	now := s.Watch.State()
	if now.Phase == informers.Live {
		return state{told: true, live: true}
	}
	reason := now.Phase.String()
	if now.Reason != "" {
		reason += ": " + now.Reason
	}
	return state{told: true, reason: reason}
}

// objects are those of one type that at least one source says are present.
type objects struct {
	held map[model.Key]held
}

type held struct {
	object *model.Object
	// by is the source that told of it last; sources is how many say that it is present.
	by      *source
	sources int
}

// isBehind tells whether a source tells of an older version than another has told of.
func (h held) isBehind(s *source, o *model.Object) bool {
	if h.by == s { // its watch knows the order, and that a restored server began again with lower versions
		return false
	}
	order, err := resourceversion.CompareResourceVersion(o.ResourceVersion, h.object.ResourceVersion)
	return err == nil && order < 0
}

// take takes in one change. Where several watches see one object, it is written once.
func (r *Recorder) take(s *source, d model.Delta, merged uint64) error {
	name := s.Type.Name
	t, ok := r.types[name]
	if !ok {
		t = &objects{held: map[model.Key]held{}}
		r.types[name] = t
	}
	r.progress.merged.Add(merged)
	if d.Type == model.Deleted {
		return r.takeDeleted(s, t, d, merged)
	}
	o := d.New
	before, known := t.held[o.Key]
	now := held{o, s, before.sources}
	if known && before.isBehind(s, o) {
		now.object, now.by = before.object, before.by
	}
	if _, mine := s.keys[o.Key]; !mine {
		s.keys[o.Key] = struct{}{}
		now.sources++
	}
	t.held[o.Key] = now
	switch {
	case !r.begun:
		return nil
	case d.Initial:
		r.restate = true
		return nil
	case !known:
		return r.write(recording.Added, name, o, d.ManagedFields, d.At, merged)
	case now.object != o, before.object.UID == o.UID && before.object.ResourceVersion == o.ResourceVersion:
		return nil
	}
	return r.write(recording.Modified, name, o, d.ManagedFields, d.At, merged)
}

func (r *Recorder) takeDeleted(s *source, t *objects, d model.Delta, merged uint64) error {
	key := d.Old.Key
	if _, mine := s.keys[key]; !mine {
		return nil
	}
	delete(s.keys, key)
	h := t.held[key]
	if h.sources--; h.sources > 0 {
		t.held[key] = h
		return nil
	}
	delete(t.held, key)
	if !r.begun {
		return nil
	}
	return r.write(recording.Deleted, s.Type.Name, d.Old, d.ManagedFields, d.At, merged)
}

// forget drops what only a source that is gone said was present. That it is not recorded any more says the type's absence
// from the types that are served, or the next segment's state.
func (r *Recorder) forget(s *source) {
	t := r.types[s.Type.Name]
	for key := range s.keys {
		h := t.held[key]
		if h.sources--; h.sources > 0 {
			t.held[key] = h
			continue
		}
		delete(t.held, key)
	}
	r.restate = r.restate || r.begun
}
