package signal

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/dogwatch/dogwatch/model"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// screen is a List that is run, and waited for.
type screen struct {
	testing.TB
	*List
	changed chan struct{}
	muting  sync.Mutex
	muted   string // the type that is
}

func newScreen(t *testing.T) *screen {
	s := &screen{TB: t, changed: make(chan struct{}, 1)}
	s.List = NewList(ListOptions{
		Muted: func(signal *Signal) Muting {
			s.muting.Lock()
			defer s.muting.Unlock()
			return mutedIf(signal.Type == s.muted)
		},
		Changed: func() {
			select {
			case s.changed <- struct{}{}:
			default:
			}
		},
	})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); s.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
	return s
}

// told is a signal of a pod.
func told(kind string, severity Severity, opened, resolved int) *Signal {
	s := &Signal{Fingerprint: kind, Type: kind, Severity: severity, Subject: Subject{ID: podID(strings.ToLower(kind))}, Opened: at(opened)}
	if resolved > 0 {
		s.Resolved = at(resolved)
	}
	return s
}

// await waits until these are shown, by type.
func (s *screen) await(want ...string) Window {
	s.Helper()
	deadline := time.After(30 * time.Second)
	var got []string
	for {
		w := s.Window(0, 100)
		got = got[:0]
		for _, signal := range w.Signals {
			got = append(got, signal.Type)
		}
		if slices.Equal(got, want) {
			return w
		}
		select {
		case <-s.changed:
		case <-deadline:
			s.Fatalf("shown are %q, want %q", got, want)
		}
	}
}

func (s *screen) take() {
	for _, signal := range []*Signal{
		told("Scaled", Info, 3, 3), told("CrashLoop", Critical, 5, 0), told("NotReady", Warning, 6, 9), told("Stuck", Warning, 4, 0),
		told("Pull", Critical, 7, 0),
	} {
		s.Take(signal)
	}
}

func TestTheWorstAndNewestComesFirst(t *testing.T) {
	s := newScreen(t)
	s.take()
	w := s.await("Pull", "CrashLoop", "Stuck", "NotReady", "Scaled")
	if w.Counts.Open[Critical] != 2 || w.Counts.Open[Warning] != 1 || w.Counts.Over != 2 || w.Counts.Ready {
		t.Errorf("counted %+v", w.Counts)
	}
	resolved := told("Pull", Critical, 7, 10)
	s.Take(resolved)
	s.SetReady()
	w = s.await("CrashLoop", "Stuck", "Pull", "NotReady", "Scaled")
	if i, ok := s.Find(IDOf(resolved)); !ok || i != 2 {
		t.Errorf("what is resolved is at %d, %v", i, ok)
	}
	if part := s.Window(3, 1); part.From != 3 || len(part.Signals) != 1 || part.Signals[0].Type != "NotReady" || part.Len != 5 {
		t.Errorf("a part of it is %+v", part)
	}
}

func TestFilterAndMutes(t *testing.T) {
	s := newScreen(t)
	s.take()
	s.Show(model.ParseFilter("critical"), false, nil)
	s.await("Pull", "CrashLoop")
	s.Show(model.Filter{}, false, nil)
	s.muting.Lock()
	s.muted = "Pull"
	s.muting.Unlock()
	s.Notice()
	if w := s.await("CrashLoop", "Stuck", "NotReady", "Scaled"); w.Counts.Muted != 1 || w.Counts.Open[Critical] != 1 {
		t.Errorf("counted %+v", w.Counts)
	}
	s.Show(model.Filter{}, true, nil)
	s.await("Pull", "CrashLoop", "Stuck", "NotReady", "Scaled")
}

// At a moment of the past what was resolved later goes on, and what opened later is not there.
func TestAtAMoment(t *testing.T) {
	s := newScreen(t)
	s.take()
	var mu sync.Mutex
	now := at(6)
	s.Show(model.Filter{}, false, func() time.Time { mu.Lock(); defer mu.Unlock(); return now })
	if w := s.await("CrashLoop", "NotReady", "Stuck", "Scaled"); w.Counts.Open[Warning] != 2 || w.Counts.Over != 1 {
		t.Errorf("counted %+v", w.Counts)
	}
	mu.Lock()
	now = at(9) // it is looked at by itself
	mu.Unlock()
	s.await("Pull", "CrashLoop", "Stuck", "NotReady", "Scaled")
}

