package brokers

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/dogwatch/dogwatch/stream"
	"github.com/dogwatch/dogwatch/stream/brokers"
)

// objects is how many objects the messages are of.
const objects = 7

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// newRoad makes a road that leaks, unless leaky is nil.
func newRoad(t *testing.T, leaky *leaky) *Road {
	if leaky == nil {
		return NewRoad(t, nil)
	}
	return NewRoad(t, leaky.wrap)
}

// sinkTo opens a sink.
func sinkTo(t *testing.T, to string, opts brokers.Options) stream.Sink {
	t.Helper()
	a, err := brokers.ParseAddress(to)
	if err != nil {
		t.Fatal(err)
	}
	if opts.Format == nil {
		opts.Format = stream.JSON()
	}
	sink, err := brokers.Open(a, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := sink.Close(); err != nil {
			t.Error(err)
		}
	})
	return sink
}

// message makes the nth message, of one of the objects.
func message(n int) stream.Message {
	of := strconv.Itoa(n % objects)
	return stream.Message{
		ID: strconv.Itoa(n), Key: "uid-" + of, Type: "change.updated", Resource: "deployments.apps", Namespace: "shop", Name: of,
		Body: fmt.Appendf(nil, `{"id":"%d"}`, n),
	}
}

// delivery is a sender at work.
type delivery struct {
	*testing.T
	queue  *stream.Memory
	sender *stream.Sender
	done   chan error
	put    int // how many messages were put in
}

// deliver begins to send. The rest is for the test's goroutine.
func deliver(t *testing.T, to stream.Sink) *delivery {
	t.Helper()
	d := &delivery{T: t, queue: stream.NewMemory(64 << 20), done: make(chan error, 1)}
	d.sender = stream.NewSender(d.queue, to, stream.SenderOptions{Batch: 20, FirstWait: time.Millisecond, LongestWait: 20 * time.Millisecond})
	go func() { d.done <- d.sender.Run(t.Context()) }()
	return d
}

// give gives it more messages.
func (d *delivery) give(n int) {
	d.Helper()
	for range n {
		if err := d.queue.Put(d.Context(), message(d.put)); err != nil {
			d.Fatal(err)
		}
		d.put++
	}
}

// end waits until all is delivered.
func (d *delivery) end() {
	d.Helper()
	d.queue.Seal()
	select {
	case err := <-d.done:
		if err != nil {
			d.Fatal(err)
		}
	case <-time.After(patience):
		d.Fatalf("waited in vain for the end: %+v, %v", d.sender.Progress(), d.sender.Failing())
	}
}

func (d *delivery) eventually(what string, holds func(p stream.Progress) bool) {
	d.Helper()
	look := time.NewTicker(time.Millisecond)
	defer look.Stop()
	late := time.After(patience)
	for !holds(d.sender.Progress()) {
		select {
		case <-look.C:
		case <-late:
			d.Fatalf("waited in vain for %s: %+v, %v", what, d.sender.Progress(), d.sender.Failing())
		}
	}
}

// received is a message as a broker has it.
type received struct{ id, key string }

// check finds what is missing, what is there twice though it was to be left out, and what is out of its object's order.
func (d *delivery) check(got []received) {
	d.Helper()
	seen, last := map[string]bool{}, map[string]int{}
	for _, m := range got {
		if seen[m.id] {
			d.Errorf("%s came twice", m.id)
			continue
		}
		seen[m.id] = true
		n, err := strconv.Atoi(m.id)
		if err != nil {
			d.Fatal(err)
		}
		if before, ok := last[m.key]; ok && n != before+objects {
			d.Errorf("%d follows %d", n, before)
		}
		last[m.key] = n
	}
	if len(seen) != d.put {
		d.Errorf("%d came of %d", len(seen), d.put)
	}
}

// leaky breaks connections, each after so many bytes as chance has it, until it is mended.
type leaky struct {
	mu     sync.Mutex
	random *rand.Rand
	most   int
	broken int
	mended bool
}

func newLeaky(seed uint64, most int) *leaky {
	return &leaky{random: rand.New(rand.NewPCG(seed, seed)), most: most}
}

func (l *leaky) mend() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.mended = true
}

func (l *leaky) breaks() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.broken
}

// wrap makes a connection leaky.
func (l *leaky) wrap(conn net.Conn) net.Conn {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.mended {
		return conn
	}
	return &leak{Conn: conn, of: l, in: l.random.IntN(l.most), out: l.random.IntN(l.most)}
}

// leak is a connection that breaks after so many bytes, in the midst of them.
type leak struct {
	net.Conn
	of      *leaky
	in, out int // used by who reads and by who writes
	once    sync.Once
}

var errLeak = errors.New("the connection is cut")

func (c *leak) cut() error {
	c.once.Do(func() {
		c.of.mu.Lock()
		c.of.broken++
		c.of.mu.Unlock()
		_ = c.Close()
	})
	return errLeak
}

func (c *leak) Read(p []byte) (int, error) {
	if c.in <= 0 {
		return 0, c.cut()
	}
	n, err := c.Conn.Read(p[:min(len(p), c.in)])
	c.in -= n
	return n, err
}

func (c *leak) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p[:min(len(p), c.out)])
	if c.out -= n; err == nil && n < len(p) {
		err = c.cut()
	}
	return n, err
}
