package problems

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dogwatch/dogwatch/model"
)

const (
	// queue is how many changes of one watch may wait before those of one object are merged.
	queue = 1024
	// pause is how long changes are let gather: the list is made anew once for all that came.
	pause = 20 * time.Millisecond
	// poll is how often a time that is not the present is looked at: it may run at any speed.
	poll = time.Second
)

// Options configure a List.
type Options struct {
	// Sources gives what is watched now. It is called by the List's goroutine, first when it begins and then after each Notice.
	Sources func() []Source
	// Now tells the time where it is not the present, as of a recording; nil is the present.
	Now func() time.Time
	// Moments tells that the time may jump to any other, as that of a recording. Then an object is dated by its own word, if it says something,
	// which is the same whichever way one came to a moment; else since the earliest that the list knows of while the object stays unhealthy.
	Moments bool
	// Changed is called by the List's goroutine after each change of the list. It must not block.
	Changed func()
}

// List is all that is unhealthy. The goroutine of Run keeps it; its methods are safe for concurrent use.
type List struct {
	opts    Options
	wake    chan struct{}
	noticed atomic.Bool // other watches are there
	asked   atomic.Pointer[model.Filter]

	mu    sync.RWMutex // guards what follows, which only the goroutine writes
	index map[ID]*Problem
	// sorted has all of them, shown those that the filter takes. Neither is ever changed, but replaced.
	sorted, shown []*Problem
	filter        model.Filter
	types         int
	version       uint64
}

// New makes a List that is empty until it is run.
func New(opts Options) *List {
	l := &List{opts: opts, wake: make(chan struct{}, 1), index: map[ID]*Problem{}}
	l.Notice()
	return l
}

// Run keeps the List until ctx ends. What it holds then stays readable.
func (l *List) Run(ctx context.Context) {
	k := &keeper{list: l, caused: map[ID]bool{}}
	k.run(ctx)
}

// Notice tells that other watches are there, or that the time of Options.Now has jumped.
func (l *List) Notice() {
	l.noticed.Store(true)
	l.signal()
}

func (l *List) signal() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// SetFilter has Window give only what a filter takes, a moment later. Words are looked for in kind, namespace, name, reason and message;
// filters by labels take nothing.
func (l *List) SetFilter(f model.Filter) {
	l.asked.Store(&f)
	l.signal()
}

// Len is how many objects are unhealthy.
func (l *List) Len() int {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return len(l.sorted)
}

// Shown is how many of them the filter takes.
func (l *List) Shown() int {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return len(l.shown)
}

// ID is that of the problem at an index among what the filter takes, false where there is none.
func (l *List) ID(index int) (ID, bool) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if index < 0 || index >= len(l.shown) {
		return ID{}, false
	}
	return l.shown[index].ID, true
}

// Version grows with every change of what is listed.
func (l *List) Version() uint64 {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.version
}

// Window is a part of what the filter takes.
type Window struct {
	Problems []*Problem
	// From is the index of the first of them, Len how many the filter takes, of All.
	From, Len, All int
	// Types is how many types are judged.
	Types int
	// Filter is the one in force.
	Filter model.Filter
}

// Window gives up to n problems from an index on.
func (l *List) Window(from, n int) Window {
	l.mu.RLock()
	defer l.mu.RUnlock()
	w := Window{Len: len(l.shown), All: len(l.sorted), Types: l.types, Filter: l.filter}
	w.From = min(max(from, 0), w.Len)
	to := w.From + min(max(n, 0), w.Len-w.From)
	w.Problems = l.shown[w.From:to:to]
	return w
}

// Get gives the problem that an object is, whatever the filter takes; false where it is none.
func (l *List) Get(id ID) (*Problem, bool) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	p, ok := l.index[id]
	return p, ok
}

// Find gives the index of an object among what the filter takes, false where it is not there.
func (l *List) Find(id ID) (int, bool) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	p, ok := l.index[id]
	if !ok {
		return 0, false
	}
	return slices.BinarySearchFunc(l.shown, p, Compare)
}

func (l *List) now() time.Time {
	if l.opts.Now == nil {
		return time.Now()
	}
	return l.opts.Now()
}

// publish takes what is new of objects, nil for those that are well again, and the filter that was asked for.
func (l *List) publish(news map[ID]*Problem) {
	filter := l.asked.Swap(nil)
	if len(news) == 0 && filter == nil {
		return
	}
	if filter == nil {
		filter = &l.filter // only this goroutine writes it
	}
	sorted := merge(l.sorted, news)
	shown := sorted
	switch {
	case filter.Empty():
	case filter.String() == l.filter.String():
		shown = merge(l.shown, taken(news, filter))
	default:
		shown = slices.DeleteFunc(slices.Clone(sorted), func(p *Problem) bool { return !takes(filter, p) })
	}
	l.mu.Lock()
	l.sorted, l.shown, l.filter = sorted, shown, *filter
	l.version++
	for id, p := range news {
		if p == nil {
			delete(l.index, id)
		} else {
			l.index[id] = p
		}
	}
	l.mu.Unlock()
	l.opts.Changed()
}

// merge gives the list with what is new.
func merge(sorted []*Problem, news map[ID]*Problem) []*Problem {
	var fresh []*Problem
	for _, p := range news {
		if p != nil {
			fresh = append(fresh, p)
		}
	}
	slices.SortFunc(fresh, Compare)
	merged := make([]*Problem, 0, len(sorted)+len(fresh))
	for _, p := range sorted {
		if _, replaced := news[p.ID]; replaced {
			continue
		}
		for len(fresh) > 0 && Compare(fresh[0], p) < 0 {
			merged, fresh = append(merged, fresh[0]), fresh[1:]
		}
		merged = append(merged, p)
	}
	return append(merged, fresh...)
}

// taken is what is new by a filter: what it does not take is as good as well.
func taken(news map[ID]*Problem, by *model.Filter) map[ID]*Problem {
	left := make(map[ID]*Problem, len(news))
	for id, p := range news {
		if p != nil && !takes(by, p) {
			p = nil
		}
		left[id] = p
	}
	return left
}

func takes(f *model.Filter, p *Problem) bool {
	return f.Match(&model.Object{Key: p.Key}, p.Kind, p.Type.Resource, p.Reason, p.Message)
}
