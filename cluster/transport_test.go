package cluster

import (
	"net/http"
	"testing"

	utilnet "k8s.io/apimachinery/pkg/util/net"
)

// connections finds the net/http transport below all wrappers.
func connections(t *testing.T, rt http.RoundTripper) *http.Transport {
	t.Helper()
	for {
		switch wrapped := rt.(type) {
		case *http.Transport:
			return wrapped
		case utilnet.RoundTripperWrapper:
			rt = wrapped.WrappedRoundTripper()
		default:
			t.Fatalf("no net/http transport below %T", rt)
		}
	}
}

func openTwice(t *testing.T) (a, b *Cluster) {
	t.Helper()
	flags := writeKubeconfig(t, twoContexts)
	for _, c := range []**Cluster{&a, &b} {
		var err error
		if *c, err = Open(flags, "", Options{}); err != nil {
			t.Fatal(err)
		}
	}
	return a, b
}

func TestDeadConnectionsAreNoticedInHalfAMinute(t *testing.T) {
	c, _ := openTwice(t)
	keepAlive := connections(t, c.http.Transport).HTTP2
	if keepAlive == nil || keepAlive.SendPingTimeout != pingAfter || keepAlive.PingTimeout != pingTimeout {
		t.Errorf("keep-alive = %+v", keepAlive)
	}
}

func TestTheUsersKeepAliveIsObeyed(t *testing.T) {
	t.Setenv("HTTP2_PING_TIMEOUT_SECONDS", "3")
	c, _ := openTwice(t)
	if keepAlive := connections(t, c.http.Transport).HTTP2; keepAlive != nil {
		t.Errorf("keep-alive = %+v", keepAlive)
	}
}

func TestConnectionsAreNotShared(t *testing.T) {
	a, b := openTwice(t)
	if connections(t, a.http.Transport) == connections(t, b.http.Transport) {
		t.Error("two clusters share their connections")
	}
}

func TestNothingGoesAroundReadOnly(t *testing.T) {
	c, _ := openTwice(t)
	if _, ok := c.http.Transport.(*readOnly); !ok {
		t.Errorf("the outermost transport is a %T", c.http.Transport)
	}
}
