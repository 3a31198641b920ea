package excerpt

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/dogwatch/dogwatch/replay/recording"
)

// Cut writes what a recording holds between two moments: the complete state at from, and all that happened up to to. At
// every moment in between, both recordings have the same state and the same gaps. It reads as it writes: its memory grows
// with the number of objects, not with what they hold or how often they change. It ends early with ctx.
func Cut(ctx context.Context, rec *recording.Recording, from, to time.Time, out *recording.Writer) error {
	segments := rec.Segments()
	if len(segments) > 0 && from.Before(segments[0].At) {
		from = segments[0].At
	}
	base := -1
	for i := range segments {
		if !segments[i].At.After(from) {
			base = i
		}
	}
	if base < 0 || to.Before(from) {
		return fmt.Errorf("nothing lies between %s and %s", text(from), text(to))
	}
	c := cut{ctx: ctx, segments: segments, from: from, to: to, out: out}
	if err := c.begin(base); err != nil {
		return err
	}
	for i := base + 1; i < len(segments) && !segments[i].At.After(to); i++ {
		if err := c.segment(i); err != nil {
			return err
		}
	}
	return out.Close(c.last)
}

// text is how errors name a moment.
func text(at time.Time) string { return at.Local().Format(time.RFC3339) }

// cut is the writing of an excerpt.
type cut struct {
	ctx      context.Context
	segments []recording.Segment
	from, to time.Time
	out      *recording.Writer

	began  time.Time // the At of the segment that is being written
	last   time.Time // the last moment of which that segment knows
	broken bool      // the last segment had no proper end
}

// begin writes the state at the cut's first moment, and what else the segment it lies in has.
func (c *cut) begin(base int) error {
	s := &c.segments[base]
	state, err := readState(c.ctx, s, c.from)
	if err != nil {
		return err
	}
	c.last = c.from
	if state.last.Before(c.from) && base == len(c.segments)-1 {
		return fmt.Errorf("the recording ends at %s, before %s", text(state.last), text(c.from))
	}
	header := s.Header
	header.At, header.Continues, header.Types = c.from, false, state.types
	if err := c.header(header, len(state.lines)); err != nil {
		return err
	}
	if err := c.present(s, state.lines); err != nil {
		return err
	}
	for _, watch := range state.watches {
		watch.At = c.from
		if err := c.out.Write(watch); err != nil {
			return err
		}
	}
	return c.events(base, state.read)
}

func (c *cut) header(h recording.Header, objects int) error {
	h.Objects, h.Follows = objects, time.Time{}
	if h.Continues {
		h.Follows = c.began
	}
	c.began = h.At
	return c.out.Begin(h)
}

// present writes the objects in these lines of a segment.
func (c *cut) present(s *recording.Segment, lines map[int]struct{}) error {
	n := 0
	for line, err := range s.Lines() {
		if err != nil || len(lines) == 0 {
			break // where it breaks off, it did so before: what is missing is noticed by the writer
		}
		if _, wanted := lines[n]; wanted {
			delete(lines, n)
			e, err := line.Entry()
			if err != nil {
				return err
			}
			// Its own moment stays: the ages in its cells are of then.
			e.Kind, e.Merged = recording.Present, 0
			if err := c.out.Write(*e); err != nil {
				return err
			}
		}
		n++
		if err := c.ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

// segment writes a segment that begins within the cut.
func (c *cut) segment(i int) error {
	s := &c.segments[i]
	header := s.Header
	header.Continues = header.Continues && !c.broken
	if !header.Continues {
		if err := c.out.End(c.last); err != nil {
			return err
		}
	}
	objects, err := c.countState(s)
	if err != nil {
		return err
	}
	if err := c.header(header, objects); err != nil {
		return err
	}
	c.last = header.At
	return c.events(i, 0)
}

// countState counts the objects of the state that a segment begins with. Where it breaks off they are fewer than were promised.
func (c *cut) countState(s *recording.Segment) (int, error) {
	n := 0
	for line, err := range s.Lines() {
		if err != nil || line.Kind != recording.Present {
			break // the error comes again when the lines are copied
		}
		n++
		if err := c.ctx.Err(); err != nil {
			return 0, err
		}
	}
	return n, nil
}

// events writes a segment's lines, without the first so many, as far as they belong to the cut.
func (c *cut) events(i, without int) error {
	limit := c.to
	if next := i + 1; next < len(c.segments) && c.segments[next].At.Before(limit) {
		limit = c.segments[next].At
	}
	c.broken = false
	n := 0
	for line, err := range c.segments[i].Lines() {
		if err != nil {
			return c.breakOff(err)
		}
		if n++; n <= without {
			continue
		}
		if line.At.After(limit) && line.Kind != recording.Present {
			c.last = limit
			return nil
		}
		if line.At.After(c.last) {
			c.last = line.At
		}
		if err := c.copy(line); err != nil {
			return err
		}
		if err := c.ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

// breakOff notes that a segment has no proper end. What it had before is in the cut.
func (c *cut) breakOff(err error) error {
	var broken *recording.CutError
	if !errors.As(err, &broken) {
		return err
	}
	c.broken = true
	return nil
}

// copy writes a line as it is. One that cannot be read is left out, as players do.
func (c *cut) copy(line *recording.Line) error {
	switch line.Kind {
	case recording.Present, recording.Added, recording.Modified, recording.Deleted, recording.Served, recording.Watch:
	default: // End is the writer's, and others mean nothing
		return nil
	}
	e, err := line.Entry()
	if err != nil && line.Kind != recording.Present {
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading the state of %s: %w", text(c.began), err)
	}
	return c.out.Write(*e)
}
