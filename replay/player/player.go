package player

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
	"time"

	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/klog/v2"
	"k8s.io/utils/clock"

	"github.com/dogwatch/dogwatch/replay/apiserver/store"
	"github.com/dogwatch/dogwatch/replay/playback"
	"github.com/dogwatch/dogwatch/replay/recording"
)

// Options of a Player.
type Options struct {
	// At is the instant to begin with; the recording's beginning when zero. After the end is the end, where nothing plays.
	At time.Time
	// Paused begins without playing.
	Paused bool
	// Loop goes back to the beginning where playing comes to the end; else the player pauses there. Who goes to the end at
	// once wants to see it: there the player pauses in any case.
	Loop bool
	// Clock is the system's unless a test brings its own.
	Clock clock.Clock
}

// Player plays a recording. Its methods are safe for concurrent use.
type Player struct {
	opts    Options
	parts   []part
	moves   chan move
	wake    chan struct{} // has room for one
	stopped chan struct{} // closed when Run has ended

	// scene and mended are for New first and then for the goroutine of Run.
	scene  *scene
	mended time.Time // when changes that came out of order were last taken in

	// steering is held while a place is looked for: what is counted meanwhile waits.
	steering sync.Mutex

	store *store.Store // of all scenes

	mu sync.Mutex // guards what follows, and is held for moments only
	// place is where the player was in the recording at the time when.
	place, when time.Time
	speed       float64
	paused      bool
	behind      bool // paused, and not all that came before is played
	finished    bool // at the end, and all is played
	known       census
	problems    []string
	watchers    map[*func()]struct{}
	spot        playback.Spot // where the scene is
	followers   map[*func()]struct{}
	era         context.Context // ends when a place is asked for regardless of the present one
	endEra      context.CancelCauseFunc
}

// New opens a recording at the instant that opts say.
func New(rec *recording.Recording, opts Options) (*Player, error) {
	if opts.Clock == nil {
		opts.Clock = clock.RealClock{}
	}
	p := &Player{
		opts: opts, parts: partsOf(rec), speed: 1, paused: opts.Paused, problems: rec.Problems(),
		moves: make(chan move), wake: make(chan struct{}, 1), stopped: make(chan struct{}), watchers: map[*func()]struct{}{},
		followers: map[*func()]struct{}{},
	}
	if len(p.parts) == 0 {
		return nil, errors.New("the recording is empty")
	}
	p.era, p.endEra = context.WithCancelCause(context.Background())
	p.known.end = p.parts[len(p.parts)-1].At
	if err := p.seek(context.Background(), opts.At); err != nil {
		return nil, err
	}
	return p, nil
}

// Store is what is to be served. At a change of place the watches end of those types that are others there.
func (p *Player) Store() *store.Store { return p.store }

// Begin is the recording's first moment.
func (p *Player) Begin() time.Time { return p.parts[0].At }

// Now is the place in the recording, as time goes by there. In a gap it goes by as ever.
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

// settle makes a place the one from which time is counted. It holds mu.
func (p *Player) settle(at time.Time) { p.place, p.when = at, p.opts.Clock.Now() }

// State is where the player is. It waits for nothing.
func (p *Player) State() playback.State {
	p.mu.Lock()
	defer p.mu.Unlock()
	return playback.State{
		Begin: p.Begin(), End: p.known.end, Now: p.now(), Speed: p.speed, Paused: p.paused,
		Density: p.known.density, Counted: p.known.counted, Gaps: p.known.gaps, Problems: p.problems,
	}
}

// Watch has f called when State changes other than by the passing of time, on any goroutine, until stop. f must not wait.
func (p *Player) Watch(f func()) (stop func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.watchers[&f] = struct{}{}
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.watchers, &f)
	}
}

// set changes the state and tells the watchers.
func (p *Player) set(change func()) {
	p.mu.Lock()
	change()
	told := make([]func(), 0, len(p.watchers))
	for f := range p.watchers {
		told = append(told, *f)
	}
	p.mu.Unlock()
	for _, f := range told {
		f()
	}
}

// mostProblems are told; a recording may be wrong everywhere.
const mostProblems = 20

// note takes in what is wrong with a recording that can be played on. It is told once.
func (p *Player) note(err error) {
	text := err.Error()
	p.set(func() {
		if n := len(p.problems); n < mostProblems && !slices.Contains(p.problems, text) {
			klog.Warningf("replay: %s", text)
			p.problems = append(p.problems[:n:n], text) // what State gave stays as it is
		}
	})
}

