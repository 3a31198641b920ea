package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	utilruntime "k8s.io/apimachinery/pkg/util/runtime"

	"github.com/dogwatch/dogwatch/config"
	"github.com/dogwatch/dogwatch/metrics"
)

// deliveries are the streams that run beside each other, one to each sink, and what finds signals for those that tell them.
type deliveries struct {
	r      *streamRun
	stdout io.Writer
	// over has a value when nothing is delivered any more, or rules cannot be applied.
	over chan struct{}
	// hard ends when nothing is sent any more, whoever is amid something: cut ends it.
	hard context.Context
	cut  context.CancelFunc

	changing sync.Mutex // of who sets sinks, or ends it; guards what follows
	begun    bool       // what is watched is known
	closed   bool
	finding  *finding // nil while no sink tells signals

	mu       sync.Mutex // guards what follows
	now      []*delivery
	leaving  []*delivery            // are stopped, and send yet what waits
	handed   map[*delivery]handover // of those that are stopped
	changes  bool                   // sinks are being set
	ending   bool                   // of all
	failed   []error
	limiting *time.Timer
}

func newDeliveries(r *streamRun, stdout io.Writer) *deliveries {
	d := &deliveries{r: r, stdout: stdout, over: make(chan struct{}, 1), handed: map[*delivery]handover{}}
	d.hard, d.cut = context.WithCancel(context.Background())
	return d
}

// set has all go to these sinks: what is new is opened, what is not among them any more is stopped, and sends yet what waits, and what stays is not touched.
// One that has other settings goes on where the one before has stopped. takeRules is called once nothing can go wrong any more, so that those who are stopped are
// told yet what ends with a rule. An error leaves all as it was.
func (d *deliveries) set(sinks []config.Sink, takeRules func()) error {
	d.changing.Lock()
	defer d.changing.Unlock()
	if d.closed {
		return nil
	}
	e, err := d.newEdit(sinks)
	if err != nil {
		return err
	}
	d.mu.Lock()
	d.changes = true
	d.mu.Unlock()
	if err := e.open(); err != nil {
		back, err := e.undo(err)
		d.put(back)
		return err
	}
	takeRules()
	d.judge(e.gone)
	for _, left := range e.gone {
		if left.sink.Signals && slices.Contains(d.running(), left) { // nobody goes on with it
			left.inbox.pause(time.Now())
		}
		d.leave(left, none)
	}
	d.put(e.next)
	return nil
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
	next = slices.DeleteFunc(next, func(one *delivery) bool { return slices.Contains(d.leaving, one) }) // it has ended meanwhile
	tellApart(next)
	d.now, d.changes = next, false
	d.leaving = slices.DeleteFunc(d.leaving, func(one *delivery) bool {
		if one.hasEnded() {
			delete(d.handed, one)
		}
		return one.hasEnded()
	})
	d.mu.Unlock()
	for _, one := range next {
		one.dropSignals()
	}
	if d.begun {
		d.find()
	}
	for _, one := range next {
		if one.stop == nil {
			one.begin(d.hard, d.r, func(err error) { d.ended(one, err) })
		}
	}
	if len(next) == 0 {
		wake(d.over)
	}
}

// tellApart gives those that have not begun names of their own, in their order. The others keep the names that they have.
func tellApart(all []*delivery) {
	for i, one := range all {
		isTaken := func(other *delivery) bool {
			return other.name == one.name && (other.stop != nil || slices.Index(all, other) < i)
		}
		for n, name := 2, one.name; one.stop == nil && slices.ContainsFunc(all, isTaken); n++ {
			one.name = fmt.Sprintf("%s #%d", name, n)
		}
	}
}

// begin has changes and signals told: what is watched is known. What waited in spools is sent before that, too.
func (d *deliveries) begin() {
	d.changing.Lock()
	defer d.changing.Unlock()
	d.begun = true
	d.r.isKnown.Store(true)
	d.find()
	d.changed()
}

// leave stops one, which sends yet what waits, unless that is handed over, too.
func (d *deliveries) leave(one *delivery, how handover) {
	d.mu.Lock()
	at := slices.Index(d.now, one)
	if at >= 0 {
		d.now = slices.Delete(slices.Clone(d.now), at, at+1)
		d.leaving = append(d.leaving, one)
		d.handed[one] = how
	}
	d.mu.Unlock()
	switch {
	case at < 0: // it has left
	case how == withMessages:
		one.cut()
	default:
		one.stop()
	}
}

// handover tells what of one that has left goes on.
func (d *deliveries) handover(of *delivery) handover {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.handed[of]
}

// ended closes one that has ended: because it was stopped, or by itself. One that an edit dropped is no failure of the program.
func (d *deliveries) ended(one *delivery, err error) {
	d.mu.Lock()
	at := slices.Index(d.now, one)
	if at >= 0 {
		d.now = slices.Delete(slices.Clone(d.now), at, at+1)
		d.leaving = append(d.leaving, one)
	}
	isLast, how := at >= 0 && len(d.now) == 0 && !d.changes, d.handed[one]
	d.mu.Unlock()
	one.close(err, how, d.r.stderr.say)
	d.mu.Lock()
	if one.err != nil && (at >= 0 || d.ending) {
		d.failed = append(d.failed, one.err)
	}
	isSaid := one.err != nil && !isLast && !d.ending
	d.mu.Unlock()
	if isSaid {
		d.r.stderr.say("%s: %v", one.name, one.err)
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

// limit has all end within the time of a drain from now on, also what an edit that is not over yet stops and begins.
func (d *deliveries) limit() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.limiting == nil {
		d.limiting = time.AfterFunc(d.r.drain, func() {
			defer utilruntime.HandleCrash()
			d.cut()
		})
	}
}

// close ends all: what finds signals first, so that what it has found is told. What went wrong since the beginning it tells once.
func (d *deliveries) close() error {
	d.limit()
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
		d.leave(one, none)
	}
	d.mu.Lock()
	leaving := slices.Clone(d.leaving)
	d.mu.Unlock()
	for _, one := range leaving {
		<-one.done
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.limiting.Stop()
	d.cut()
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
		if one.sink.Signals {
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

// judge waits until rules that are new are applied, for as long as a drain, where some that are to be stopped tell what that ends.
func (d *deliveries) judge(gone []*delivery) {
	now := d.running()
	isTold := func(one *delivery) bool { return one.sink.Signals && slices.Contains(now, one) }
	if d.finding == nil || !d.r.rules.areNew() || !slices.ContainsFunc(gone, isTold) {
		return
	}
	late := time.NewTimer(d.r.drain)
	defer late.Stop()
	select {
	case <-d.finding.finder.flushed():
	case <-d.hard.Done():
	case <-late.C:
	}
}

// finding is a finder at work.
type finding struct {
	finder *finder
	stop   context.CancelFunc
	done   chan error
}

// fail has the program end with an error.
func (d *deliveries) fail(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.failed = append(d.failed, err)
}
