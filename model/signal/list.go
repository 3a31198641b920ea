package signal

import (
	"context"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dogwatch/dogwatch/model"
)

const (
	// most is how many signals are kept; of more, those that were resolved first go.
	most = 10000
	// pause is how long signals are let gather: the list is made anew once for all that came.
	pause = 50 * time.Millisecond
	// poll is how often a time that is not the present is looked at: it may run at any speed.
	poll = 250 * time.Millisecond
	// jump is how much of a played time may go by between two looks at it: more is a jump, and what lies in between is no news.
	jump = 30 * time.Second
)

// ID tells a signal from all others: the same trouble may open more than once.
type ID struct {
	Fingerprint string
	Opened      int64 // in nanoseconds since 1970
}

// IDOf gives a signal's ID.
func IDOf(s *Signal) ID { return ID{s.Fingerprint, s.Opened.UnixNano()} }

// Muting says why a signal is not shown, if it is not.
type Muting uint8

const (
	// NotMuted is one that is shown.
	NotMuted Muting = iota
	// MutedItself is one that is muted by its fingerprint.
	MutedItself
	// MutedByRule is one that is muted with all of its rule.
	MutedByRule
)

// ListOptions configure a List.
type ListOptions struct {
	// Muted tells whether a signal is not to be shown, and why. It is called by the List's goroutine. Nil mutes none.
	Muted func(*Signal) Muting
	// Changed is called by the List's goroutine after each change of what it shows. It must not block.
	Changed func()
}

// List holds the signals that were told, those that are open and those that were. The goroutine of Run keeps it; its methods are safe for
// concurrent use.
type List struct {
	opts  ListOptions
	wake  chan struct{}
	asked atomic.Pointer[asked]

	taking   sync.Mutex // guards what follows
	incoming []arrival
	ready    bool
	clear    bool

	// all is what is kept, at is of what is shown, and lost is what was given up; for the goroutine alone. Signals are not changed, but replaced.
	all  map[ID]*Signal
	at   time.Time
	lost int

	mu sync.RWMutex // guards what follows, which only the goroutine writes, but for news
	// news are what nobody has taken yet, and arrived what is news in the present while another time is shown.
	news, arrived News
	shown         []*Signal
	// places are the indices of those shown.
	places map[ID]int
	// muting is why each of those shown is muted, if it is.
	muting []Muting
	state  Counts
	by     asked
	// version grows with all that is told.
	version uint64
}

// arrival is a signal that came, and whether it is news: what is judged at the beginning is none. One without a signal tells when all that was open began to be
// judged no more.
type arrival struct {
	*Signal
	news bool
	end  time.Time
}

// asked is what is to be shown.
type asked struct {
	filter model.Filter
	muted  bool             // those that are muted
	now    func() time.Time // nil for the present
}

// Counts say what there is.
type Counts struct {
	// Open counts those that go on, by severity, without those that are muted.
	Open map[Severity]int
	// Over is how many are over, Muted how many of all are muted, Lost how many of those that are over were given up.
	Over, Muted, Lost int
	// Ready tells that all is judged that was there at the beginning.
	Ready bool
}

// NewList makes a List that is empty until it is run.
func NewList(opts ListOptions) *List {
	if opts.Muted == nil {
		opts.Muted = func(*Signal) Muting { return NotMuted }
	}
	return &List{opts: opts, wake: make(chan struct{}, 1), all: map[ID]*Signal{}, state: Counts{Open: map[Severity]int{}}}
}

// Take takes in a signal that opened, or was resolved. It does not wait.
func (l *List) Take(s *Signal) {
	l.taking.Lock()
	l.incoming = append(l.incoming, arrival{Signal: s, news: l.ready})
	l.taking.Unlock()
	l.Notice()
}

// SetReady tells that all is judged that was there at the beginning.
func (l *List) SetReady() {
	l.taking.Lock()
	l.ready = true
	l.taking.Unlock()
	l.Notice()
}

