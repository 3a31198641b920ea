package faults

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/dogwatch/dogwatch/informers"
)

func TestServerIsKilledAndComesBack(t *testing.T) {
	p := newPlace(t)
	d := p.watch()
	killed := time.Now()
	p.plane.KillAPIServer()
	dead := time.Now()
	stop := p.neverForbidden(d)
	shown := d.AwaitPhase(configMaps, killed, informers.Retrying)
	d.soon(dead, shown)
	d.Await(configMaps, killed, "retrying, refused", retrying("refused"))
	d.dated(configMaps, killed, dead)
	p.failuresSoon(d, killed)
	p.startServer()
	back := time.Now()
	p.changeSome()
	took := p.oracle.Converge(t, d, back)
	stop()
	p.tell(shown.At.Sub(killed), took)
	// A server that comes up knows less at first: that is not the end of a type.
	d.never(configMaps, killed, "more than an outage", isPhase(informers.Gone, informers.WaitingForDiscovery))
	if n := d.count(configMaps, killed, isPhase(informers.Forbidden)); n > 0 {
		t.Logf("it took the server long to read who may what: forbidden %d times", n)
	}
}

// neverForbidden looks at what the picker says of each type, until stop: the user may see everything, whatever a server says
// that has not read yet who may what.
func (p *place) neverForbidden(d *Dogwatch) (stop func()) {
	ctx, cancel := context.WithCancel(p.Context())
	var looking sync.WaitGroup
	looking.Go(func() {
		tick := time.NewTicker(50 * time.Millisecond)
		defer tick.Stop()
		for {
			for _, c := range d.Workspace.Choices() {
				if c.Forbidden != "" {
					p.Errorf("at %s %s is called forbidden: %s", time.Now().Format("15:04:05.000"), c.Name, c.Forbidden)
					return
				}
			}
			select {
			case <-tick.C:
			case <-ctx.Done():
				return
			}
		}
	})
	stop = func() {
		cancel()
		looking.Wait()
	}
	p.Cleanup(stop)
	return stop
}

func TestServerIsRestoredFromABackup(t *testing.T) {
	p := newPlace(t)
	ctx, cancel := context.WithTimeout(t.Context(), Patience)
	defer cancel()
	backup, err := p.plane.BackUp(ctx)
	if err != nil {
		t.Fatal(err)
	}
	d := p.watch()
	for range 10 { // so that the restored server stays behind for long
		p.changeSome()
	}
	p.oracle.Converge(t, d, time.Now())
	lists := d.Watch(configMaps).State().Stats.Lists

	broken := time.Now()
	if err := p.plane.Restore(ctx, backup); err != nil {
		t.Fatal(err)
	}
	back := time.Now()
	shown := d.AwaitPhase(configMaps, broken, informers.Retrying)
	took := p.oracle.Converge(t, d, back)
	d.dated(configMaps, broken, back)
	p.tell(shown.At.Sub(broken), took)
	d.never(configMaps, shown.At, "live with what is no more", func(s informers.State) bool {
		return s.Phase == informers.Live && s.Stats.Lists == lists
	})
	p.changeSome()
	p.oracle.Converge(t, d, time.Now())

	// New types are heard of, too.
	if _, err := d.Workspace.Open(target(widgetPlural)); err != nil {
		t.Fatal(err)
	}
	p.define("v1")
	d.AwaitPhase(widgetPlural, back, informers.Live)
}
