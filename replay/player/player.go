package player

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"k8s.io/utils/clock"

	"github.com/dogwatch/dogwatch/replay/apiserver/store"
	"github.com/dogwatch/dogwatch/replay/recording"
)

// Speeds that a Player plays at; 1 is as it was.
const (
	MinSpeed = 0.25
	MaxSpeed = 64
)

// Options of a Player.
type Options struct {
	// At is the instant to begin with; the recording's beginning when zero.
	At time.Time
	// Paused begins without playing.
	Paused bool
	// Loop goes back to the beginning at the end; else the player pauses there.
	Loop bool
	// Clock is the system's unless a test brings its own.
	Clock clock.Clock
}

// Server is what serves a player's store: an *apiserver.Server.
type Server interface {
	// SetStore serves another store. Watches of the former end with 410 Expired.
	SetStore(*store.Store)
}

// Player plays a recording. Its methods are safe for concurrent use.
type Player struct {
	opts     Options
	segments []recording.Segment
	commands chan func()

	mu     sync.Mutex
	server Server // nil before Run
	scene  *scene
	// place is where the player was in the recording at the time when.
	place, when time.Time
	speed       float64
	paused      bool
}

// New opens a recording at the instant that opts say.
func New(rec *recording.Recording, opts Options) (*Player, error) {
	if opts.Clock == nil {
		opts.Clock = clock.RealClock{}
	}
	p := &Player{opts: opts, segments: slices.Clone(rec.Segments()), commands: make(chan func()), speed: 1, paused: opts.Paused}
	slices.SortStableFunc(p.segments, func(a, b recording.Segment) int { return a.At.Compare(b.At) })
	if len(p.segments) == 0 {
		return nil, errors.New("the recording is empty")
	}
	at := opts.At
	if at.Before(p.Begin()) {
		at = p.Begin()
	}
	if err := p.open(at); err != nil {
		return nil, err
	}
	return p, nil
}

// Begin is the recording's first moment.
func (p *Player) Begin() time.Time { return p.segments[0].At }

// Store is what is to be served at first; Run gives the server another after each change of place.
func (p *Player) Store() *store.Store {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.scene.store
}

// Now is the place in the recording, as time goes by there.
func (p *Player) Now() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.now()
}

func (p *Player) now() time.Time {
	if p.paused {
		return p.place
	}
	return p.place.Add(time.Duration(float64(p.opts.Clock.Since(p.when)) * p.speed))
}

// settle makes the present place the one from which time is counted. It holds mu.
func (p *Player) settle() {
	p.place, p.when = p.now(), p.opts.Clock.Now()
}

// open goes to a place without telling anybody.
func (p *Player) open(at time.Time) error {
	next, err := openScene(p.segments, at, p.Now)
	if err != nil {
		return fmt.Errorf("opening the recording at %s: %w", at.UTC().Format(time.RFC3339), err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.scene != nil {
		p.scene.close()
	}
	p.scene = next
	p.place, p.when = at, p.opts.Clock.Now()
	if p.server != nil {
		p.server.SetStore(next.store)
	}
	return nil
}

// Run plays until ctx ends, and gives server the store of each new place. Call it once. The methods that steer the player
// wait for it.
func (p *Player) Run(ctx context.Context, server Server) {
	p.mu.Lock()
	p.server = server
	p.mu.Unlock()
	defer p.close()
	for {
		due := p.untilNext()
		timer := p.opts.Clock.NewTimer(due)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case command := <-p.commands:
			command()
		case <-timer.C():
		}
		timer.Stop()
	}
}

func (p *Player) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.scene.close()
}

// idle is how long a player waits that has nothing to play.
const idle = time.Hour

// untilNext plays what is due and tells how long nothing more is.
func (p *Player) untilNext() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	for !p.paused {
		e, ok := p.scene.peek()
		if !ok {
			if !p.turnPage() {
				return idle
			}
			continue
		}
		if wait := e.At.Sub(p.now()); wait > 0 {
			return time.Duration(float64(wait) / p.speed)
		}
		p.scene.play(e)
		p.scene.ahead = nil
	}
	return idle
}

// turnPage goes on with the next segment, or from the beginning, or pauses. It holds mu, and tells whether to go on.
func (p *Player) turnPage() bool {
	if p.scene.at+1 < len(p.segments) {
		p.scene.turn()
		return true
	}
	p.settle()
	if !p.opts.Loop {
		p.paused = true
		return false
	}
	next, err := openScene(p.segments, p.Begin(), p.Now)
	if err != nil {
		p.paused = true
		return false
	}
	p.scene.close()
	p.scene, p.place = next, p.Begin()
	p.when = p.opts.Clock.Now()
	p.server.SetStore(next.store)
	return true
}

// Seek goes to another place. Clients of the server list again.
func (p *Player) Seek(ctx context.Context, at time.Time) error {
	var err error
	if at.Before(p.Begin()) {
		at = p.Begin()
	}
	if asked := p.do(ctx, func() { err = p.open(at) }); asked != nil {
		return asked
	}
	return err
}

// SetPaused stops the time of the recording, or lets it go on.
func (p *Player) SetPaused(ctx context.Context, paused bool) error {
	return p.do(ctx, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.settle()
		p.paused = paused
	})
}

// SetSpeed makes the recording's time go faster or slower, between MinSpeed and MaxSpeed.
func (p *Player) SetSpeed(ctx context.Context, speed float64) error {
	return p.do(ctx, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.settle()
		p.speed = min(max(speed, MinSpeed), MaxSpeed)
	})
}

// do runs a command between two changes.
func (p *Player) do(ctx context.Context, command func()) error {
	done := make(chan struct{})
	select {
	case p.commands <- func() { command(); close(done) }:
	case <-ctx.Done():
		return ctx.Err()
	}
	<-done
	return nil
}
