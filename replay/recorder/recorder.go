package recorder

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"k8s.io/utils/clock"

	"github.com/dogwatch/dogwatch/informers"
	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/change"
	"github.com/dogwatch/dogwatch/replay/recording"
)

const (
	// waiting is how many changes of one watch may wait before those of one object are merged, and counted.
	waiting = 16384
	// flushEvery is the most that a crash may cost.
	flushEvery = time.Second
	// settling is how long the first state waits for lists that are under way.
	settling = 30 * time.Second
	// leastEvents lie between two complete states. More do where there are more objects, so that the states take no more
	// room than the events.
	leastEvents = 10000
)

// Source is a watch to record.
type Source struct {
	Watch *informers.Watch
	// Type is what the catalog says of the type; its columns come from the watch.
	Type recording.Type
	// Scope is what of the type the watch sees.
	Scope recording.Scope
}

// Writer is where a recording goes: a *recording.Writer, or something that spreads it over files.
type Writer = recording.Sink

// Options of a Recorder.
type Options struct {
	// Context and Version name the cluster and its server's version. Version may find it out late.
	Context string
	Version func() string
	// Sources gives the watches to record now. It is asked again after each value of Wake, which has room for one.
	Sources func() []Source
	Wake    chan struct{}
	// Begun, if not nil, is called when the recording has begun: its first state is about to be written. It must be quick.
	Begun func()
	// Live is for who judges what comes, and does not look for moments later: changes have their managedFields though the watches do not
	// keep objects whole, states have none then, and are written only where they tell something.
	Live bool
	// Due asks for a new segment before the recorder would begin one by itself. Nil never does.
	Due func(now time.Time) bool
	// Clock is the system's unless a test brings its own.
	Clock clock.WithTicker
}

// Recorder records. Make one with New, and let Run run.
type Recorder struct {
	opts    Options
	out     ordered
	sources []*source
	later   []arrival // were found, and are to be taken in after what may come before them
	types   map[recording.TypeName]*objects
	shown   map[recording.TypeName]state // what was last written of each

	begun    bool      // a segment is open
	last     time.Time // when it began
	restate  bool      // a list came in: the next segment is to begin with it
	started  time.Time
	events   int // since the segment began
	progress progress
}

// New makes a recorder that writes to out.
func New(out Writer, opts Options) *Recorder {
	if opts.Clock == nil {
		opts.Clock = clock.RealClock{}
	}
	if opts.Due == nil {
		opts.Due = func(time.Time) bool { return false }
	}
	return &Recorder{opts: opts, out: ordered{Writer: out}, types: map[recording.TypeName]*objects{}, shown: map[recording.TypeName]state{}}
}

// Run records until ctx ends, which is no error, or writing fails. It does not close the writer. Call it once.
func (r *Recorder) Run(ctx context.Context) error {
	defer r.leave()
	r.started = r.opts.Clock.Now()
	ticker := r.opts.Clock.NewTicker(flushEvery)
	defer ticker.Stop()
	for {
		if err := r.step(); err != nil {
			return fmt.Errorf("recording: %w", err)
		}
		select {
		case <-ctx.Done():
			return r.end()
		case <-r.opts.Wake:
		case <-ticker.C():
			if err := r.flush(); err != nil {
				return fmt.Errorf("recording: %w", err)
			}
		}
	}
}

// end writes what is there yet; a recording that never began begins, so that it can be opened.
func (r *Recorder) end() error {
	err := r.step()
	if err == nil && (!r.begun || r.restate) {
		err = r.begin()
	}
	if err == nil {
		err = r.flush()
	}
	if err != nil {
		return fmt.Errorf("ending the recording: %w", err)
	}
	return nil
}

func (r *Recorder) leave() {
	for _, s := range r.sources {
		s.close()
	}
}

// step takes in all that waits.
func (r *Recorder) step() error {
	if err := r.reconcile(); err != nil {
		return err
	}
	if err := r.drain(); err != nil {
		return err
	}
	if r.due() {
		return r.begin()
	}
	return r.showStates()
}

// reconcile follows the sources as they are now.
func (r *Recorder) reconcile() error {
	changed := false
	now := r.opts.Sources()
	r.sources = slices.DeleteFunc(r.sources, func(s *source) bool {
		gone := !slices.ContainsFunc(now, func(n Source) bool { return n.Watch == s.Watch })
		if gone {
			s.close()
			r.later = slices.DeleteFunc(r.later, func(a arrival) bool { return a.source == s })
			r.forget(s)
			changed = true
		}
		return gone
	})
	for _, n := range now {
		i := slices.IndexFunc(r.sources, func(s *source) bool { return s.Watch == n.Watch })
		if i < 0 {
			r.sources = append(r.sources, newSource(n, r.opts))
			changed = true
			continue
		}
		if s := r.sources[i]; s.columns != n.Watch.Store().Columns() {
			s.columns = n.Watch.Store().Columns()
			changed = true
		}
	}
	if !changed || !r.begun {
		return nil
	}
	return r.out.Write(recording.Entry{At: r.opts.Clock.Now(), Kind: recording.Served, Types: r.served()})
}

