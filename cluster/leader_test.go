package cluster

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
)

// dialled counts the connections that a transport opens.
func dialled(server *httptest.Server) (client *http.Client, count *atomic.Int32) {
	count = &atomic.Int32{}
	transport := server.Client().Transport.(*http.Transport).Clone()
	transport.ForceAttemptHTTP2 = true
	transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		count.Add(1)
		return (&net.Dialer{}).DialContext(ctx, network, address)
	}
	return &http.Client{Transport: newLeader(transport)}, count
}

func get(ctx context.Context, client *http.Client, address string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	return resp.Body.Close()
}

// The answers are awaited together: nobody waits for another's answer, only for the connection.
func TestFirstRequestsShareAConnection(t *testing.T) {
	t.Parallel()
	const requests = 8
	var together sync.WaitGroup
	together.Add(requests)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		together.Done()
		together.Wait()
	}))
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	client, count := dialled(server)
	defer client.Transport.(*leader).next.(*http.Transport).CloseIdleConnections()
	var asking sync.WaitGroup
	for range requests {
		asking.Go(func() {
			if err := get(t.Context(), client, server.URL); err != nil {
				t.Error(err)
			}
		})
	}
	asking.Wait()
	if n := count.Load(); n != 1 {
		t.Errorf("%d connections were opened", n)
	}
}

func TestALeaderThatFailsHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	server := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer server.Close()
	client, _ := dialled(server)
	transport := client.Transport.(*leader).next.(*http.Transport)
	defer transport.CloseIdleConnections()
	dial, failure := transport.DialContext, errors.New("no way there")
	var failed atomic.Bool
	transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		if !failed.Swap(true) {
			return nil, failure
		}
		return dial(ctx, network, address)
	}
	if err := get(t.Context(), client, server.URL); !errors.Is(err, failure) {
		t.Fatal(err)
	}
	if err := get(t.Context(), client, server.URL); err != nil {
		t.Error(err)
	}
}

// Who waits for the leader's connection can be stopped.
func TestWaitingForTheLeaderEndsWithTheRequest(t *testing.T) {
	t.Parallel()
	reached, release := make(chan struct{}), make(chan struct{})
	next := roundTripper(func(*http.Request) (*http.Response, error) {
		close(reached)
		<-release
		return nil, tls.AlertError(0)
	})
	client := &http.Client{Transport: newLeader(next)}
	var leading sync.WaitGroup
	leading.Go(func() { _ = get(t.Context(), client, "http://127.0.0.1") })
	<-reached
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := get(ctx, client, "http://127.0.0.1"); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	close(release)
	leading.Wait()
}

// roundTripper is a function that sends requests.
type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }
