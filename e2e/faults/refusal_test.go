package faults

import (
	"context"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/dogwatch/dogwatch/informers"
)

// TestWatchThatCannotBeResumedIsListedAnew lets a server forget the resource version that a watch is to go on from: at the
// request, or in the stream.
func TestWatchThatCannotBeResumedIsListedAnew(t *testing.T) {
	gone := `{"type":"ERROR","object":{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure",` +
		`"message":"too old resource version","reason":"Expired","code":410}}` + "\n"
	for name, fault := range map[string]Fault{
		"410":               {Status: http.StatusGone, Reason: metav1.StatusReasonExpired},
		"410 in the stream": {Event: func([]byte) [][]byte { return [][]byte{[]byte(gone)} }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			d := w.watch()
			stopChurn := w.churn(3)
			w.proxy.SetFault(w.onObjects(func(r *http.Request) *Fault {
				if query := r.URL.Query(); query.Has("watch") && !query.Has("sendInitialEvents") {
					return &fault
				}
				return nil
			}))
			began := time.Now()
			w.proxy.EndStreams()
			told := d.Await(configMaps, began, "listing anew", func(s informers.State) bool {
				return s.Phase == informers.Listing && strings.Contains(s.Reason, "could not be resumed")
			})
			live := d.AwaitPhase(configMaps, told.At, informers.Live)
			d.soon(w.lastAsked(began, told.At), told)
			w.proxy.SetFault(nil)
			stopChurn()
			w.oracle.Converge(t, d, live.At)
			t.Logf("listed anew after %v, live after %v", told.At.Sub(began).Round(time.Millisecond), live.At.Sub(began).Round(time.Millisecond))
		})
	}
}

// TestRetryAfterIsObeyed counts the requests of the watch while the server asks to wait. Rejections by API priority and
// fairness are plain text.
func TestRetryAfterIsObeyed(t *testing.T) {
	const wait = 4 * time.Second
	for name, fault := range map[string]Fault{
		"429": {Status: http.StatusTooManyRequests, Reason: metav1.StatusReasonTooManyRequests, RetryAfter: wait},
		"priority and fairness": {
			Status: http.StatusTooManyRequests, RetryAfter: wait, Text: "Too many requests, please try again later.\n",
			Header: http.Header{"X-Kubernetes-Pf-Flowschema-Uid": {"0a"}, "X-Kubernetes-Pf-Prioritylevel-Uid": {"0b"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			d := w.watch()
			stopChurn := w.churn(4)
			w.proxy.SetFault(w.every(fault))
			began := time.Now()
			w.proxy.EndStreams()
			asked := d.Await(configMaps, began, "told to wait", func(s informers.State) bool {
				return s.Phase == informers.Retrying && s.NextTry.Sub(s.Since) >= wait-time.Second && s.Err != nil
			})
			w.eventually("another try", func() bool { return w.asked(asked.At) >= 1 })
			w.failuresSoon(d, began)
			again := w.proxy.Requests(asked.At)
			for _, r := range again {
				if strings.Contains(r.Path, w.namespace) && r.At.Sub(asked.At) < wait {
					t.Errorf("asked again after %v, though told to wait for %v", r.At.Sub(asked.At), wait)
				}
			}
			w.proxy.SetFault(nil)
			ended := time.Now()
			stopChurn()
			w.oracle.Converge(t, d, ended)
		})
	}
}

// TestStreamThatGoesStillIsNoticed keeps back all answers, those under way too, on a connection that lives: a load balancer
// answers pings while what is behind it is dead. Bookmarks are what tells of it, and they are a minute apart.
func TestStreamThatGoesStillIsNoticed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	still := make(chan struct{})
	var on atomic.Bool
	w.proxy.SetFault(w.onObjects(func(*http.Request) *Fault {
		return &Fault{Event: func(line []byte) [][]byte {
			if on.Load() {
				<-still
			}
			return [][]byte{line}
		}}
	}))
	d := w.watch(func(o *Options) { o.Watching.StaleAfter = 3 * time.Second })
	stopChurn := w.churn(5)
	began := time.Now()
	on.Store(true)
	told := d.AwaitPhase(configMaps, began, informers.Stale)
	w.eventually("the watch to be asked for again", func() bool { return w.asked(told.At) >= 1 })
	on.Store(false)
	close(still)
	ended := time.Now()
	stopChurn()
	took := w.oracle.Converge(t, d, ended)
	t.Logf("stale after %v, true again after %v", told.At.Sub(began).Round(time.Millisecond), took.Round(time.Millisecond))
}

// TestStallLosesNothing keeps back all bytes for a while, and lets them flow again.
func TestStallLosesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.watch()
	stopChurn := w.churn(6)
	w.proxy.hold(true)
	pause(t, stallTime())
	w.proxy.hold(false)
	ended := time.Now()
	stopChurn()
	took := w.oracle.Converge(t, d, ended)
	t.Logf("stalled for %v, true again after %v", stallTime(), took.Round(time.Millisecond))
}

