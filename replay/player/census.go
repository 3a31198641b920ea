package player

import (
	"context"
	"slices"
	"time"

	utilruntime "k8s.io/apimachinery/pkg/util/runtime"

	"github.com/dogwatch/dogwatch/replay/playback"
	"github.com/dogwatch/dogwatch/replay/recording"
)

const (
	// buckets are the equal parts of a recording's time in which changes are counted.
	buckets = 512
	// publishEvery is how often watchers are told of what was counted.
	publishEvery = 250 * time.Millisecond
)

// census is what is known of a recording from having read it. What its slices hold does not change.
type census struct {
	end, counted time.Time
	density      []uint32
	gaps         []playback.Gap
	complete     bool
}

// counter counts a recording's changes, in one pass after it has found out when the recording ends.
type counter struct {
	player    *Player
	pace      pacer
	end       time.Time
	width     time.Duration // of a bucket
	density   []uint32
	gaps      recording.GapFinder
	broken    []playback.Gap
	published time.Time
}

// count counts until all is counted or ctx ends.
func (p *Player) count(ctx context.Context) {
	defer utilruntime.HandleCrash()
	p.steering.Lock()
	defer p.steering.Unlock()
	c := counter{player: p, pace: pacer{ctx: ctx, let: &p.steering}, density: make([]uint32, buckets)}
	if !c.measure() {
		return
	}
	for i := range p.parts {
		if !c.part(i) {
			return
		}
	}
	c.publish(c.end, true)
}

// measure finds the recording's end, which only its last part knows.
func (c *counter) measure() bool {
	parts := c.player.parts
	last := parts[len(parts)-1]
	c.end = last.At
	for line, err := range last.lines() {
		if err != nil {
			break // it is told when the part is counted
		}
		if line.At.After(c.end) {
			c.end = line.At
		}
		if !c.pace.next() {
			return false
		}
	}
	c.width = playback.State{Begin: c.player.Begin(), End: c.end}.BucketWidth(buckets)
	c.player.set(func() { c.player.known.end = c.end })
	return true
}

func (c *counter) part(i int) bool {
	p := c.player.parts[i]
	c.gaps.Begin(&p.Header)
	for line, err := range p.lines() {
		if err != nil {
			c.lost(i, err)
			break
		}
		c.gaps.See(line.At)
		if changes(line.Kind) {
			c.density[c.bucket(line.At)]++
		}
		c.see(line)
		if !c.pace.next() {
			return false
		}
		if time.Since(c.published) > publishEvery {
			c.publish(line.At, false)
		}
	}
	return true
}

func (c *counter) bucket(at time.Time) int {
	return int(min(max(at.Sub(c.player.Begin())/c.width, 0), buckets-1))
}

// see takes in what a line says of what is watched and served.
func (c *counter) see(line *recording.Line) {
	if line.Kind != recording.Watch && line.Kind != recording.Served {
		return
	}
	e, err := line.Entry()
	switch {
	case err != nil: // it is told where it is played
	case line.Kind == recording.Watch:
		c.gaps.Watch(e)
	default:
		c.gaps.Served(e)
	}
}

// lost takes in that a part breaks off. If the next one does not go on where it began, that is a gap in any case.
func (c *counter) lost(i int, err error) {
	parts := c.player.parts
	parts[i].tell(c.player.note, err)
	to := c.end
	if i+1 < len(parts) {
		to = parts[i+1].At
		if !parts[i+1].Continues {
			return
		}
	}
	if to.After(c.gaps.To()) {
		c.broken = append(c.broken, playback.Gap{From: c.gaps.To(), To: to, Reason: err.Error()})
	}
}

// publish tells what was counted up to an instant.
func (c *counter) publish(up time.Time, complete bool) {
	c.published = time.Now()
	known := census{end: c.end, counted: up, density: slices.Clone(c.density), complete: complete, gaps: slices.Clone(c.broken)}
	for _, g := range c.gaps.Gaps() {
		known.gaps = append(known.gaps, playback.Gap{From: g.From, To: g.To, Type: string(g.Type), Reason: g.Reason})
	}
	slices.SortStableFunc(known.gaps, func(a, b playback.Gap) int { return a.From.Compare(b.From) })
	c.player.set(func() { c.player.known = known })
}
