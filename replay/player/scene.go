package player

import (
	"context"
	"iter"
	"time"

	"github.com/dogwatch/dogwatch/replay/apiserver/store"
	"github.com/dogwatch/dogwatch/replay/recording"
)

// spot is a place in a recording that is exact where several changes are of one instant: in a part, after so many of its
// changes.
type spot struct{ part, changes int }

// scene is a spot in a recording: the state there, and what comes next. One goroutine at a time may use it.
type scene struct {
	spot
	parts  []part
	note   func(error) // told what is wrong with a recording that can be played on
	next   func() (*recording.Line, error, bool)
	stop   func()
	reader lineReader
	ahead  *recording.Line // read, and not played yet
	ended  bool            // the part has no more lines
	// last is when the last change came, or when the part begins; seen is the last moment that was read.
	last, seen time.Time
	tables     tables
	store      *store.Store
	// late are types of which the store lacks changes that came out of order, until mend.
	late map[*table]struct{}
	// former are tables whose objects are taken over where they are the same, so that they are in memory and read once.
	former tables
}

// opening is which scene to open, and what is needed for it.
type opening struct {
	parts []part
	part  int
	// reached tells that the scene is there, before a line that is not part of it.
	reached func(*scene, *recording.Line) bool
	former  tables // see scene
	now     func() time.Time
	note    func(error)
}

// until is for a scene that has all lines up to an instant.
func until(at time.Time) func(*scene, *recording.Line) bool {
	return func(_ *scene, line *recording.Line) bool { return line.At.After(at) }
}

// after is for a scene that has so many of its part's changes.
func after(n int) func(*scene, *recording.Line) bool {
	return func(s *scene, _ *recording.Line) bool { return s.changes >= n }
}

// open opens a scene, until ctx ends.
func (o opening) open(ctx context.Context) (*scene, error) {
	s := &scene{parts: o.parts, spot: spot{part: o.part}, note: o.note, tables: tables{}, former: o.former, late: map[*table]struct{}{}}
	s.reader.note = o.note
	s.store = store.New(store.Options{Now: o.now})
	err := s.enter(ctx)
	still := wanted{ctx: ctx}
	for err == nil {
		line, ok := s.peek()
		if !ok || o.reached(s, line) {
			break
		}
		s.take(line)
		err = still.err()
	}
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		s.close()
		return nil, err
	}
	for _, t := range s.tables {
		s.load(t)
	}
	s.former = nil
	return s, nil
}

func (s *scene) close() {
	if s.stop != nil {
		s.stop()
	}
}

// enter begins to read the present part, up to the end of its state.
func (s *scene) enter(ctx context.Context) error {
	s.close()
	p := s.parts[s.part]
	s.next, s.stop = iter.Pull2(p.lines())
	s.ahead, s.ended, s.changes = nil, false, 0
	s.last, s.seen = p.At, p.At
	s.declare(p.Types)
	still := wanted{ctx: ctx}
	for {
		line, ok := s.peek()
		if !ok || line.Kind != recording.Present {
			return nil
		}
		if c, ok := s.reader.change(s.tables, line); ok {
			c.take(s.former)
		}
		s.ahead = nil
		if err := still.err(); err != nil {
			return err
		}
	}
}

// peek gives the next line of the part, if there is one. It is good until taken.
func (s *scene) peek() (*recording.Line, bool) {
	if s.ahead != nil || s.ended {
		return s.ahead, !s.ended
	}
	line, err, ok := s.next()
	if ok && err == nil && line.At.After(s.seen) {
		s.seen = line.At
	}
	if err != nil {
		s.parts[s.part].tell(s.note, err)
	}
	if !ok || err != nil || line.Kind == recording.End {
		s.ended = true
		return nil, false
	}
	s.ahead = line
	return line, true
}

// due is when the scene goes on, by a line or to the next part, and whether it does so at all. If it does not, it is when
// the recording ends.
func (s *scene) due() (time.Time, bool) {
	if line, ok := s.peek(); ok {
		return line.At, true
	}
	if s.part+1 < len(s.parts) {
		return s.parts[s.part+1].At, true
	}
	return s.seen, false
}

// take takes the line that was peeked at into the tables, and into the store only its types. It gives the object's change.
func (s *scene) take(line *recording.Line) (change, *object, bool) {
	s.ahead = nil
	if changes(line.Kind) {
		s.changes++
		s.last = line.At
	}
	if line.Kind == recording.Served {
		e, err := line.Entry()
		if err != nil {
			s.note(err)
			return change{}, nil, false
		}
		s.declare(e.Types)
		return change{}, nil, false
	}
	c, ok := s.reader.change(s.tables, line)
	if !ok {
		return c, nil, false
	}
	return c, c.take(s.former), true
}

// play takes the line that was peeked at into tables and store, so that watches tell of it.
func (s *scene) play(line *recording.Line) {
	c, o, ok := s.take(line)
	if !ok {
		return
	}
	o.shared = true
	var err error
	if c.deleted {
		err = s.store.Remove(c.resource, o.item())
	} else {
		err = s.store.Put(c.resource, o.item())
	}
	if err != nil {
		s.late[c.table] = struct{}{}
	}
}

// mend makes clients list the types of which changes came out of order, as they do where several watches see a type.
func (s *scene) mend() {
	for t := range s.late {
		s.load(t)
	}
	clear(s.late)
}

// declare makes tables and store serve these types and no others.
func (s *scene) declare(types []recording.Type) {
	served, gone, err := s.tables.declare(types)
	if err != nil {
		s.note(err)
	}
	for _, t := range served {
		// A type that is added again ends its watches; so only those that are other than before are.
		if err := s.store.AddType(storeType(t)); err != nil {
			s.note(err)
		}
	}
	for _, t := range gone {
		delete(s.late, t)
		if err := s.store.RemoveType(t.resource); err != nil {
			s.note(err)
		}
	}
}

func (s *scene) load(t *table) {
	if err := t.load(s.store); err != nil {
		s.note(err)
	}
}

// turn goes on with the next part. Its state is mostly what the store holds already; clients are to list the types of which
// it is not: something lies between, or the recorder came to know more. It tells whether anything differs.
func (s *scene) turn() (differs bool) {
	s.mend()
	before := s.tables
	s.tables = tables{}
	for name, t := range before {
		s.tables[name] = newTable(t.resource)
		s.tables[name].def = t.def
	}
	s.part++
	s.former = before
	_ = s.enter(context.Background()) // which does not end
	s.former = nil
	for name, t := range s.tables {
		if was, ok := before[name]; !ok || !was.same(t) {
			s.load(t)
		}
	}
	return !before.same(s.tables)
}
