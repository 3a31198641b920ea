package faults

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"time"
)

const (
	// beat is the pause between two beats of a pulse, beats how many are a second.
	beat, beats = 50 * time.Millisecond, 20
)

// pulse measures how long a second is on this machine just now: as long as a plain client, which asks a server of its own in
// this process, needs for what takes it a second where nothing else runs. It is never less than a second, and grows with
// what keeps dogwatch from being scheduled too. Its methods may be called from any goroutine.
type pulse struct {
	server *httptest.Server
	cancel context.CancelFunc
	done   chan struct{}

	mu      sync.Mutex
	times   []time.Time
	changed chan struct{} // closed with each beat
	err     error         // why it stands still
}

// newPulse begins to beat, until stop.
func newPulse() *pulse {
	p := &pulse{
		server: httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "{}") })),
		done:   make(chan struct{}), changed: make(chan struct{}),
	}
	p.server.EnableHTTP2 = true
	p.server.StartTLS()
	ctx, cancel := context.WithCancel(context.Background())
	p.cancel = cancel
	go p.run(ctx)
	return p
}

func (p *pulse) stop() error {
	p.cancel()
	<-p.done
	p.server.Close()
	return p.err
}

func (p *pulse) run(ctx context.Context) {
	defer close(p.done)
	for ctx.Err() == nil {
		select {
		case <-time.After(beat):
		case <-ctx.Done():
			return
		}
		err := p.ask(ctx)
		if ctx.Err() != nil {
			return
		}
		p.mu.Lock()
		p.times = append(p.times, time.Now())
		p.err = err
		close(p.changed)
		p.changed = make(chan struct{})
		p.mu.Unlock()
	}
}

func (p *pulse) ask(ctx context.Context) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, p.server.URL, http.NoBody)
	if err != nil {
		return fmt.Errorf("beating: %w", err)
	}
	response, err := p.server.Client().Do(request)
	if err != nil {
		return fmt.Errorf("beating: %w", err)
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		return fmt.Errorf("beating: %w", err)
	}
	return nil
}

// seconds is the moment at which so many seconds of this machine have passed since another moment. It waits for it.
func (p *pulse) seconds(from time.Time, n int) time.Time {
	for {
		p.mu.Lock()
		i := slices.IndexFunc(p.times, func(t time.Time) bool { return t.After(from) })
		if i >= 0 && i+n*beats < len(p.times) {
			defer p.mu.Unlock()
			return p.times[i+n*beats]
		}
		changed := p.changed
		p.mu.Unlock()
		<-changed
	}
}
