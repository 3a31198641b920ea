package main

import (
	"errors"
	"fmt"
	"slices"

	"github.com/dogwatch/dogwatch/config"
)

// handover is what of a delivery that is stopped another goes on with.
type handover int

const (
	// none is of one that is dropped: it sends yet what waits.
	none handover = iota
	// ofReader is of one whose messages the next cannot take: it sends them yet, and what happens from then on is the next one's.
	ofReader
	// withMessages is of one that ends at once: what waits is the next one's, too.
	withMessages
)

// edit is a change of the sinks.
type edit struct {
	d     *deliveries
	sinks []config.Sink
	// next are the deliveries of the sinks, nil while they are not open; from are those that they go on from, and before those that have to end before; both are
	// empty for what stays.
	next   []*delivery
	from   []*delivery
	before [][]*delivery
	// kept and gone are those that ran before.
	kept, gone []*delivery
}

// newEdit finds out what is to be done. An error is of a sink that is wrong, which is known before anything is stopped.
func (d *deliveries) newEdit(sinks []config.Sink) (*edit, error) {
	e := &edit{d: d, sinks: sinks, next: make([]*delivery, len(sinks)), from: make([]*delivery, len(sinks)), before: make([][]*delivery, len(sinks))}
	e.gone = d.running()
	for i := range sinks {
		to, err := checkSink(&sinks[i])
		if err != nil {
			return nil, placed(&sinks[i], err)
		}
		if at := slices.IndexFunc(e.gone, func(one *delivery) bool { return one.sink.IsAs(&sinks[i]) }); at >= 0 {
			e.next[i], e.kept = e.gone[at], append(e.kept, e.gone[at])
			e.gone = slices.Delete(e.gone, at, at+1)
		} else if wrong := checkFiles(&sinks[i], to); len(wrong) > 0 {
			return nil, placed(&sinks[i], wrong[0])
		}
	}
	e.relate()
	return e, nil
}

// relate finds out which sinks go on from others, and which of them have to end before.
func (e *edit) relate() {
	e.d.mu.Lock()
	leaving := slices.Clone(e.d.leaving)
	e.d.mu.Unlock()
	heirless := slices.Clone(e.gone)
	for i := range e.sinks {
		if e.next[i] != nil {
			continue
		}
		if at := nearest(heirless, &e.sinks[i]); at >= 0 {
			e.from[i] = heirless[at]
			heirless = slices.Delete(heirless, at, at+1)
		}
		for _, other := range slices.Concat(e.gone, leaving) {
			if kinship(&other.sink, &e.sinks[i]) > 0 {
				e.before[i] = append(e.before[i], other)
			}
		}
	}
}

// nearest finds the one that a sink goes on from, -1 for none.
func nearest(all []*delivery, s *config.Sink) int {
	best, most := -1, 0
	for i, one := range all {
		if n := kinship(&one.sink, s); n > most {
			best, most = i, n
		}
	}
	return best
}

// kinship tells how much two sinks have to do with each other: to go to the same place is more than to have the same spool. Those with 0 may run beside
// each other.
func kinship(a, b *config.Sink) int {
	const sameTo, sharedPlace, sameKinds = 4, 2, 1
	n := 0
	if isSameTo(a, b) {
		n += sameTo
	}
	if _, ok := shared(a, b); ok {
		n += sharedPlace
	}
	if n > 0 && a.Changes == b.Changes && a.Signals == b.Signals {
		n += sameKinds
	}
	return n
}

// handover tells what of one that is gone goes on.
func (e *edit) handover(of *delivery) handover {
	i := slices.Index(e.from, of)
	if i < 0 {
		return none
	}
	next := &e.sinks[i]
	if of.sink.Format == next.Format && (of.sink.Spool == "" || isSameSpool(&of.sink, next)) {
		return withMessages
	}
	return ofReader
}

// open opens the sinks that are new: first those that need not wait for others, which may go wrong before anything is stopped. Those that end before the rest do
// so beside each other.
func (e *edit) open() error {
	var late []int
	for i := range e.sinks {
		switch {
		case e.next[i] != nil:
		case len(e.before[i]) > 0:
			late = append(late, i)
		default:
			if err := e.openOne(i); err != nil {
				return err
			}
		}
	}
	for _, i := range late {
		for _, other := range e.before[i] {
			e.d.leave(other, e.handover(other))
		}
	}
	for _, i := range late {
		for _, other := range e.before[i] {
			<-other.done
		}
	}
	for _, i := range late {
		if err := e.openOne(i); err != nil {
			return err
		}
	}
	return nil
}

func (e *edit) openOne(i int) (err error) {
	var from *reader
	isOther := false
	if was := e.from[i]; was != nil && e.d.handover(was) != none { // else it has ended by itself
		from, isOther = was.reader, !isSameTo(&was.sink, &e.sinks[i])
	}
	e.next[i], err = openDelivery(e.d.r, e.sinks[i], e.d.stdout, from, isOther)
	if err != nil {
		return placed(&e.sinks[i], err)
	}
	return nil
}

// undo goes back to what was, after an error: what was opened is closed, and what was stopped for it goes on anew.
func (e *edit) undo(err error) (back []*delivery, _ error) {
	for _, opened := range e.next {
		if opened != nil && !slices.Contains(e.kept, opened) {
			err = errors.Join(err, opened.abandon())
		}
	}
	back = slices.Clone(e.kept)
	running := e.d.running()
	for _, g := range e.gone {
		if slices.Contains(running, g) {
			back = append(back, g)
			continue
		}
		var from *reader
		if e.d.handover(g) != none {
			from = g.reader
		}
		again, failed := openDelivery(e.d.r, g.sink, e.d.stdout, from, false)
		if failed != nil {
			failed = fmt.Errorf("what was before cannot be opened any more: %w", failed)
			err = errors.Join(err, failed)
			e.d.fail(failed)
			if from != nil {
				from.close()
			}
			continue
		}
		back = append(back, again)
	}
	return back, err
}
