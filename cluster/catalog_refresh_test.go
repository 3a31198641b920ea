package cluster

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// scripted is a server whose discovery is what a function says.
type scripted struct {
	fakeServer
	// times are when it was asked.
	times []time.Time
}

func (s *scripted) getDocument(ctx context.Context, path, accept string) (document, error) {
	if path == "/api" {
		s.mu.Lock()
		s.times = append(s.times, time.Now())
		s.mu.Unlock()
	}
	return s.fakeServer.getDocument(ctx, path, accept)
}

func (s *scripted) set(change func(f *fakeServer)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.fakeServer)
}

// asks returns how often the server was asked since the last call.
func (s *scripted) asks() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := len(s.times)
	s.times = nil
	return n
}

// runCatalog runs a catalog's refresh loop under synctest's clock.
func runCatalog(t *testing.T, test func(t *testing.T, server *scripted, c *Catalog)) {
	synctest.Test(t, func(t *testing.T) {
		server := &scripted{fakeServer: fakeServer{errs: map[string]error{}, docs: map[string]document{
			"/api": aggregatedDoc(group("", "v1 pods=Pod")), "/apis": aggregatedDoc(),
		}}}
		c := newCatalog(server, &typeWatcher{woken: make(chan struct{}, 1), changes: make(map[definition]change)})
		c.Hurry()
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			c.refreshLoop(ctx)
		}()
		synctest.Wait()
		test(t, server, c)
		cancel()
		<-done
	})
}

// pass lets time pass, and the loop do what is due.
func pass(d time.Duration) {
	time.Sleep(d) // synctest's clock: no real time passes
	synctest.Wait()
}

// happened reports a change as an informer would.
func happened(c *Catalog, d definition, what change) {
	c.types.mu.Lock()
	c.types.changes[d] = what
	c.types.mu.Unlock()
	wake(c.types.woken)
	synctest.Wait()
}

var foos = definition{definitions, "foos.example.com"}

func TestCatalogIsQuietWhenNothingChanges(t *testing.T) {
	runCatalog(t, func(t *testing.T, server *scripted, c *Catalog) {
		if s := c.Snapshot(); server.asks() != 1 || len(s.Resources) != 1 || s.Err != nil {
			t.Fatalf("snapshot = %+v", s)
		}
		pass(7 * 24 * time.Hour)
		if n := server.asks(); n != 0 {
			t.Errorf("asked %d times in a week", n)
		}
	})
}

// A server behind an APIService may serve other types without a change that is heard of: who looks through them finds it.
func TestCatalogAsksWhenSomebodyLooks(t *testing.T) {
	runCatalog(t, func(t *testing.T, server *scripted, c *Catalog) {
		c.Look()
		pass(fresh)
		server.asks()
		if c.Look(); server.asks() != 0 {
			t.Error("asked for what is known since a minute")
		}
		pass(time.Second)
		server.set(func(f *fakeServer) { f.docs["/api"] = aggregatedDoc(group("", "v1 nodes=Node")) })
		for range 3 { // as a picker does, when it hears of the answer too
			c.Look()
			pass(time.Second)
		}
		if n := server.asks(); n != 1 {
			t.Errorf("asked %d times", n)
		}
		if s := c.Snapshot(); len(s.Resources) != 1 || s.Resources[0].Kind != "Node" {
			t.Errorf("the types are %v", names(s.Resources))
		}
	})
}

