package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"

	"github.com/dogwatch/dogwatch/config"
	"github.com/dogwatch/dogwatch/metrics"
)

// deliveries are the streams that run beside each other, one to each sink, and what finds signals for those that tell them.
type deliveries struct {
	r      *streamRun
	stdout io.Writer
	// over has a value when nothing is delivered any more, or rules cannot be applied.
	over chan struct{}

	changing sync.Mutex // of who sets sinks, or ends it; guards what follows
	begun    bool
	closed   bool
	finding  *finding // nil while no sink tells signals

	mu      sync.Mutex // guards what follows
	now     []*delivery
	leaving []*delivery // are stopped, and send yet what waits
	ending  bool        // of all
	failed  []error
}

func newDeliveries(r *streamRun, stdout io.Writer) *deliveries {
	return &deliveries{r: r, stdout: stdout, over: make(chan struct{}, 1)}
}

// set has all go to these sinks: what is new is opened, what is not among them any more is stopped, and sends yet what waits, and what stays is not touched.
// An error leaves all as it was.
func (d *deliveries) set(sinks []config.Sink) error {
	d.changing.Lock()
	defer d.changing.Unlock()
	if d.closed {
		return nil
	}
	kept, gone := d.divide(sinks)
	var next []*delivery
	for i := range sinks {
		s := &sinks[i]
		if at := slices.IndexFunc(kept, func(k *delivery) bool { return k.sink.IsAs(s) }); at >= 0 {
			next = append(next, kept[at])
			continue
		}
		opened, err := d.open(s, gone)
		if err != nil {
			return d.undo(placed(s, err), kept, gone, next)
		}
		next = append(next, opened)
	}
	for _, left := range gone {
		d.leave(left)
	}
	d.put(next)
	return nil
}

// placed says where a sink is said that something is wrong with.
func placed(s *config.Sink, err error) error {
	if s.Line == 0 {
		return asFlag(err)
	}
	return fmt.Errorf("sinks, line %d: %w", s.Line, err)
}

// divide tells which of those that run are among the sinks.
func (d *deliveries) divide(sinks []config.Sink) (kept, gone []*delivery) {
	for _, running := range d.running() {
		if slices.ContainsFunc(sinks, func(s config.Sink) bool { return s.IsAs(&running.sink) }) {
			kept = append(kept, running)
		} else {
			gone = append(gone, running)
		}
	}
	return kept, gone
}

// open opens a sink. Who has a place that it needs is waited for: of those that are gone, one that has it is stopped before.
func (d *deliveries) open(s *config.Sink, gone []*delivery) (*delivery, error) {
	if _, err := checkSink(s); err != nil { // before anything is stopped
		return nil, err
	}
	has := func(other *delivery) bool {
		return slices.ContainsFunc(other.sink.Takes(), func(place string) bool { return slices.Contains(s.Takes(), place) })
	}
	for _, other := range gone {
		if has(other) {
			d.leave(other)
		}
	}
	d.mu.Lock()
	leaving := slices.Clone(d.leaving)
	d.mu.Unlock()
	for _, other := range leaving {
		if has(other) {
			<-other.done
		}
	}
	return openDelivery(d.r, *s, d.stdout)
}

// undo goes back to what was, after an error: what was opened is closed, and what was stopped for it begins anew.
func (d *deliveries) undo(err error, kept, gone, opened []*delivery) error {
	for _, o := range opened {
		if !slices.Contains(kept, o) {
			err = errors.Join(err, o.abandon())
		}
	}
	back := slices.Clone(kept)
	for _, g := range gone {
		if slices.Contains(d.running(), g) {
			back = append(back, g)
			continue
		}
		again, failed := openDelivery(d.r, g.sink, d.stdout)
		if failed != nil {
			err = errors.Join(err, fmt.Errorf("what was before cannot be opened any more: %w", failed))
			continue
		}
		back = append(back, again)
	}
	d.put(back)
	return err
}

// running are those that deliver.
func (d *deliveries) running() []*delivery {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.now)
}