// Run plays until ctx ends. Call it once. Seeks and steps wait for it.
func (p *Player) Run(ctx context.Context) {
	defer utilruntime.HandleCrash()
	var counting sync.WaitGroup
	counting.Go(func() { p.count(ctx) })
	defer counting.Wait()
	defer p.close()
	for {
		timer := p.opts.Clock.NewTimer(p.advance(ctx))
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case m := <-p.moves:
			m.run(ctx)
		case <-p.wake:
		case <-timer.C():
		}
		timer.Stop()
	}
}

func (p *Player) close() {
	close(p.stopped)
	p.endEra(context.Canceled)
	p.scene.close()
}

const (
	// idle is how long a player waits that has nothing to play.
	idle = time.Hour
	// burst is how many changes are played before it is looked what else there is to do.
	burst = 1000
)

// advance plays what is due and tells how long nothing more is.
func (p *Player) advance(ctx context.Context) time.Duration {
	defer p.reach()
	for range burst {
		now, speed, playing := p.pace()
		if !playing {
			return idle
		}
		due, more := p.scene.due()
		if wait := due.Sub(now); wait > 0 {
			paused := p.caughtUp()
			rest := p.mend(paused)
			if paused {
				return idle
			}
			return min(rest, time.Duration(math.Ceil(float64(wait)/speed)))
		}
		if more {
			p.proceed()
		} else if !p.finish(ctx, due) {
			p.mend(true)
			return idle
		}
	}
	p.mend(false)
	return 0
}

// pace is the place to play up to, and how fast time goes by. A player that is paused plays what came before.
func (p *Player) pace() (now time.Time, speed float64, playing bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.now(), p.speed, !p.paused || p.behind
}

// caughtUp takes in that all is played that is due, and tells whether the player is paused.
func (p *Player) caughtUp() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.behind = false
	return p.paused
}

// mendEvery is how often clients list because of changes that came out of order.
const mendEvery = time.Second

// mend has the store take in changes that came out of order, if it is time or must be, and tells how long to wait else.
func (p *Player) mend(must bool) time.Duration {
	if len(p.scene.late) == 0 {
		return idle
	}
	if rest := mendEvery - p.opts.Clock.Since(p.mended); rest > 0 && !must {
		return rest
	}
	p.scene.mend()
	p.mended = p.opts.Clock.Now()
	return idle
}

// proceed plays the line that comes next, or turns to the next part.
func (p *Player) proceed() (differs bool) {
	if line, ok := p.scene.peek(); ok {
		differs = changes(line.Kind)
		p.scene.play(line)
		return differs
	}
	return p.scene.turn()
}

// finish ends the playing, or begins anew, and tells whether to go on.
func (p *Player) finish(ctx context.Context, end time.Time) bool {
	if p.opts.Loop && !p.State().Paused {
		err := p.seek(ctx, p.Begin())
		if err == nil || ctx.Err() != nil {
			return err == nil
		}
		p.note(err)
	}
	p.set(func() {
		p.settle(end)
		p.known.end = end
		p.paused, p.behind, p.finished = true, false, true
	})
	return false
}

// seek goes to the state of an instant.
func (p *Player) seek(ctx context.Context, at time.Time) error {
	if at.Before(p.Begin()) {
		at = p.Begin()
	}
	next, err := p.open(ctx, partOf(p.parts, at), until(at))
	if err != nil {
		return fmt.Errorf("opening the recording at %s: %w", at.UTC().Format(time.RFC3339), err)
	}
	p.show(next, at)
	return nil
}

func (p *Player) open(ctx context.Context, part int, reached func(*scene, *recording.Line) bool) (*scene, error) {
	p.steering.Lock()
	defer p.steering.Unlock()
	o := opening{parts: p.parts, part: part, reached: reached, now: p.Now, note: p.note}
	if p.scene != nil {
		o.former = p.scene.tables
	}
	return o.open(ctx)
}

// show makes a scene the present one. The store that is served takes over what the scene's own holds.
func (p *Player) show(next *scene, at time.Time) {
	if p.scene == nil {
		p.scene, p.store = next, next.store
		p.arrive(at)
		return
	}
	p.scene.close()
	own := next.store
	p.scene, next.store = next, p.store
	p.arrive(at)
	p.store.Become(own)
}

// arrive makes an instant, which the scene is at, the present one. At the end it pauses.
func (p *Player) arrive(at time.Time) {
	p.mend(true)
	end, more := p.scene.due()
	p.set(func() {
		p.behind, p.finished = false, false
		if !more {
			p.known.end, p.finished = end, !at.Before(end)
		}
		if p.finished {
			at, p.paused = end, true
		}
		p.settle(at)
	})
	p.reach()
}