// EndAll ends what is open as unknown, as of a moment from which on nobody judges it. What is taken in from then on is no news until SetReady.
func (l *List) EndAll(at time.Time) {
	l.taking.Lock()
	l.incoming, l.ready = append(l.incoming, arrival{end: at}), false
	l.taking.Unlock()
	l.Notice()
}

// Clear forgets all, as of another cluster.
func (l *List) Clear() {
	l.taking.Lock()
	l.incoming, l.ready, l.clear = nil, false, true
	l.taking.Unlock()
	l.Notice()
}

// Notice has the List look anew, as when what is muted has changed.
func (l *List) Notice() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// TakeNews gives what is news, and was not when it was asked for last.
func (l *List) TakeNews() News {
	l.mu.Lock()
	defer l.mu.Unlock()
	taken := l.news
	l.news = News{}
	return taken
}

// TakeArrived gives what has become news in the present while Window gave another time, and was not when it was asked for last.
func (l *List) TakeArrived() News {
	l.mu.Lock()
	defer l.mu.Unlock()
	taken := l.arrived
	l.arrived = News{}
	return taken
}

// Show has Window give only what a filter takes, with or without what is muted, as it is at the time that now tells; nil is the present. It is so a
// moment later.
func (l *List) Show(filter model.Filter, muted bool, now func() time.Time) {
	l.asked.Store(&asked{filter, muted, now})
	l.Notice()
}

// Window is a part of what is shown.
type Window struct {
	Signals []*Signal
	// Muting is why each of them is muted, if it is.
	Muting []Muting
	// From is the index of the first of them, Len how many are shown.
	From, Len int
	Counts    Counts
	// Filter and Muted are those in force, Now the time of it.
	Filter model.Filter
	Muted  bool
	Now    time.Time
}

// Window gives up to n signals from an index on: open ones first, the worst and newest of them first, then those that were over last.
func (l *List) Window(from, n int) Window {
	l.mu.RLock()
	defer l.mu.RUnlock()
	w := Window{Len: len(l.shown), Counts: l.state, Filter: l.by.filter, Muted: l.by.muted, Now: l.by.time()}
	w.From = min(max(from, 0), w.Len)
	to := w.From + min(max(n, 0), w.Len-w.From)
	w.Signals = l.shown[w.From:to:to]
	w.Muting = l.muting[w.From:to:to]
	return w
}

// Open counts by severity what Window says is open; nil while it is not known, as SetReady says.
func (l *List) Open() map[Severity]int {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if !l.state.Ready {
		return nil
	}
	return l.state.Open
}

// Version grows with every change of what was told.
func (l *List) Version() uint64 {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.version
}

// Shown is how many signals are shown.
func (l *List) Shown() int {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return len(l.shown)
}

// ID is that of the signal at an index among what is shown, false where there is none.
func (l *List) ID(index int) (ID, bool) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if index < 0 || index >= len(l.shown) {
		return ID{}, false
	}
	return IDOf(l.shown[index]), true
}

// Find gives the index of a signal among what is shown, false where it is not there.
func (l *List) Find(id ID) (int, bool) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	i, ok := l.places[id]
	return i, ok
}

// Get gives a signal that is shown, as it is now; false where it is not there.
func (l *List) Get(id ID) (*Signal, bool) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	i, ok := l.places[id]
	if !ok {
		return nil, false
	}
	return l.shown[i], true
}

// Run keeps the List until ctx ends. What it holds then stays readable.
func (l *List) Run(ctx context.Context) {
	var last time.Time
	for {
		var again <-chan time.Time // nil in the present, where nothing changes by itself
		if l.by.now != nil {
			again = time.After(poll)
		}
		select {
		case <-ctx.Done():
			return
		case <-again:
			if l.by.now().Equal(last) {
				continue
			}
		case <-l.wake:
		}
		last = l.publish()
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
	}
}

func (a *asked) time() time.Time {
	if a.now == nil {
		return time.Now()
	}
	return a.now()
}

