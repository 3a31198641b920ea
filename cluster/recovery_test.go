package cluster

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/dogwatch/dogwatch/replay/apiserver"
)

// After an outage discovery does not wait for its own next try, which may be half a minute away: it is enough that a watch has an answer.
func TestCatalogAsksAsSoonAsTheServerAnswersOthers(t *testing.T) {
	runCatalog(t, func(t *testing.T, server *scripted, c *Catalog) {
		server.set(func(f *fakeServer) { f.errs["/api"] = errors.New("broken") })
		c.Refresh()
		for pass(5 * time.Minute); time.Until(c.Snapshot().NextTry) < 5*time.Second; pass(time.Second) {
		}
		server.set(func(f *fakeServer) {
			delete(f.errs, "/api")
			f.docs["/apis"] = aggregatedDoc(group("example.com", "v1 foos=Foo"))
		})
		c.types.recovery.answered()
		pass(refreshGap)
		if s := c.Snapshot(); s.Err != nil || len(s.Resources) != 2 {
			t.Errorf("after a second: %v, error %v", names(s.Resources), s.Err)
		}
	})
}

// A server that answers watches and not discovery is not asked all the time.
func TestAnswersToOthersDoNotEndTheBackOff(t *testing.T) {
	runCatalog(t, func(t *testing.T, server *scripted, c *Catalog) {
		server.set(func(f *fakeServer) { f.errs["/api"] = errors.New("broken") })
		c.Refresh()
		pass(2 * time.Second)
		server.asks()
		for range 6000 {
			c.types.recovery.answered()
			pass(100 * time.Millisecond)
		}
		if n := server.asks(); n < 30 || n > 90 {
			t.Errorf("asked %d times in ten minutes", n)
		}
	})
}

// A server's Retry-After counts more than that it has answered others.
func TestRecoveryObeysRetryAfter(t *testing.T) {
	runCatalog(t, func(t *testing.T, server *scripted, c *Catalog) {
		server.set(func(f *fakeServer) { f.errs["/api"] = &statusOfRetry{90} })
		c.Refresh()
		pass(2 * time.Second)
		server.asks()
		c.types.recovery.answered()
		pass(80 * time.Second)
		if n := server.asks(); n != 0 {
			t.Errorf("asked %d times though told to wait", n)
		}
	})
}

func TestPersistingEndsWithTheOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r recovery
		var asks atomic.Int64
		var isBack atomic.Bool
		done := make(chan error, 1)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go func() {
			done <- r.persist(ctx, isRefusal, func() error {
				asks.Add(1)
				if isBack.Load() {
					return nil
				}
				return errors.New("unreachable")
			})
		}()
		pass(5 * time.Minute)
		if n := asks.Swap(0); n < 10 || n > 16 {
			t.Errorf("asked %d times in 5 minutes", n)
		}
		for range 10 { // too early, and what is told in the same moment counts once
			r.answered()
			synctest.Wait()
		}
		if n := asks.Load(); n != 1 {
			t.Errorf("asked %d times when the server had answered", n)
		}
		pass(recoveryGap + lastRetry)
		isBack.Store(true)
		r.answered()
		synctest.Wait()
		select {
		case err := <-done:
			if err != nil {
				t.Error(err)
			}
		default:
			t.Error("it goes on waiting")
		}
	})
}

func TestPersistingEndsWithAnAnswer(t *testing.T) {
	t.Parallel()
	denied := &scriptedStatus{metav1.Status{Code: 403, Reason: metav1.StatusReasonForbidden}}
	unwell := &scriptedStatus{metav1.Status{Code: 500, Reason: metav1.StatusReasonInternalError}}
	for _, c := range []struct {
		isAnswer func(error) bool
		err      error
		want     bool
	}{
		{isRefusal, denied, true},
		{isRefusal, unwell, false},
		{isRefusal, &statusOfRetry{1}, false},
		{isRefusal, errors.New("cut"), false},
		{isStatus, denied, true},
		{isStatus, unwell, true},
		{isStatus, &statusOfRetry{1}, false},
		{isStatus, errors.New("cut"), false},
	} {
		if got := c.isAnswer(c.err); got != c.want {
			t.Errorf("%v: %v", c.err, got)
		}
	}
	var r recovery
	if err := r.persist(t.Context(), isRefusal, func() error { return denied }); !errors.Is(err, denied) {
		t.Errorf("%v", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := r.persist(ended, isRefusal, func() error { return unwell }); !errors.Is(err, unwell) {
		t.Errorf("%v", err)
	}
}

type scriptedStatus struct{ status metav1.Status }

func (e *scriptedStatus) Error() string { return string(e.status.Reason) }

func (e *scriptedStatus) Status() metav1.Status { return e.status }

// What a watch is answered tells that the server is there; what discovery is answered does not, or half of it that fails would be asked
// for again and again.
func TestAnswersToWatchesTellOfRecovery(t *testing.T) {
	t.Parallel()
	_, c := startServer(t, apiserver.Options{})
	eventually(t, "the types are watched", c.Catalog().types.watching)
	r := &c.Catalog().types.recovery
	over, stop := r.await()
	defer stop()
	if _, err := c.getDocument(t.Context(), "/api", acceptJSON); err != nil {
		t.Fatal(err)
	}
	if !r.waiting.Load() {
		t.Error("discovery told itself")
	}
	resp, err := c.Get(t.Context(), "/api/v1/pods", nil, acceptJSON)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	select {
	case <-over: // Get has told before it returns
	default:
		t.Error("nobody was told")
	}
}