// What was removed after discovery was asked and before the watch began is in no event: so it is asked once more, and then left in peace.
func TestCatalogAsksOnceMoreWhenChangesAreWatched(t *testing.T) {
	runCatalog(t, func(t *testing.T, server *scripted, c *Catalog) {
		c.types.unwatched.Store(1)
		c.Refresh()
		pass(2 * time.Second)
		server.asks()
		server.set(func(f *fakeServer) { f.docs["/api"] = aggregatedDoc(group("", "v1 nodes=Node")) })
		c.types.begun.Add(1)
		c.types.unwatched.Store(0)
		wake(c.types.woken)
		pass(refreshGap)
		if n := server.asks(); n != 1 {
			t.Errorf("asked %d times when all changes were heard of", n)
		}
		if s := c.Snapshot(); len(s.Resources) != 1 || s.Resources[0].Kind != "Node" {
			t.Errorf("the types are %v", names(s.Resources))
		}
		c.types.begun.Add(1) // one was refused and began again, before anybody looked
		wake(c.types.woken)
		pass(refreshGap)
		if n := server.asks(); n != 1 {
			t.Errorf("asked %d times when a watch had begun again", n)
		}
		wake(c.types.woken)
		pass(24 * time.Hour)
		if n := server.asks(); n != 0 {
			t.Errorf("asked %d times in a day", n)
		}
	})
}

func TestCatalogAsksSlowlyWhereItCannotWatch(t *testing.T) {
	runCatalog(t, func(t *testing.T, server *scripted, c *Catalog) {
		c.types.unwatched.Store(1)
		c.Refresh()
		pass(2 * time.Second)
		server.asks()
		pass(10 * time.Minute)
		if n := server.asks(); n < 7 || n > 10 {
			t.Errorf("asked %d times in 10 minutes", n)
		}
	})
}

// Programs that lost a server together do not ask it again together.
func TestFailedRefreshesAreSpread(t *testing.T) {
	now, dues := time.Unix(1_000_000, 0), map[time.Time]bool{}
	for range 100 {
		var s refreshSchedule
		s.failed(now, errors.New("broken"))
		if wait := s.due.Sub(now); wait < firstRetry || wait > firstRetry*6/5 {
			t.Errorf("waits %v", wait)
		}
		dues[s.due] = true
	}
	if len(dues) < 50 {
		t.Errorf("%d moments for 100 programs", len(dues))
	}
}

func TestCatalogRetriesWithBackOff(t *testing.T) {
	runCatalog(t, func(t *testing.T, server *scripted, c *Catalog) {
		broken := errors.New("broken")
		server.set(func(f *fakeServer) { f.errs["/api"] = broken })
		c.Refresh()
		pass(1500 * time.Millisecond)
		s := c.Snapshot()
		if !errors.Is(s.Err, broken) || len(s.Resources) != 1 || s.NextTry.Before(time.Now()) {
			t.Fatalf("snapshot = %+v", s)
		}
		server.asks()
		pass(time.Minute)
		if n := server.asks(); n < 4 || n > 7 {
			t.Errorf("asked %d times in the first minute", n)
		}
		pass(10 * time.Minute)
		if n := server.asks(); n < 15 || n > 21 {
			t.Errorf("asked %d times in ten minutes", n)
		}
		server.set(func(f *fakeServer) { delete(f.errs, "/api") })
		pass(40 * time.Second)
		if s := c.Snapshot(); s.Err != nil {
			t.Errorf("still failing: %v", s.Err)
		}
	})
}

func TestCatalogObeysRetryAfter(t *testing.T) {
	runCatalog(t, func(t *testing.T, server *scripted, c *Catalog) {
		server.set(func(f *fakeServer) {
			f.errs["/api"] = &statusOfRetry{90}
		})
		c.Refresh()
		pass(2 * time.Second)
		server.asks()
		for range 8 {
			c.Refresh()
			pass(10 * time.Second)
		}
		if n := server.asks(); n != 0 {
			t.Errorf("asked %d times though told to wait", n)
		}
		pass(20 * time.Second)
		if n := server.asks(); n == 0 {
			t.Error("never asked again")
		}
	})
}

// statusOfRetry is an answer that asks to wait.
type statusOfRetry struct{ seconds int32 }

func (e *statusOfRetry) Error() string { return "busy" }