// due tells whether a new segment is to begin.
func (r *Recorder) due() bool {
	listing := slices.ContainsFunc(r.sources, func(s *source) bool { return !s.settled() })
	switch {
	case !r.begun:
		late := r.opts.Clock.Since(r.started) > settling
		return late || (!listing && len(r.sources) > 0)
	case r.restate || r.listedAnew():
		return !listing
	}
	return !r.opts.Live && r.events >= max(leastEvents, r.present()) || r.opts.Due(r.opts.Clock.Now())
}

// listedAnew tells that a watch has completed a list since the segment began: what came while it could not watch is told of
// as changes, but not what the list alone brought, such as managedFields that were not kept before.
func (r *Recorder) listedAnew() bool {
	return slices.ContainsFunc(r.sources, func(s *source) bool { return s.lists() != s.stated })
}

// refresh takes the same versions of objects from the watches' stores, which may have come to hold them whole.
func (r *Recorder) refresh() {
	for _, s := range r.sources {
		s.stated = s.lists()
		t := r.types[s.Type.Name]
		for key := range s.keys {
			o, ok := s.Watch.Store().Get(key)
			if h := t.held[key]; ok && o.Whole && o.UID == h.object.UID && o.ResourceVersion == h.object.ResourceVersion {
				h.object = o
				t.held[key] = h
			}
		}
	}
}

func (r *Recorder) present() int {
	n := 0
	for _, t := range r.types {
		n += len(t.held)
	}
	return n
}

// begin begins a segment with the complete state.
func (r *Recorder) begin() error {
	now := r.out.at(r.opts.Clock.Now())
	r.refresh()
	header := recording.Header{
		At: now, Continues: r.begun, Follows: r.last, Context: r.opts.Context, ServerVersion: r.opts.Version(),
		Types: r.served(), Objects: r.present(),
	}
	if err := r.out.Begin(header); err != nil {
		return err
	}
	if !r.begun && r.opts.Begun != nil {
		r.opts.Begun()
	}
	r.begun, r.last, r.restate, r.events = true, now, false, 0
	for name, t := range r.types {
		for _, h := range t.held {
			if err := r.write(recording.Present, name, h.object, nil, now, 0); err != nil {
				return err
			}
		}
	}
	clear(r.shown)
	return r.showStates()
}

// showStates writes of which types the watches are live and of which not, where that has changed.
func (r *Recorder) showStates() error {
	if !r.begun {
		return nil
	}
	if err := r.showGone(); err != nil {
		return err
	}
	states := r.states()
	maps.DeleteFunc(r.shown, func(name recording.TypeName, _ state) bool { return !states[name].told })
	for _, s := range r.sources {
		name := s.Type.Name
		now := states[name]
		if s.gone || now == r.shown[name] {
			continue
		}
		r.shown[name] = now
		err := r.out.Write(recording.Entry{
			At: r.opts.Clock.Now(), Kind: recording.Watch, Type: name, Live: now.live, Reason: now.reason,
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// states tells how the watches of each type fare.
func (r *Recorder) states() map[recording.TypeName]state {
	states := map[recording.TypeName]state{}
	for _, s := range r.sources {
		if !s.gone { // nothing is missed of a type that is not served
			states[s.Type.Name] = states[s.Type.Name].with(s.state())
		}
	}
	return states
}

// showGone writes what is served, where a type has gone or has come back. All changes of its objects were written before.
func (r *Recorder) showGone() error {
	changed := false
	for _, s := range r.sources {
		if gone := s.Watch.State().Phase == informers.Gone; gone != s.gone {
			s.gone, changed = gone, true
		}
	}
	if !changed {
		return nil
	}
	return r.out.Write(recording.Entry{At: r.opts.Clock.Now(), Kind: recording.Served, Types: r.served()})
}

// served are the types of the sources with their columns, each once, in the order of the sources: that in which they were
// asked for.
func (r *Recorder) served() []recording.Type {
	types := []recording.Type{}
	for _, s := range r.sources {
		if s.Watch.State().Phase == informers.Gone {
			continue
		}
		i := slices.IndexFunc(types, func(t recording.Type) bool { return t.Name == s.Type.Name })
		if i < 0 {
			t := s.Type
			t.Columns, t.Scopes = definitions(s.Watch.Store().Columns()), nil
			i, types = len(types), append(types, t)
		}
		types[i].Scopes = append(types[i].Scopes, s.Scope)
	}
	return types
}

// write writes a line of an object, with managedFields that it does not have itself.
func (r *Recorder) write(kind recording.Kind, name recording.TypeName, o *model.Object, managed []byte, at time.Time, merged uint64) error {
	text, err := o.JSON()
	if err != nil {
		return fmt.Errorf("%s of %s: %w", o.Key, name, err)
	}
	if managed != nil && !o.Whole {
		text = change.WithManagedFields(text, managed)
	}
	err = r.out.Write(recording.Entry{
		At: at, Kind: kind, Type: name, Merged: merged, Cells: cellsOf(o, at), Object: text,
	})
	if err != nil {
		return fmt.Errorf("%s of %s: %w", o.Key, name, err)
	}
	if kind != recording.Present {
		r.events++
		r.progress.events.Add(1)
	}
	return nil
}
