package mcp_test

import (
	"context"
	"net"
	"net/http"
	"strings"
	"testing"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/dogwatch/dogwatch/mcp"
)

const token = "correct-horse"

// serve answers over HTTP until the test ends, and gives where.
func (b *bench) serve() (address string) {
	b.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(b.Context()))
	ended := make(chan error, 1)
	go func() { ended <- b.server.Serve(ctx, listener, token) }()
	b.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			b.Errorf("serving ends with %v", err)
		}
	})
	return "http://" + listener.Addr().String() + mcp.Path
}

// bearer sends a token with each request.
type bearer struct {
	token string
	next  http.RoundTripper
}

func (t bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+t.token)
	return t.next.RoundTrip(r)
}

// over connects a client over HTTP.
func (b *bench) over(address, token string) (*sdk.ClientSession, error) {
	transport := &http.Transport{}
	b.Cleanup(transport.CloseIdleConnections)
	client := sdk.NewClient(&sdk.Implementation{Name: "test", Version: "1"}, nil)
	return client.Connect(b.Context(), &sdk.LoggingTransport{Writer: b.traffic, Transport: &sdk.StreamableClientTransport{
		Endpoint: address, HTTPClient: &http.Client{Transport: bearer{token, transport}}, MaxRetries: -1,
	}}, nil)
}

func TestQuestionsOverHTTP(t *testing.T) {
	b := newBench(t, benchOptions{})
	session, err := b.over(b.serve(), token)
	if err != nil {
		t.Fatal(err)
	}
	b.client = session
	if answer, _ := b.ask("query_objects", args{"type": "pods"}); answer["total"] != 20.0 {
		t.Errorf("the answer is %v", answer)
	}
	b.askAboutSecret()
	if said := b.traffic.String(); strings.Contains(said, canary) || strings.Contains(said, canaryBase64) || strings.Contains(said, canaryBase64[4:]) {
		t.Errorf("the value of a Secret left:\n%s", said)
	}
	if err := session.Close(); err != nil {
		t.Error(err)
	}
}

func TestHTTPNeedsTheToken(t *testing.T) {
	b := newBench(t, benchOptions{})
	address := b.serve()
	for _, wrong := range []string{"", "correct-hors", "correct-horse2"} {
		if session, err := b.over(address, wrong); err == nil {
			_ = session.Close()
			t.Errorf("%q was let in", wrong)
		}
	}
	transport := &http.Transport{DisableKeepAlives: true}
	for _, c := range []struct {
		header, value, origin, host string
		code                        int
	}{
		{"X", "", "", "", http.StatusUnauthorized},
		{"Authorization", "Bearer", "", "", http.StatusUnauthorized},
		{"Authorization", token, "", "", http.StatusUnauthorized},
		{"Authorization", "Basic " + token, "", "", http.StatusUnauthorized},
		{"Authorization", "Bearer " + token, "http://evil.example", "", http.StatusForbidden},
		{"Authorization", "Bearer " + token, "null", "", http.StatusForbidden},
		{"Authorization", "Bearer " + token, "http://localhost.evil.example", "", http.StatusForbidden},
		{"Authorization", "Bearer " + token, "", "evil.example", http.StatusForbidden},
		{"Authorization", "Bearer " + token, "http://localhost:3000", "", http.StatusOK},
		{"Authorization", "Bearer " + token, "", "", http.StatusOK},
	} {
		const hello = `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}`
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, strings.NewReader(hello))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Content-Type", "application/json")
		request.Header.Set("Accept", "application/json, text/event-stream")
		request.Header.Set(c.header, c.value)
		request.Host = c.host
		if c.origin != "" {
			request.Header.Set("Origin", c.origin)
		}
		response, err := transport.RoundTrip(request)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		if response.StatusCode != c.code {
			t.Errorf("%+v is answered with %d", c, response.StatusCode)
		}
	}
}
