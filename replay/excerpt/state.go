package excerpt

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/dogwatch/dogwatch/replay/apiserver/store"
	"github.com/dogwatch/dogwatch/replay/recording"
)

// state is where the state at a moment is to be found in a segment.
type state struct {
	types   []recording.Type
	lines   map[int]struct{}  // the numbers of the lines that hold the objects as they are then
	watches []recording.Entry // how the watches fare
	read    int               // how many lines were read
	last    time.Time         // the segment's last moment, as far as it was read
}

// stateReader follows the lines of a segment.
type stateReader struct {
	state
	objects map[recording.TypeName]map[string]int // by object, the line that tells of it last
	reader  store.Identifier
}

// readState reads a segment's lines up to the first that tells of what came after a moment.
func readState(ctx context.Context, s *recording.Segment, at time.Time) (*state, error) {
	r := stateReader{objects: map[recording.TypeName]map[string]int{}}
	r.last = s.At
	r.declare(s.Types)
	for line, err := range s.Lines() {
		var broken *recording.CutError
		if errors.As(err, &broken) {
			break
		}
		if err != nil {
			return nil, err
		}
		if line.At.After(r.last) {
			r.last = line.At
		}
		if line.At.After(at) && line.Kind != recording.Present {
			break
		}
		r.take(line)
		r.read++
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	r.lines = map[int]struct{}{}
	for _, objects := range r.objects {
		for _, n := range objects {
			r.lines[n] = struct{}{}
		}
	}
	return &r.state, nil
}

// declare takes in which types there are. Of a type that is gone the objects are, too, and nothing is missed of it.
func (r *stateReader) declare(types []recording.Type) {
	before := r.objects
	r.types, r.objects = types, map[recording.TypeName]map[string]int{}
	for _, t := range types {
		if r.objects[t.Name] = before[t.Name]; r.objects[t.Name] == nil {
			r.objects[t.Name] = map[string]int{}
		}
	}
	r.watches = slices.DeleteFunc(r.watches, func(w recording.Entry) bool { return r.objects[w.Type] == nil })
}

func (r *stateReader) take(line *recording.Line) {
	e, err := line.Entry()
	if err != nil {
		return
	}
	switch line.Kind {
	case recording.Served:
		r.declare(e.Types)
	case recording.Watch:
		r.watches = slices.DeleteFunc(r.watches, func(w recording.Entry) bool { return w.Type == e.Type })
		r.watches = append(r.watches, *e)
	case recording.Present, recording.Added, recording.Modified, recording.Deleted:
		r.change(e)
	}
}

func (r *stateReader) change(e *recording.Entry) {
	objects := r.objects[e.Type]
	// One that has no namespace is read for it in vain, to the end of its metadata.
	id, err := r.reader.Identify(e.Object, true)
	switch {
	case err != nil || objects == nil:
	case e.Kind == recording.Deleted:
		delete(objects, id.Key())
	default:
		objects[id.Key()] = r.read
	}
}