// publish takes in what came, and makes what is shown anew. It gives the time of it.
func (l *List) publish() time.Time {
	l.taking.Lock()
	incoming, ready, clearAll := l.incoming, l.ready, l.clear
	l.incoming, l.clear = nil, false
	l.taking.Unlock()
	by := l.by
	if a := l.asked.Swap(nil); a != nil {
		by = *a
	}
	now := by.time()
	if clearAll {
		clear(l.all)
		l.lost = 0
	}
	for _, a := range incoming {
		l.takeIn(a)
	}
	l.trim()
	p := l.page(&by, now)
	p.state.Ready = ready
	arrived := l.newsOf(incoming)
	if by.now == nil {
		p.news, arrived = arrived, News{}
	}
	l.at = now

	l.mu.Lock()
	if clearAll {
		l.news, l.arrived = News{}, News{}
	}
	if clearAll || len(incoming) > 0 || ready != l.state.Ready {
		l.version++
	}
	l.news.Add(p.news)
	l.arrived.Add(arrived)
	l.shown, l.muting, l.places, l.state, l.by = p.shown, p.muting, p.places, p.state, by
	l.mu.Unlock()
	l.opts.Changed()
	return now
}

// page is what is to be shown.
type page struct {
	shown  []*Signal
	muting []Muting
	places map[ID]int
	state  Counts
	news   News
}

// page makes what is to be shown at a moment, with what the time went past since the last one.
func (l *List) page(by *asked, now time.Time) page {
	p := page{state: Counts{Open: map[Severity]int{}, Lost: l.lost}}
	mutings := map[*Signal]Muting{}
	for _, s := range l.all {
		if s.Opened.After(now) && by.now != nil {
			continue
		}
		why := l.opts.Muted(s)
		muted := why != NotMuted
		if by.now != nil && !muted && s.Opened.After(l.at) && now.Sub(l.at) < jump {
			p.news.Add(newsOf(s))
		}
		switch {
		case muted:
			p.state.Muted++
		case s.OpenAt(now):
			p.state.Open[s.Severity]++
		default:
			p.state.Over++
		}
		if (by.muted || !muted) && s.Matches(&by.filter) {
			p.shown = append(p.shown, s)
			if muted {
				mutings[s] = why
			}
		}
	}
	slices.SortFunc(p.shown, func(a, b *Signal) int { return Compare(a, b, now) })
	p.muting, p.places = make([]Muting, len(p.shown)), make(map[ID]int, len(p.shown))
	for i, s := range p.shown {
		p.muting[i], p.places[IDOf(s)] = mutings[s], i
	}
	return p
}

// newsOf are those among what came.
func (l *List) newsOf(incoming []arrival) News {
	var news News
	for _, a := range incoming {
		if a.news && (a.IsOpen() || a.Moment) && l.opts.Muted(a.Signal) == NotMuted {
			news.Add(newsOf(a.Signal))
		}
	}
	return news
}

// takeIn takes in what came.
func (l *List) takeIn(a arrival) {
	if a.Signal != nil {
		l.all[IDOf(a.Signal)] = a.Signal
		return
	}
	for id, s := range l.all {
		if s.IsOpen() {
			ended := *s
			ended.Resolved, ended.Unknown = a.end, true
			l.all[id] = &ended
		}
	}
}

// trim gives up what is too much: those that were over first.
func (l *List) trim() {
	over := len(l.all) - most
	if over <= 0 {
		return
	}
	ids := slices.SortedFunc(maps.Keys(l.all), func(a, b ID) int {
		x, y := l.all[a], l.all[b]
		switch {
		case x.IsOpen() != y.IsOpen():
			if x.IsOpen() {
				return 1
			}
			return -1
		case x.IsOpen():
			return x.Opened.Compare(y.Opened)
		}
		return x.Resolved.Compare(y.Resolved)
	})
	for _, id := range ids[:over] {
		delete(l.all, id)
		l.lost++
	}
}
