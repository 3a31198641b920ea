package main

import (
	"errors"
	"fmt"
	"slices"

	"github.com/dogwatch/dogwatch/config"
	"github.com/dogwatch/dogwatch/stream/spool"
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
	// next are the deliveries of the sinks, nil while they are not open, and outs where those go that are new, as far as that is open; from are those that they go
	// on from, and before those that have to end before; all but next are empty for what stays.
	next   []*delivery
	outs   []*output
	from   []*delivery
	before [][]*delivery
	// kept and gone are those that ran before.
	kept, gone []*delivery
}

// newEdit finds out what is to be done. An error is of a sink that is wrong, which is known before anything is stopped.
func (d *deliveries) newEdit(sinks []config.Sink) (*edit, error) {
	n := len(sinks)
	e := &edit{d: d, sinks: sinks, next: make([]*delivery, n), outs: make([]*output, n), from: make([]*delivery, n), before: make([][]*delivery, n)}
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
			if kinship(other, &e.sinks[i]) > 0 {
				e.before[i] = append(e.before[i], other)
			}
		}
	}
}

// nearest finds the one that a sink goes on from, -1 for none.
func nearest(all []*delivery, s *config.Sink) int {
	best, most := -1, 0
	for i, one := range all {
		if n := kinship(one, s); n > most {
			best, most = i, n
		}
	}
	return best
}

// kinship tells how much a sink has to do with one that delivers: to go to the same place is more than to have the same spool. Those with 0 may run beside
// each other.
func kinship(of *delivery, b *config.Sink) int {
	const sameTo, sharedPlace, sameKinds = 4, 2, 1
	a, n := &of.sink, 0
	if isSameTo(a, b) {
		n += sameTo
	}
	if slices.ContainsFunc(placesOf(b), of.has) {
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
	if of.sink.Format == next.Format && (of.sink.Spool == "" || of.hasSpool(next)) {
		return withMessages
	}
	return ofReader
}

// open opens the sinks that are new: first of all of them what no other has, which may go wrong before anything is stopped, and then, when those have ended that
// have the rest, beside each other, that.
func (e *edit) open() error {
	if err := e.openOuts(); err != nil {
		return err
	}
	for i := range e.sinks {
		if err := e.unsent(i); err != nil {
			return err
		}
	}
	before := slices.Concat(e.before...)
	for _, other := range before {
		e.d.leave(other, e.handover(other))
	}
	for _, other := range before {
		<-other.done
	}
	if err := e.openOuts(); err != nil {
		return err
	}
	for i, out := range e.outs {
		if out != nil {
			e.take(i)
		}
	}
	return nil
}

// openOuts opens where the sinks go that are new, but for what those have yet that end before.
func (e *edit) openOuts() (err error) {
	for i := range e.sinks {
		if e.next[i] != nil {
			continue
		}
		if e.outs[i] == nil {
			e.outs[i], err = newOutput(&e.sinks[i], e.d.stdout)
		}
		if err == nil {
			err = e.outs[i].open(func(p place) bool {
				return slices.ContainsFunc(e.before[i], func(other *delivery) bool { return !other.hasEnded() && other.has(p) })
			})
		}
		if err != nil {
			return placed(&e.sinks[i], err)
		}
	}
	return nil
}

// unsent says that a sink's spool holds what is in another format and cannot be sent now: to stop who sends it would be in vain.
func (e *edit) unsent(i int) error {
	next := &e.sinks[i]
	for _, other := range e.before[i] {
		if other.hasSpool(next) && other.sink.Format != next.Format && other.stream.Sender().Failing() != nil {
			return placed(next, &spool.FormatError{Dir: next.Spool, Was: other.sink.Format, Format: next.Format})
		}
	}
	return nil
}

// take makes the delivery of a sink that is open.
func (e *edit) take(i int) {
	var from *reader
	isOther := false
	if was := e.from[i]; was != nil && e.d.handover(was) != none { // else it has ended by itself
		from, isOther = was.reader, !isSameTo(&was.sink, &e.sinks[i])
	}
	e.next[i] = newDelivery(e.d.r, e.outs[i], from, isOther)
}

// undo goes back to what was, after an error: what was opened is closed, and what was stopped for it goes on anew.
func (e *edit) undo(err error) (back []*delivery, _ error) {
	for _, out := range e.outs {
		if out != nil {
			err = errors.Join(err, out.close())
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
		out := &output{of: g.sink, to: g.out.to, stdout: e.d.stdout}
		failed := out.open(func(place) bool { return false })
		if failed != nil {
			failed = fmt.Errorf("what was before cannot be opened any more: %w", errors.Join(failed, out.close()))
			err = errors.Join(err, failed)
			e.d.fail(failed)
			if from != nil {
				from.close()
			}
			continue
		}
		back = append(back, newDelivery(e.d.r, out, from, false))
	}
	return back, err
}