func (e *statusOfRetry) Status() metav1.Status {
	return metav1.Status{Code: 429, Reason: metav1.StatusReasonTooManyRequests, Details: &metav1.StatusDetails{RetryAfterSeconds: e.seconds}}
}

func TestCatalogShowsANewTypeOnceDiscoveryHasIt(t *testing.T) {
	runCatalog(t, func(t *testing.T, server *scripted, c *Catalog) {
		server.asks()
		happened(c, foos, added)
		pass(3 * time.Second)
		if n := server.asks(); n < 2 || n > 4 {
			t.Errorf("asked %d times while discovery lags", n)
		}
		server.set(func(f *fakeServer) { f.docs["/apis"] = aggregatedDoc(group("example.com", "v1 foos=Foo")) })
		pass(8 * time.Second)
		if s := c.Snapshot(); len(s.Resources) != 2 {
			t.Errorf("resources = %v", names(s.Resources))
		}
		server.asks()
		pass(time.Minute)
		if n := server.asks(); n != 0 {
			t.Errorf("asked %d times after the type was there", n)
		}
	})
}

func TestCatalogGivesUpOnATypeThatNeverShows(t *testing.T) {
	runCatalog(t, func(t *testing.T, server *scripted, c *Catalog) {
		happened(c, foos, added)
		pass(30 * time.Second)
		server.asks()
		pass(5 * time.Minute)
		if n := server.asks(); n != 0 {
			t.Errorf("asked %d times", n)
		}
	})
}

func TestCatalogTakesABurstOfChangesTogether(t *testing.T) {
	runCatalog(t, func(t *testing.T, server *scripted, c *Catalog) {
		server.set(func(f *fakeServer) { f.docs["/apis"] = aggregatedDoc(group("example.com", "v1 foos=Foo")) })
		server.asks()
		for range 30 {
			happened(c, foos, added)
			pass(100 * time.Millisecond)
		}
		pass(time.Second)
		if n := server.asks(); n < 1 || n > 3 {
			t.Errorf("asked %d times for 30 changes in 3 s", n)
		}
	})
}

func TestCatalogNoticesARemovedType(t *testing.T) {
	runCatalog(t, func(t *testing.T, server *scripted, c *Catalog) {
		server.set(func(f *fakeServer) { f.docs["/apis"] = aggregatedDoc(group("example.com", "v1 foos=Foo")) })
		c.Refresh()
		pass(2 * time.Second)
		generation := c.Snapshot().Generation
		server.set(func(f *fakeServer) { f.docs["/apis"] = aggregatedDoc() })
		happened(c, foos, removed)
		pass(time.Second)
		if s := c.Snapshot(); len(s.Resources) != 1 || s.Generation != generation+1 {
			t.Errorf("resources = %v", names(s.Resources))
		}
	})
}

func TestManyRefreshesAreOne(t *testing.T) {
	runCatalog(t, func(t *testing.T, server *scripted, c *Catalog) {
		server.asks()
		for range 100 {
			c.Refresh()
			pass(10 * time.Millisecond)
		}
		pass(time.Second)
		if n := server.asks(); n < 1 || n > 3 {
			t.Errorf("asked %d times in two seconds", n)
		}
	})
}

func TestAwait(t *testing.T) {
	runCatalog(t, func(t *testing.T, server *scripted, c *Catalog) {
		server.set(func(f *fakeServer) { f.docs["/apis"] = aggregatedDoc(group("example.com", "v1 foos=Foo")) })
		happened(c, foos, added)
		s, err := c.Await(t.Context(), func(s *Snapshot) bool { return len(s.Resources) == 2 })
		if err != nil || len(s.Resources) != 2 {
			t.Errorf("Await = %v, %v", s, err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if s, err := c.Await(ctx, func(*Snapshot) bool { return false }); !errors.Is(err, context.DeadlineExceeded) || s == nil {
			t.Errorf("Await = %v, %v", s, err)
		}
	})
}