// TestStallIsToldAndDated keeps all bytes back for longer than it takes to give a connection up, by pings ten times as fast as usual: for
// what a minute is by usual ones. What is shown is true at each moment: the present until it can be known that it is none, and from then on
// rows with their date.
func TestStallIsToldAndDated(t *testing.T) { // not parallel: the environment is everybody's
	t.Setenv("HTTP2_READ_IDLE_TIMEOUT_SECONDS", "1")
	t.Setenv("HTTP2_PING_TIMEOUT_SECONDS", "1")
	w := newWorld(t)
	d := w.watch()
	stopChurn := w.churn(8)
	w.proxy.hold(true)
	began := time.Now()
	told := d.first(configMaps, began)
	d.soon(began.Add(2*time.Second), told)
	if told.Phase != informers.Retrying {
		t.Errorf("it is told as %s", told)
	}
	pause(t, 6*time.Second-time.Since(began))
	ended := time.Now()
	w.neverLive(d, told.At, ended)
	d.dated(configMaps, began, began)
	w.proxy.hold(false)
	stopChurn()
	took := w.oracle.Converge(t, d, ended)
	t.Logf("told of after %v, true again after %v", told.At.Sub(began).Round(time.Millisecond), took.Round(time.Millisecond))
}

// TestSlowLinkStaysTrue lets changes come in at 1 kB/s, and then a list: the one is late and live, the other shows dated rows until it is
// complete.
func TestSlowLinkStaysTrue(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.watch()
	w.proxy.throttle(1000)
	began := time.Now()
	for i := range 3 {
		if err := w.change(t.Context(), i, "slow"); err != nil {
			t.Fatal(err)
		}
	}
	took := w.oracle.Converge(t, d, time.Now())
	t.Logf("three changes came after %v", took.Round(time.Millisecond))
	d.never(configMaps, began, "not live", func(s informers.State) bool { return s.Phase != informers.Live })

	w.proxy.SetFault(w.onObjects(func(r *http.Request) *Fault {
		if query := r.URL.Query(); query.Has("watch") && !query.Has("sendInitialEvents") {
			return &Fault{Status: http.StatusGone, Reason: metav1.StatusReasonExpired}
		}
		return nil
	}))
	cut := time.Now()
	w.proxy.EndStreams()
	told := d.AwaitPhase(configMaps, cut, informers.Listing)
	w.proxy.SetFault(nil)
	live := d.AwaitPhase(configMaps, told.At, informers.Live)
	w.proxy.throttle(0)
	w.oracle.Converge(t, d, live.At)
	d.dated(configMaps, cut, told.At)
	t.Logf("the list came in %v", live.At.Sub(told.At).Round(time.Millisecond))
}

// TestNameThatIsNoLongerFoundIsRetried lets the server's name resolve, and then no longer.
func TestNameThatIsNoLongerFoundIsRetried(t *testing.T) { // not parallel: the resolver is everybody's
	w := newWorld(t)
	var found atomic.Bool
	found.Store(true)
	serveNames(t, &found)
	_, port, err := net.SplitHostPort(w.proxy.addr)
	if err != nil {
		t.Fatal(err)
	}
	options := w.options()
	options.Kubeconfig = w.proxy.Kubeconfig(bare.Token("reader"), func(c *clientcmdapi.Cluster) {
		c.Server = "https://example.com:" + port // httptest's certificate is for this name
	})
	d := Start(t, options)
	w.oracle.Converge(t, d, time.Now())
	stopChurn := w.churn(7)
	found.Store(false)
	began := time.Now()
	w.proxy.cut()
	cut := time.Now()
	told := d.Await(configMaps, began, "retrying, no such host", retrying("no such host"))
	d.soon(cut, d.first(configMaps, began))
	w.failuresSoon(d, began)
	found.Store(true)
	ended := time.Now()
	stopChurn()
	took := w.oracle.Converge(t, d, ended)
	t.Logf("told of after %v, true again after %v", told.At.Sub(began).Round(time.Millisecond), took.Round(time.Millisecond))
}

// serveNames gives this process a resolver that knows one name, while found says so. It is at 127.0.0.1.
func serveNames(t *testing.T, found *atomic.Bool) {
	t.Helper()
	server, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan struct{})
	go func() {
		defer close(served)
		buffer := make([]byte, 1500)
		for {
			n, from, err := server.ReadFrom(buffer)
			if err != nil {
				return
			}
			if answer, err := answerName(buffer[:n], found.Load()); err == nil {
				_, _ = server.WriteTo(answer, from) // who asked asks again
			}
		}
	}()
	before := net.DefaultResolver
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", server.LocalAddr().String())
	}}
	t.Cleanup(func() {
		net.DefaultResolver = before
		_ = server.Close()
		<-served
	})
}

func answerName(question []byte, found bool) ([]byte, error) {
	var message dnsmessage.Message
	if err := message.Unpack(question); err != nil {
		return nil, err
	}
	message.Response, message.RecursionAvailable = true, true
	message.Additionals = nil
	switch asked := message.Questions[0]; {
	case !found:
		message.RCode = dnsmessage.RCodeNameError
	case asked.Type == dnsmessage.TypeA:
		message.Answers = []dnsmessage.Resource{{
			Header: dnsmessage.ResourceHeader{Name: asked.Name, Class: asked.Class, TTL: 1},
			Body:   &dnsmessage.AResource{A: [4]byte{127, 0, 0, 1}},
		}}
	}
	return message.Pack()
}

// pause lets time pass that belongs to a fault: how long it lasts.
func pause(t *testing.T, d time.Duration) {
	t.Helper()
	select {
	case <-time.After(d):
	case <-t.Context().Done():
	}
}
