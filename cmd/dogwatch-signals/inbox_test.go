package main

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/dogwatch/dogwatch/model/signal"
	"github.com/dogwatch/dogwatch/stream"
)

// One that takes nothing does not hold up what is found for the others: its signals are merged, and that is told. Where nobody takes any, nothing more is judged.
func TestASlowSinkOfSignalsHoldsUpNobody(t *testing.T) {
	slow, quick := &inbox{wake: func() {}, begun: true}, &inbox{wake: func() {}, begun: true}
	f := &finder{counts: &foundCounts{}, cluster: func() string { return "" }, taken: make(chan struct{}, 1)}
	f.serve([]*inbox{slow, quick})
	const prints = 300
	total := 0
	for n := range 3 * mostFound {
		f.keep(signal.Signal{Fingerprint: fmt.Sprint(n % prints), Title: fmt.Sprint(n)})
		if n%100 == 0 {
			total += len(quick.take())
		}
		if f.isFull() {
			t.Fatal("who is slow holds up the others")
		}
	}
	total += len(quick.take())
	left := slow.take()
	notices := slow.losses()
	if total != 3*mostFound || len(left) != mostFound || quick.losses() != nil {
		t.Errorf("%d are told, and %d of who is slow", total, len(left))
	}
	if first := left[0].(*stream.Signal); first.Title != fmt.Sprint(3*mostFound-4*prints) { // four of each have room, at most
		t.Errorf("the first is %s", first.Title)
	}
	if last := left[len(left)-1].(*stream.Signal); last.Title != fmt.Sprint(3*mostFound-1) {
		t.Errorf("the last is %s", last.Title)
	}
	if len(notices) != 1 || notices[0].Notice != stream.Merged || notices[0].Count != 2*mostFound || slow.losses() != nil {
		t.Errorf("notices are %+v", notices)
	}
	for n := range mostFound {
		f.keep(signal.Signal{Fingerprint: fmt.Sprint(n)})
	}
	if !f.isFull() {
		t.Error("more is judged though nobody takes it")
	}
	slow.close()
	quick.take()
	if f.isFull() {
		t.Error("who has ended is waited for")
	}
	for n := range mostFound {
		f.keep(signal.Signal{Fingerprint: fmt.Sprint(n)})
	}
	if !f.isFull() {
		t.Error("beside one who has ended, the one who is left is not waited for")
	}
}

// Of signals that are all of other objects the oldest go, and are counted: what waits for a sink that is down has a bound.
func TestWhatWaitsForASinkThatIsDownIsBounded(t *testing.T) {
	b := &inbox{wake: func() {}, begun: true}
	for n := range 3 * mostFound {
		b.put(&signal.Signal{Fingerprint: fmt.Sprint(n)}, stream.NewSignal(&signal.Signal{Title: fmt.Sprint(n)}, ""))
	}
	gone := &signal.Signal{Fingerprint: "0"} // waits no more
	b.put(gone, stream.NewSignal(gone, ""))
	last := &signal.Signal{Fingerprint: fmt.Sprint(3*mostFound - 1), Title: "again"}
	b.put(last, stream.NewSignal(last, ""))
	left := b.take()
	if len(left) != mostFound {
		t.Fatalf("%d wait", len(left))
	}
	first, end := left[0].(*stream.Signal).Title, left[mostFound-1].(*stream.Signal).Title
	if first != fmt.Sprint(2*mostFound+1) || end != "again" {
		t.Errorf("there are %s to %s", first, end)
	}
	var said []string
	for _, n := range b.losses() {
		said = append(said, fmt.Sprint(n.Notice, " ", n.Count))
	}
	if want := []string{"merged 1", fmt.Sprint("dropped ", 2*mostFound+1)}; !slices.Equal(said, want) || b.losses() != nil {
		t.Errorf("losses are %q, not %q", said, want)
	}
	b.put(last, stream.NewSignal(last, ""))
	if n := len(b.take()); n != 1 || len(b.of) > 0 {
		t.Errorf("%d are taken afterwards, and %d fingerprints are left", n, len(b.of))
	}
}

// However much is open, all of it is told to who begins to be told signals, and its end to who ends to be.
func TestAllThatIsOpenIsTold(t *testing.T) {
	const many = 3 * mostFound
	open := make([]signal.Signal, many)
	for n := range open {
		open[n].Fingerprint = fmt.Sprint(n)
	}
	b := &inbox{wake: func() {}, begun: true}
	b.putOpen(open, "prod")
	if left := b.take(); len(left) != many || b.losses() != nil {
		t.Errorf("%d of %d are told", len(left), many)
	}
	b.put(&open[0], stream.NewSignal(&open[0], "prod"))
	b.pause(time.Now())
	left := b.take()
	if len(left) != many+1 || b.losses() != nil {
		t.Errorf("the end of %d of %d is told", len(left)-1, many)
	}
	if last := left[many].(*stream.Signal); last.Signal != stream.Unknown {
		t.Errorf("the last is told as %s", last.Signal)
	}
	b.resume(false)
	b.begin()
	for n := range many { // afterwards it is bounded as before
		b.put(&open[n], stream.NewSignal(&open[n], "prod"))
	}
	if left := b.take(); len(left) != mostFound {
		t.Errorf("%d wait", len(left))
	}
}

// What one step of judging finds waits for who takes it, however much that is, until judging ends.
func TestWhatIsFoundWaitsForWhoTakesIt(t *testing.T) {
	const many = 3 * mostFound
	ctx, stop := context.WithCancel(t.Context())
	awake := make(chan struct{}, 1)
	b := &inbox{wake: func() { wake(awake) }, begun: true}
	f := &finder{ctx: ctx, counts: &foundCounts{}, cluster: func() string { return "" }, taken: make(chan struct{}, 1)}
	f.serve([]*inbox{b})
	done := make(chan struct{})
	go func() {
		defer close(done)
		for n := range many {
			f.keep(signal.Signal{Fingerprint: fmt.Sprint(n)})
		}
	}()
	told := 0
	for told < many {
		<-awake
		told += len(b.take())
	}
	<-done
	if lost := b.losses(); lost != nil {
		t.Errorf("lost are %+v", lost)
	}
	for n := range mostFound {
		f.keep(signal.Signal{Fingerprint: fmt.Sprint(n)})
	}
	stop()
	f.keep(signal.Signal{Fingerprint: "last"}) // nobody is waited for at the end
	if left := b.take(); len(left) != mostFound {
		t.Errorf("%d wait", len(left))
	}
}
