package activity

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/dogwatch/dogwatch/model/noise"
)

// million is a timeline of as many changes, 3 of 10 noise.
func million(b *testing.B) *story {
	b.Helper()
	s := newStory()
	s.SetLimit(512 << 20)
	for i := range 1_000_000 {
		switch i % 10 {
		case 0, 1, 2:
			s.tell(10*time.Millisecond, fmt.Sprintf("nodes /node-%d", i%500)+heartbeat)
		case 3:
			s.tell(10*time.Millisecond, fmt.Sprintf("deployments.apps team-%d/service-%d hpa spec.replicas %d %d", i%40, i%500, i, i+1))
		default:
			s.tell(10*time.Millisecond, fmt.Sprintf(`pods team-%d/service-%d-%d kubelet status.phase "Pending" "Running" status.podIP - "10.0.0.%d"`, i%40, i%500, i%20_000, i%250))
		}
	}
	return s
}

// BenchmarkMillion tells how long the newest page takes of a million changes, and a word that is nowhere.
func BenchmarkMillion(b *testing.B) {
	s := million(b)
	rules, err := noise.Builtin()
	if err != nil {
		b.Fatal(err)
	}
	pages := make(chan struct{}, 1)
	f := NewFeed(s.Timeline, rules, func() {
		select {
		case pages <- struct{}{}:
		default:
		}
	})
	ctx, stop := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { f.Run(ctx) })
	b.Cleanup(func() { stop(); wg.Wait() })
	wait := func(asked uint64, isEnough func(*Page) bool) {
		for p := f.Page(); p.Asked != asked || !isEnough(p); p = f.Page() {
			<-pages
		}
	}
	all := func(p *Page) bool { return !p.Busy }
	wait(f.Open(Query{}), all)
	nowhere, _ := ParseFilter("nowhere", nil)
	for _, c := range []struct {
		name     string
		query    Query
		isEnough func(*Page) bool
	}{
		{"first page", Query{}, func(p *Page) bool { return len(p.Lines) >= screenful }},
		{"page", Query{}, all},
		{"shown noise", Query{Noise: Shown}, all},
		{"search", Query{Filter: nowhere}, all},
	} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				wait(f.Ask(c.query), c.isEnough)
			}
		})
	}
}