// put makes these the ones that deliver, and begins those that have not.
func (d *deliveries) put(next []*delivery) {
	d.mu.Lock()
	for _, one := range next {
		isTaken := func(other *delivery) bool { return other != one && other.name == one.name }
		for n, name := 2, one.name; one.stop == nil && slices.ContainsFunc(next, isTaken); n++ {
			one.name = fmt.Sprintf("%s #%d", name, n)
		}
	}
	d.now, d.leaving = next, slices.DeleteFunc(d.leaving, (*delivery).hasEnded)
	d.mu.Unlock()
	if d.begun {
		d.beginAll()
	}
}

// beginAll begins what is open and has not begun, and what finds signals where one tells them.
func (d *deliveries) beginAll() {
	d.find()
	for _, one := range d.running() {
		if one.stop == nil {
			one.begin(d.r, func() { d.ended(one) })
		}
	}
}

// begin begins to deliver.
func (d *deliveries) begin() {
	d.changing.Lock()
	defer d.changing.Unlock()
	d.begun = true
	d.beginAll()
}

// leave stops one, which sends yet what waits.
func (d *deliveries) leave(one *delivery) {
	d.mu.Lock()
	at := slices.Index(d.now, one)
	if at >= 0 {
		d.now = slices.Delete(slices.Clone(d.now), at, at+1)
		d.leaving = append(d.leaving, one)
	}
	d.mu.Unlock()
	switch {
	case at < 0: // it has left
	case one.stop != nil:
		one.stop()
	default:
		one.err = one.abandon()
		close(one.done)
	}
}

// ended notes that one has ended: because it was stopped, or by itself. One that an edit dropped is no failure of the program.
func (d *deliveries) ended(one *delivery) {
	d.mu.Lock()
	at, isLast := slices.Index(d.now, one), false
	if at >= 0 {
		d.now = slices.Delete(slices.Clone(d.now), at, at+1)
		d.leaving = append(d.leaving, one)
		isLast = len(d.now) == 0
	}
	if one.err != nil && (at >= 0 || d.ending) {
		d.failed = append(d.failed, one.err)
	}
	isSaid := one.err != nil && !isLast && !d.ending
	d.mu.Unlock()
	if isSaid {
		d.r.stderr.say("%s: %v", one.name, one.err)
	}
	if one.inbox != nil {
		one.inbox.close()
	}
	if isLast {
		wake(d.over)
	}
}

// changed tells all that the workspace is different.
func (d *deliveries) changed() {
	for _, one := range d.running() {
		wake(one.wake)
	}
}

// close ends all: what finds signals first, so that what it has found is told. What went wrong since the beginning it tells once.
func (d *deliveries) close() error {
	d.changing.Lock()
	defer d.changing.Unlock()
	if d.closed {
		return nil
	}
	d.closed = true
	err := d.stopFinding()
	d.mu.Lock()
	d.ending = true
	d.mu.Unlock()
	for _, one := range d.running() {
		d.leave(one)
	}
	d.mu.Lock()
	leaving := slices.Clone(d.leaving)
	d.mu.Unlock()
	for _, one := range leaving {
		<-one.done
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return errors.Join(append(d.failed, err)...)
}

// metrics are those of all that deliver.
func (d *deliveries) metrics() []metrics.Stream {
	var all []metrics.Stream
	for _, one := range d.running() {
		all = append(all, one.metrics())
	}
	return all
}

// find has rules applied for those that tell signals, and no longer than there are any.
func (d *deliveries) find() {
	var inboxes []*inbox
	for _, one := range d.running() {
		if one.inbox != nil {
			inboxes = append(inboxes, one.inbox)
		}
	}
	switch {
	case len(inboxes) == 0:
		if err := d.stopFinding(); err != nil {
			d.r.stderr.say("ending to apply rules: %v", err)
		}
	case d.finding == nil:
		d.startFinding(inboxes)
	default:
		d.finding.finder.serve(inboxes)
	}
}

// finding is a finder at work.
type finding struct {
	finder *finder
	stop   context.CancelFunc
	done   chan error
}
