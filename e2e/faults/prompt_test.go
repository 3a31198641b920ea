package faults

import (
	"context"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/dogwatch/dogwatch/informers"
)

// The state on screen is right within a second of the fact being knowable, by the second of this machine at that time. The
// fact is what a test or its proxy did, or what a plain client learned which the same happened to.

// soon fails the test if a state came later than a second after the fact that it tells of.
func (d *Dogwatch) soon(fact time.Time, told Transition) {
	d.tb.Helper()
	if limit := heart.seconds(fact, 1); told.At.After(limit) {
		d.tb.Errorf("%v after it could be known, with %v allowed: %s", told.At.Sub(fact), limit.Sub(fact), told)
	}
}

// first is the first state of a type's watch since a moment that is not as live as before.
func (d *Dogwatch) first(resource string, from time.Time) Transition {
	d.tb.Helper()
	return d.Await(resource, from, "other than live", func(s informers.State) bool { return s.Phase != informers.Live })
}

// failuresSoon holds each failure of a try that was told of since a moment to that, and fails the test if there is none. It
// could be known at the last request before, or when the try began if none came through to the server.
func (w *world) failuresSoon(d *Dogwatch, from time.Time) {
	w.Helper()
	log, failures := d.Log(configMaps, from), 0
	for i := 1; i < len(log); i++ {
		try, told := log[i-1], log[i]
		if told.Err == nil || try.Phase == informers.Live || !try.NextTry.IsZero() {
			continue // it was not being tried
		}
		failures++
		d.soon(w.lastAsked(try.At, told.At), told)
	}
	if failures == 0 {
		w.Errorf("no try failed:\n%s", d)
	}
}

// lastAsked is the time of the last request for what is watched, after one moment and before another; the first moment if
// there was none.
func (w *world) lastAsked(from, to time.Time) time.Time {
	if w.proxy == nil {
		return from
	}
	for _, r := range w.proxy.Requests(from) {
		if w.isOurs(r) && r.At.Before(to) {
			from = r.At
		}
	}
	return from
}

// plain watches the same objects by nothing but a request, over connections like dogwatch's, and gives the moment at which
// its stream broke.
func (w *world) plain(kubeconfig string) <-chan time.Time {
	w.Helper()
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		w.Fatal(err)
	}
	config.Dial = (&net.Dialer{Timeout: Patience}).DialContext // or client-go would share dogwatch's connections
	config.Wrap(func(rt http.RoundTripper) http.RoundTripper {
		if t, ok := rt.(*http.Transport); ok {
			t.HTTP2 = &http.HTTP2Config{SendPingTimeout: 15 * time.Second, PingTimeout: 10 * time.Second}
		}
		return rt
	})
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		w.Fatal(err)
	}
	ctx, cancel := context.WithCancel(w.Context())
	stream, err := w.list(client).Param("watch", "true").Stream(ctx)
	if err != nil {
		cancel()
		w.Fatal(err)
	}
	broken, done := make(chan time.Time, 1), make(chan struct{})
	go func() {
		defer close(done)
		_, _ = io.Copy(io.Discard, stream)
		broken <- time.Now()
	}()
	w.Cleanup(func() {
		cancel()
		_ = stream.Close()
		<-done
	})
	return broken
}

// list is a request for what the tests watch.
func (w *world) list(client kubernetes.Interface) *rest.Request {
	return client.CoreV1().RESTClient().Get().AbsPath("/api/v1/namespaces/" + w.namespace + "/" + configMaps)
}

// learned is when a plain client did.
func (w *world) learned(broken <-chan time.Time) time.Time {
	w.Helper()
	select {
	case at := <-broken:
		return at
	case <-time.After(Patience):
		w.Fatal("a plain client did not learn of it")
		return time.Time{}
	}
}

// A second of a pulse is longer than a second of the clock, and passes.
func TestSecondOfThisMachineIsASecondAtLeast(t *testing.T) {
	t.Parallel()
	from := time.Now()
	if took := heart.seconds(from, 1).Sub(from); took < time.Second {
		t.Errorf("%v", took)
	}
}
