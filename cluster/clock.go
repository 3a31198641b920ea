package cluster

import (
	"net/http"
	"sync"
	"time"
)

// serverClock estimates the server's clock from the Date of its answers. A
// Date has whole seconds and arrives late, so each answer only says between
// which bounds the difference of the clocks lies; the bounds of many answers
// together come close to it.
type serverClock struct {
	mu sync.Mutex
	// The server's clock is ahead of ours by at least low, at most high.
	low, high time.Duration
	known     bool
}

// observe learns from an answer with this Date, to a request sent at sent
// whose header had arrived at received.
func (c *serverClock) observe(date, sent, received time.Time) {
	// The server read its clock, somewhere in [date, date+1s), between sent and received.
	low, high := date.Sub(received), date.Add(time.Second).Sub(sent)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.known {
		low, high = max(low, c.low), min(high, c.high)
	}
	if low > high {
		// One of the clocks was set or drifted: only the newest answer counts.
		low, high = date.Sub(received), date.Add(time.Second).Sub(sent)
	}
	c.low, c.high, c.known = low, high, true
}

// offset is what to add to our clock. It is zero while the clocks may agree,
// so that a right clock shows no correction.
func (c *serverClock) offset() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.known || c.low <= 0 && c.high >= 0 {
		return 0
	}
	return c.low + (c.high-c.low)/2
}

// clockTransport shows the Date of every answer to a serverClock.
type clockTransport struct {
	next  http.RoundTripper
	clock *serverClock
}

func (t *clockTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	sent := time.Now()
	resp, err := t.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	if date, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
		t.clock.observe(date, sent, time.Now())
	}
	return resp, nil
}

// WrappedRoundTripper lets client-go find the connections below.
func (t *clockTransport) WrappedRoundTripper() http.RoundTripper { return t.next }
