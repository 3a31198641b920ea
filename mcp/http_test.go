package mcp_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"

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
	b.serveAt(listener)
	return "http://" + listener.Addr().String() + mcp.Path
}

// serveAt answers who comes to a listener until the test ends.
func (b *bench) serveAt(listener net.Listener) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(b.Context()))
	ended := make(chan error, 1)
	go func() { ended <- b.server.Serve(ctx, listener, token) }()
	b.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			b.Errorf("serving ends with %v", err)
		}
	})
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
func (b *bench) over(address, token string, updated func(uri string)) (*sdk.ClientSession, error) {
	return b.through(&http.Transport{}, address, token, updated)
}

// through is over, by a transport.
func (b *bench) through(transport *http.Transport, address, token string, updated func(uri string)) (*sdk.ClientSession, error) {
	b.Cleanup(transport.CloseIdleConnections)
	client := sdk.NewClient(&sdk.Implementation{Name: "test", Version: "1"}, hearing(updated))
	var way sdk.Transport = &sdk.StreamableClientTransport{
		Endpoint: address, HTTPClient: &http.Client{Transport: bearer{token, transport}}, MaxRetries: -1,
	}
	if updated == nil { // the client opens no stream to hear by where what is said is noted
		way = &sdk.LoggingTransport{Writer: b.traffic, Transport: way}
	}
	return client.Connect(b.Context(), way, nil)
}

func TestQuestionsOverHTTP(t *testing.T) {
	b := newBench(t, benchOptions{})
	session, err := b.over(b.serve(), token, nil)
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

// Clients are told over HTTP as well, each as long as its session goes on.
func TestSubscriptionsOverHTTP(t *testing.T) {
	b := newBench(t, benchOptions{mcp: mcp.Options{UpdateEvery: time.Millisecond}})
	const uri = "dogwatch://objects/gauges.acme.io"
	heard := make(updates, 1000)
	session, err := b.over(b.serve(), token, heard.take)
	if err != nil {
		t.Fatal(err)
	}
	watched := func(is bool) {
		b.until(fmt.Sprint("watching it: ", is), "list_types", args{"watched_only": true, "match": "gauges"}, func(a map[string]any) bool { return (a["total"] == 1.0) == is })
	}
	b.subscribe(session, uri)
	heard.until(b, session, uri, func(text string) bool { return strings.Contains(text, `"total":`) })
	watched(true)
	b.apply(schema.GroupVersionResource{Group: "acme.io", Version: "v1", Resource: "gauges"}, `{"apiVersion":"acme.io/v1","kind":"Gauge","metadata":{"name":"new-gauge","namespace":"shop","uid":"g9"}}`)
	heard.until(b, session, uri, func(text string) bool { return strings.Contains(text, "new-gauge") })
	if err := session.Close(); err != nil {
		t.Error(err)
	}
	watched(false)
}

func TestHTTPNeedsTheToken(t *testing.T) {
	b := newBench(t, benchOptions{})
	address := b.serve()
	for _, wrong := range []string{"", "correct-hors", "correct-horse2"} {
		if session, err := b.over(address, wrong, nil); err == nil {
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

// For nothing that a stranger sends is waited, so that strangers hold no connections: neither for the rest of a message nor for another request.
func TestStrangersHoldNoConnections(t *testing.T) {
	b := newBench(t, benchOptions{})
	address := strings.TrimPrefix(strings.TrimSuffix(b.serve(), mcp.Path), "http://")
	for _, request := range []string{
		"POST " + mcp.Path + " HTTP/1.1\r\nHost: " + address + "\r\nContent-Length: 100000\r\n\r\n{",
		"GET " + mcp.Path + " HTTP/1.1\r\nHost: " + address + "\r\n\r\n",
		"GET " + mcp.Path + " HTTP/1.1\r\nHost: " + address + "\r\nOrigin: http://evil.example\r\nAuthorization: Bearer " + token + "\r\n\r\n",
	} {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if err := conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(conn, request); err != nil {
			t.Fatal(err)
		}
		answer, err := io.ReadAll(conn)
		if err != nil || !strings.HasPrefix(string(answer), "HTTP/1.1 40") || !strings.Contains(string(answer), "Connection: close") {
			t.Errorf("of %s it gets %q, %v", request, answer, err)
		}
	}
}

// Over HTTP, too, what is no message of the protocol is refused, and the scheme of the token may be spelled as HTTP lets it be.
func TestMessagesOverHTTPAreChecked(t *testing.T) {
	b := newBench(t, benchOptions{})
	address := b.serve()
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	for body, want := range map[string]string{
		`{"jsonrpc":"2.0","id":1.5,"method":"ping"}`:              `400 "id":1.5`,
		`{"jsonrpc":"2.0","id":9007199254740993,"method":"ping"}`: `400 "id":9007199254740993`,
		`{"jsonrpc":"2.0","id":null,"method":"ping"}`:             `400 -32600`,
		`{"jsonrpc":"2.0","id":7}`:                                `400 "id":7`,
		`{"jsonrpc":"2.0","id":8,"method":"ping"}`:                `200 "id":8,"result"`,
		`hello?`:                   `400 -32700`,
		`[]`:                       `400 -32600`,
		strings.Repeat("x", 5<<20): `413 exceeds`,
	} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Authorization", "bearer "+token)
		request.Header.Set("Content-Type", "application/json")
		request.Header.Set("Accept", "application/json, text/event-stream")
		response, err := transport.RoundTrip(request)
		if err != nil {
			t.Fatal(err)
		}
		said, err := io.ReadAll(response.Body)
		_ = response.Body.Close()
		code, part, _ := strings.Cut(want, " ")
		if err != nil || strconv.Itoa(response.StatusCode) != code || !strings.Contains(string(said), part) {
			t.Errorf("%.60s: %d %s, wanted %s", body, response.StatusCode, said, want)
		}
	}
}