// What was there at the beginning is no news, nor is what ends, or is muted.
func TestNewsAreToldOnce(t *testing.T) {
	s := newScreen(t)
	s.take()
	s.await("Pull", "CrashLoop", "Stuck", "NotReady", "Scaled")
	s.SetReady()
	s.muting.Lock()
	s.muted = "Muted"
	s.muting.Unlock()
	s.Take(told("Stuck", Warning, 4, 20))
	if w := s.await("Pull", "CrashLoop", "Stuck", "NotReady", "Scaled"); w.Counts.Muted > 0 {
		t.Errorf("counted %+v", w.Counts)
	}
	s.Take(told("Evicted", Warning, 21, 0))
	s.Take(told("Muted", Critical, 22, 0))
	s.Take(told("Left", Info, 1, 2)) // nobody saw it open
	s.await("Pull", "CrashLoop", "Evicted", "Stuck", "NotReady", "Scaled", "Left")
	if n := s.TakeNews(); n.Count != 1 || n.Worst.Type != "Evicted" {
		t.Errorf("the news are %+v", n)
	}
	if n := s.TakeNews(); n != (News{}) {
		t.Errorf("%+v is told twice", n)
	}
	s.Clear()
	s.await()
}

// Of a time that is played, news are what it goes past.
func TestNewsOfATimeThatIsPlayed(t *testing.T) {
	s := newScreen(t)
	s.take()
	var mu sync.Mutex
	now := at(4)
	set := func(second int) { mu.Lock(); defer mu.Unlock(); now = at(second) }
	s.Show(model.Filter{}, false, func() time.Time { mu.Lock(); defer mu.Unlock(); return now })
	s.await("Stuck", "Scaled")
	s.TakeNews()
	set(5)
	s.await("CrashLoop", "Stuck", "Scaled")
	if n := s.TakeNews(); n.Count != 1 || n.Worst.Type != "CrashLoop" {
		t.Errorf("the news are %+v", n)
	}
	set(3)
	s.await("Scaled")
	set(60) // a jump
	s.await("Pull", "CrashLoop", "Stuck", "NotReady", "Scaled")
	if n := s.TakeNews(); n != (News{}) {
		t.Errorf("%+v is news, and was jumped over", n)
	}
}

// What opens while another time is shown is news of the present, and none of that time.
func TestWhatArrivesWhileThePastIsShownIsNewsOfThePresent(t *testing.T) {
	s := newScreen(t)
	s.SetReady()
	s.Show(model.Filter{}, false, func() time.Time { return at(4) })
	s.await()
	s.Take(told("Evicted", Warning, 21, 0))
	s.Take(told("Scaled", Info, 22, 22))
	var news News
	for late := time.After(30 * time.Second); news.Count == 0; news.Add(s.TakeArrived()) {
		select {
		case <-s.changed:
		case <-late:
			t.Fatal("nothing is news")
		}
	}
	if news.Count != 1 || news.Worst.Type != "Evicted" {
		t.Errorf("the news of the present are %+v", news)
	}
	if n := s.TakeNews(); n != (News{}) {
		t.Errorf("%+v is news of the past", n)
	}
	if n := s.TakeArrived(); n != (News{}) {
		t.Errorf("%+v is told twice", n)
	}
}

