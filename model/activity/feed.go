package activity

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"k8s.io/apimachinery/pkg/util/runtime"

	"github.com/dogwatch/dogwatch/model/noise"
	"github.com/dogwatch/dogwatch/model/timeline"
)

const (
	// portion is how many lines are looked for at once, most how many a page has; the first page comes with a screenful.
	portion, most = 200, 800
	screenful     = 64
	// pace is the time between two pages while changes go on coming.
	pace = 50 * time.Millisecond
	// patience is after how long a page tells how far a search has come.
	patience = 100 * time.Millisecond
)

// NoiseMode says what becomes of noise.
type NoiseMode uint8

const (
	// Folded noise is counted on few lines.
	Folded NoiseMode = iota
	// Shown noise has lines as all else.
	Shown
)

// Query says which lines are wanted.
type Query struct {
	Filter Filter
	Noise  NoiseMode
	// Moment, unless zero, is that around which lines are looked for first, and stand still, instead of at the newest.
	Moment time.Time
	// In, unless nil, has only what that line stands for, each change on a line of its own.
	In *Line
}

// Page is what a Feed has found. It is never changed.
type Page struct {
	// Asked counts the queries up to the one that the page is of.
	Asked uint64
	// Lines are a part of all lines, the newest last.
	Lines []Line
	// AtOldest and AtNewest tell that there is nothing before the first, or behind the last.
	AtOldest, AtNewest bool
	// Following tells that lines are added as changes come.
	Following bool
	// Newer counts the changes behind the last line that have not been looked at.
	Newer int
	// Next is the Seq behind the newest change that was looked at.
	Next uint64
	// Busy tells that more is being looked for: so far Looked changes of Total have been looked at, back to the time Reached.
	Busy          bool
	Looked, Total int
	Reached       time.Time
}

// Feed gives the lines of a timeline. Its methods are safe for concurrent use and return at once.
type Feed struct {
	timeline *timeline.Timeline
	changed  func()
	asked    chan struct{}
	grown    chan struct{}
	page     atomic.Pointer[Page]
	// stale counts what makes a search that is under way pointless.
	stale atomic.Uint64

	mu     sync.Mutex
	orders orders

	reader reader // of the goroutine
}

// orders are what was asked for since the goroutine looked last.
type orders struct {
	open, isOpen bool // isOpen is for open
	query        *Query
	asked        uint64
	place        place
	at           uint64 // the Seq, for around
	older, newer bool
	hold         bool
}

// place is where to begin anew.
type place uint8

const (
	asItIs place = iota
	newest
	oldest
	around
)

// NewFeed makes a Feed, of which Run does the work. changed is called when there is another page, on Run's goroutine; it must not block.
func NewFeed(t *timeline.Timeline, rules *noise.Rules, changed func()) *Feed {
	f := &Feed{timeline: t, changed: changed, asked: make(chan struct{}, 1), grown: make(chan struct{}, 1)}
	f.reader = reader{feed: f, timeline: t, judge: rules.NewJudge(), window: window{spell: &names{}}}
	f.reader.matcher.names = f.reader.window.spell
	f.page.Store(&Page{})
	return f
}

// Timeline is what the lines are of.
func (f *Feed) Timeline() *timeline.Timeline { return f.timeline }

// Page is what was found last.
func (f *Feed) Page() *Page { return f.page.Load() }

// Open begins to follow the newest changes. Until then, and after Shut, the Feed does nothing and holds nothing.
func (f *Feed) Open(q Query) uint64 {
	return f.order(true, func(o *orders) { o.isOpen, o.open, o.query, o.place, o.hold = true, true, &q, newest, false; o.asked++ })
}

// Shut ends what Open began.
func (f *Feed) Shut() { f.order(true, func(o *orders) { o.isOpen, o.open = true, false; o.asked++ }) }

// Ask wants other lines, from the newest on. It gives what Page.Asked will be.
func (f *Feed) Ask(q Query) uint64 {
	return f.order(true, func(o *orders) { o.query, o.place, o.hold = &q, newest, false; o.asked++ })
}

// AskAt is Ask for the lines around the change that has a Seq, which stand still.
func (f *Feed) AskAt(q Query, seq uint64) uint64 {
	return f.order(true, func(o *orders) { o.query, o.place, o.at = &q, around, seq; o.asked++ })
}

// Follow goes to the newest lines, and adds those that come.
func (f *Feed) Follow() { f.order(true, func(o *orders) { o.place, o.hold = newest, false }) }

// Oldest goes to the oldest lines.
func (f *Feed) Oldest() { f.order(true, func(o *orders) { o.place = oldest }) }

// Hold lets the lines stand as they are.
func (f *Feed) Hold() { f.order(false, func(o *orders) { o.hold = true }) }

// Older has lines added before the first, Newer behind the last.
func (f *Feed) Older() { f.order(false, func(o *orders) { o.older = true }) }

// Newer is the other way of Older.
func (f *Feed) Newer() { f.order(false, func(o *orders) { o.newer = true }) }

// order notes what is wanted. If that is so much else that what is being looked for is not, the search ends.
func (f *Feed) order(stale bool, note func(*orders)) uint64 {
	f.mu.Lock()
	note(&f.orders)
	asked := f.orders.asked
	if stale {
		f.stale.Add(1)
	}
	f.mu.Unlock()
	select {
	case f.asked <- struct{}{}:
	default:
	}
	return asked
}

// take takes the orders, and what stale is with them.
func (f *Feed) take() (orders, uint64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	o := f.orders
	f.orders = orders{asked: o.asked}
	return o, f.stale.Load()
}

// Run does what is asked for until ctx ends.
func (f *Feed) Run(ctx context.Context) {
	defer runtime.HandleCrash()
	defer f.reader.shut()
	timer := time.NewTimer(0)
	defer timer.Stop()
	grown := f.grown
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
			grown = f.grown
		case <-f.asked:
			f.reader.obey(ctx)
		case <-grown:
			f.reader.catchUp(ctx)
			grown = nil
			timer.Reset(pace)
		}
	}
}

func (f *Feed) publish(p *Page) {
	f.page.Store(p)
	f.changed()
}
