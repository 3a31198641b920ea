package informers

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	clocktesting "k8s.io/utils/clock/testing"

	"github.com/dogwatch/dogwatch/replay/apiserver/sample"
)

// flock is how many watches lose their server at once.
const flock = 300

// cutServer is a server that answers each watch with an empty list and silence, is cut off, and comes back, by a clock that
// the test moves.
type cutServer struct {
	*testing.T
	clock   *clocktesting.FakeClock
	manager *Manager
	leases  []*Lease

	mu    sync.Mutex
	down  bool
	open  []*io.PipeWriter
	asked []timedRequest
}

// timedRequest is one request by the test's clock.
type timedRequest struct {
	at    time.Time
	who   string
	watch bool
}

func newCutServer(t *testing.T) *cutServer {
	c := &cutServer{T: t, clock: clocktesting.NewFakeClock(time.Unix(1_000_000, 0))}
	c.manager = NewManager(context.Background(), Options{Clock: c.clock})
	c.manager.AddCluster("test", c, newCatalog(sample.Types()...))
	t.Cleanup(func() {
		if err := c.manager.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	for i := range flock {
		lease, err := c.manager.Add(Identity{Cluster: "test", GVR: gauges, Namespace: fmt.Sprintf("n%d", i)})
		if err != nil {
			t.Fatal(err)
		}
		c.leases = append(c.leases, lease)
	}
	c.all("live", func(s State) bool { return s.Phase == Live })
	return c
}

// Get implements Getter.
func (c *cutServer) Get(ctx context.Context, path string, query url.Values, _ string) (*Response, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	isWatch := query.Get("watch") == "true"
	c.asked = append(c.asked, timedRequest{c.clock.Now(), path, isWatch})
	header := http.Header{"Content-Type": {"application/json"}}
	switch {
	case c.down:
		return nil, &net.OpError{Op: "dial", Net: "tcp", Addr: &net.TCPAddr{}, Err: syscall.ECONNREFUSED}
	case !isWatch:
		return &Response{Body: io.NopCloser(strings.NewReader(`{"metadata":{"resourceVersion":"9"}}`)), Header: header}, nil
	}
	r, w := io.Pipe()
	context.AfterFunc(ctx, func() { w.CloseWithError(ctx.Err()) })
	c.open = append(c.open, w)
	if query.Has("sendInitialEvents") {
		go func() { _, _ = io.WriteString(w, bookmarkAt("9", true)) }()
	}
	return &Response{Body: r, Header: header}, nil
}

// cut ends all streams, and refuses what comes while down.
func (c *cutServer) cut(down bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.down, c.asked = down, nil
	for _, w := range c.open {
		w.CloseWithError(io.ErrUnexpectedEOF)
	}
	c.open = nil
}

// restore lets the server answer again.
func (c *cutServer) restore() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.down, c.asked = false, nil
}

// all waits until all watches are in a state.
func (c *cutServer) all(what string, good func(State) bool) {
	c.Helper()
	w := &world{T: c.T}
	w.eventually("all watches to be "+what, func() bool {
		for _, l := range c.leases {
			if !good(l.Watch().State()) {
				return false
			}
		}
		return true
	})
}

// pass moves the clock, and each time waits until nobody has anything more to do by then.
func (c *cutServer) pass(d, step time.Duration) {
	c.Helper()
	for end := c.clock.Now().Add(d); c.clock.Now().Before(end); {
		c.clock.Step(step)
		c.rest()
	}
}

// rest waits until each watch is live or waits for its next try: by then it has told of it and set its timer. One more timer
// is that of guard.
func (c *cutServer) rest() {
	c.Helper()
	w := &world{T: c.T}
	w.eventually("all watches to be at rest", func() bool {
		now, waiting := c.clock.Now(), 0
		for _, l := range c.leases {
			switch s := l.Watch().State(); {
			case s.Phase == Retrying && s.NextTry.After(now):
				waiting++
			case s.Phase != Live:
				return false
			}
		}
		return c.clock.Waiters() == waiting+1
	})
}

// watches counts the requests to watch, each watch's, and the most within a span of time.
func (c *cutServer) watches(span time.Duration) (each map[string]int, most int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	each, spans := map[string]int{}, map[int64]int{}
	for _, r := range c.asked {
		if !r.watch {
			continue
		}
		each[r.who]++
		at := r.at.UnixNano() / int64(span)
		spans[at]++
		most = max(most, spans[at])
	}
	return each, most
}

// requests counts each watch's requests of any kind.
func (c *cutServer) requests() map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	each := map[string]int{}
	for _, r := range c.asked {
		each[r.who]++
	}
	return each
}

// An outage is not made worse: each watch asks at most 25 times in 5 minutes, at waits of at least 0.5, 1, 2, 4, 8 and
// then 15 s, and hundreds of watches do not come back in one burst.
func TestOutageIsNotMadeWorse(t *testing.T) {
	c := newCutServer(t)
	c.cut(true)
	c.all("retrying", func(s State) bool { return s.Phase == Retrying })
	c.rest()
	c.pass(5*time.Minute, 250*time.Millisecond)
	total := 0
	for who, n := range c.requests() {
		total += n
		if n < 10 || n > 25 {
			t.Errorf("the watch of %s asked %d times", who, n)
		}
	}
	t.Logf("%d watches asked %d times in 5 minutes", flock, total)

	c.restore()
	c.pass(31*time.Second, 250*time.Millisecond)
	c.all("live", func(s State) bool { return s.Phase == Live })
	each, most := c.watches(time.Second)
	if len(each) != flock {
		t.Errorf("%d watches came back", len(each))
	}
	if most > flock/6 {
		t.Errorf("%d of %d watches came back within one second", most, flock)
	}
	t.Logf("at most %d of %d watches came back within one second", most, flock)
}

// Watches that broke together come back soon, but no more than about a hundred a second.
func TestBrokenWatchesComeBackSpread(t *testing.T) {
	c := newCutServer(t)
	c.pass(2*time.Second, time.Second) // what breaks at once has failed
	c.cut(false)
	c.all("retrying", func(s State) bool { return s.Phase == Retrying })
	c.rest()
	c.pass(3100*time.Millisecond, 50*time.Millisecond)
	c.all("live", func(s State) bool { return s.Phase == Live })
	each, most := c.watches(100 * time.Millisecond)
	if len(each) != flock {
		t.Errorf("%d watches came back", len(each))
	}
	if most > flock/10 {
		t.Errorf("%d of %d watches came back within 100 ms", most, flock)
	}
	t.Logf("at most %d of %d watches came back within 100 ms", most, flock)
}