// Nothing that matters is lost among others until it was told, however it came; what does not matter is no news.
func TestTheWorstNewsAreToldFirst(t *testing.T) {
	for _, test := range []struct {
		came  []Severity
		worst string
		count int
	}{
		{[]Severity{Critical, Info}, "critical0", 1},
		{[]Severity{Info, Critical}, "critical1", 1},
		{[]Severity{Warning, Critical, Info, Critical, Warning}, "critical3", 4},
		{[]Severity{Info, Info}, "", 0},
	} {
		for _, atOnce := range []bool{true, false} {
			l := NewList(ListOptions{Changed: func() {}})
			l.SetReady()
			for i, severity := range test.came {
				moment := told(fmt.Sprint(severity, i), severity, i, i)
				moment.Moment = true
				l.Take(moment)
				if !atOnce {
					l.publish()
				}
			}
			l.publish()
			n := l.TakeNews()
			if n.Count != test.count || (n.Worst == nil) != (test.count == 0) || n.Worst != nil && n.Worst.Type != test.worst {
				t.Errorf("of %v, at once: %v, the news are %+v, want %q of %d", test.came, atOnce, n, test.worst, test.count)
			}
			l.Take(told("Pull", Critical, 7, 0))
			l.publish()
			l.Clear()
			l.publish()
			if n := l.TakeNews(); n != (News{}) {
				t.Errorf("of another cluster is told %+v", n)
			}
		}
	}
}

// A signal is found by what it is, whatever came of it since.
func TestWhatIsShownIsFoundWhileOthersCome(t *testing.T) {
	l := NewList(ListOptions{Changed: func() {}})
	take := func(all ...*Signal) {
		for _, s := range all {
			l.Take(s)
		}
		l.publish()
	}
	crash := told("CrashLoop", Critical, 5, 0)
	take(crash, told("Stuck", Warning, 4, 0))
	var during []string
	l.opts.Muted = func(*Signal) Muting { // it is asked while the list is made
		i, ok := l.Find(IDOf(crash))
		s, known := l.Get(IDOf(crash))
		during = append(during, fmt.Sprint(i, ok, known && s == crash))
		return NotMuted
	}
	take(told("CrashLoop", Critical, 5, 9), told("Pull", Critical, 7, 0))
	for _, found := range during {
		if found != "0 true true" {
			t.Errorf("while the list is made it is found as %q", found)
		}
	}
	if i, ok := l.Find(IDOf(crash)); !ok || i != 2 {
		t.Errorf("then it is at %d, %v", i, ok)
	}
	if s, ok := l.Get(IDOf(crash)); !ok || s.IsOpen() {
		t.Errorf("then it is %+v, %v", s, ok)
	}
	if _, ok := l.Get(ID{}); ok || len(during) == 0 {
		t.Error("what there is not is found")
	}
}

func TestTooMuchIsGivenUpAndCounted(t *testing.T) {
	s := newScreen(t)
	for i := range most + 10 {
		signal := told(fmt.Sprint("Moment", i), Info, 0, 0)
		signal.Opened = at(0).Add(time.Duration(i) * time.Second)
		signal.Resolved = signal.Opened
		s.Take(signal)
	}
	open := told("Open", Info, -1, 0)
	s.Take(open)
	s.Show(model.ParseFilter("Open"), false, nil)
	if w := s.await("Open"); w.Counts.Over != most-1 || w.Counts.Lost != 11 {
		t.Errorf("counted %+v", w.Counts)
	}
}

func mutedIf(is bool) Muting {
	if is {
		return MutedItself
	}
	return NotMuted
}

// What nobody judges any more ends as unknown, in the order in which it came; what is told from then on is no news until all is judged again.
func TestWhatIsNotJudgedAnyMoreEnds(t *testing.T) {
	s := newScreen(t)
	s.Take(told("Open", Critical, 1, 0))
	s.Take(told("Over", Warning, 1, 2))
	s.SetReady()
	s.EndAll(at(5))
	s.Take(told("Anew", Critical, 6, 0))
	w := s.await("Anew", "Open", "Over")
	if open, over := w.Signals[1], w.Signals[2]; !open.Unknown || !open.Resolved.Equal(at(5)) || over.Unknown || !over.Resolved.Equal(at(2)) {
		t.Errorf("they are %+v and %+v", open, over)
	}
	if w.Counts.Ready || w.Counts.Open[Critical] != 1 || s.TakeNews().Count != 0 {
		t.Errorf("it tells %+v, and news", w.Counts)
	}
}
