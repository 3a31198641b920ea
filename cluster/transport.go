package cluster

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"time"

	utilnet "k8s.io/apimachinery/pkg/util/net"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/transport"
)

const (
	// A server that does not even accept a connection is reported after this long.
	dialTimeout = 10 * time.Second
	// A connection on which nothing arrives for pingAfter is asked for a sign
	// of life, and given up when none comes within pingTimeout: a dead network
	// shows within half a minute.
	pingAfter   = 15 * time.Second
	pingTimeout = 10 * time.Second
	// A connection without requests is closed after idleTimeout.
	idleTimeout = 15 * time.Second
	// maxRedirects is how many redirections within the server are followed.
	maxRedirects = 5
)

// newHTTPClient makes the only way to the network: kubectl's own transport
// for config, with connections that no other cluster shares, behind readOnly.
func newHTTPClient(config *rest.Config, server *url.URL, clock *serverClock, life *lifeline) (*http.Client, error) {
	config = withConnections(config, life.dial, &life.terms, func(*http.Transport) {})
	rt, err := newTrusting(config)
	if err != nil {
		return nil, fmt.Errorf("making the transport: %w", err)
	}
	return &http.Client{
		Transport:     &readOnly{server: server, next: &clockTransport{next: newLeader(rt), clock: clock}},
		CheckRedirect: followWithin(server),
	}, nil
}

// withConnections is a configuration for connections of its own. change changes what holds them.
func withConnections(config *rest.Config, dial dialFunc, terms *terms, change func(*http.Transport)) *rest.Config {
	config = rest.CopyConfig(config)
	// client-go shares connections between equal configurations; a dialer of
	// its own makes this one unequal to all.
	config.Dial = dial
	config.WrapTransport = transport.Wrappers(func(rt http.RoundTripper) http.RoundTripper {
		if t := connectionsOf(rt); t != nil {
			// They end soon after the last watch on them has: those of a cluster that was left, above all.
			t.IdleConnTimeout = idleTimeout
			setKeepAlive(t)
			change(t)
		}
		return &termed{next: rt, terms: terms}
	}, config.WrapTransport)
	return config
}

// dialFunc opens a connection.
type dialFunc func(ctx context.Context, network, address string) (net.Conn, error)

// connectionsOf finds what holds the connections below all wrappers, nil if there is none.
func connectionsOf(rt http.RoundTripper) *http.Transport {
	for {
		switch t := rt.(type) {
		case *http.Transport:
			return t
		case utilnet.RoundTripperWrapper:
			rt = t.WrappedRoundTripper()
		default:
			return nil
		}
	}
}

// setKeepAlive makes HTTP/2 connections notice sooner than client-go's 45
// seconds that they are dead, unless the user chose otherwise.
func setKeepAlive(t *http.Transport) {
	if os.Getenv("HTTP2_READ_IDLE_TIMEOUT_SECONDS") != "" || os.Getenv("HTTP2_PING_TIMEOUT_SECONDS") != "" {
		return
	}
	t.HTTP2 = &http.HTTP2Config{SendPingTimeout: pingAfter, PingTimeout: pingTimeout}
}

// followWithin follows redirections only within the server: the credentials
// are for it alone, and what redirects elsewhere is a login page.
func followWithin(server *url.URL) func(*http.Request, []*http.Request) error {
	return func(req *http.Request, via []*http.Request) error {
		if req.URL.Host != server.Host || req.URL.Scheme != server.Scheme || len(via) > maxRedirects {
			return http.ErrUseLastResponse
		}
		return nil
	}
}
