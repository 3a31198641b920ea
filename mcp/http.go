package mcp

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
)

const (
	// Path is where the protocol is spoken over HTTP.
	Path = "/mcp"
	// idleSession is after what time a session of which nothing is heard ends.
	idleSession = 30 * time.Minute
	// headerPatience is how long a client may take for the head of a request.
	headerPatience = 10 * time.Second
	// bodyPatience is how long who knows the token may take for a message, and idleConnection how long until the next request of a connection.
	bodyPatience, idleConnection = time.Minute, 2 * time.Minute
	// leaving is how long answers that are under way have at the end.
	leaving = 2 * time.Second
)

// Serve answers clients over HTTP that know the token, until ctx ends. It closes the listener.
func (s *Server) Serve(ctx context.Context, listener net.Listener, token string) error {
	server := &http.Server{Handler: s.handler(token), ReadHeaderTimeout: headerPatience, IdleTimeout: idleConnection}
	ended := make(chan error, 1)
	go func() {
		defer utilruntime.HandleCrash()
		ended <- server.Serve(listener)
	}()
	select {
	case err := <-ended:
		return fmt.Errorf("serving at %s: %w", listener.Addr(), err)
	case <-ctx.Done():
	}
	for session := range s.mcp.Sessions() {
		_ = session.Close() // it may have ended by itself
	}
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaving)
	defer cancel()
	if server.Shutdown(closing) != nil {
		_ = server.Close()
	}
	if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serving at %s: %w", listener.Addr(), err)
	}
	return nil
}

// handler answers who knows the token, and is no page in a browser that found its way here.
func (s *Server) handler(token string) http.Handler {
	answers := sdk.NewStreamableHTTPHandler(func(*http.Request) *sdk.Server { return s.mcp }, &sdk.StreamableHTTPOptions{
		SessionTimeout: idleSession, PropagateRequestCancellation: true,
	})
	mux := http.NewServeMux()
	mux.Handle(Path, patiently(checked(answers)))
	wanted := sha256.Sum256([]byte(token))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !isLocalOrigin(r.Header.Values("Origin")) {
			refuse(w, "pages of other origins may not ask", http.StatusForbidden)
			return
		}
		scheme, given, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		// Sums are of one length, so that the time that it takes tells nothing.
		sum := sha256.Sum256([]byte(given))
		if subtle.ConstantTimeCompare(sum[:], wanted[:]) != 1 || !strings.EqualFold(scheme, "Bearer") {
			w.Header().Set("WWW-Authenticate", "Bearer")
			refuse(w, "the token that dogwatch was started with is needed", http.StatusUnauthorized)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// refuse tells a stranger so, and ends the connection: for nothing else that a stranger sends is waited.
func refuse(w http.ResponseWriter, why string, code int) {
	_ = http.NewResponseController(w).SetReadDeadline(time.Now())
	w.Header().Set("Connection", "close")
	http.Error(w, why, code)
}

// checked refuses what is no message as the protocol has it. What is too long is left to the protocol's library, whose bound is the same: it gets a byte more.
func checked(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			next.ServeHTTP(w, r)
			return
		}
		reading := http.NewResponseController(w)
		_ = reading.SetReadDeadline(time.Now().Add(bodyPatience))
		text, err := io.ReadAll(io.LimitReader(r.Body, mostLineBytes+1))
		_ = reading.SetReadDeadline(time.Time{}) // that the client goes away is heard of in good time
		if err != nil {
			http.Error(w, "the message cannot be read to its end", http.StatusBadRequest)
			return
		}
		// Whether there may be several at once depends on the session, which the protocol's library knows.
		if wrong := checkMessage(text, true); wrong != nil && len(text) <= mostLineBytes && !isAnswer(text) {
			w.Header().Set("Content-Type", jsonType)
			w.WriteHeader(http.StatusBadRequest)
			_ = json.NewEncoder(w).Encode(wrong) // who cannot be told has gone
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(text)) // the server closes the one that was read
		next.ServeHTTP(w, r)
	})
}

// isLocalOrigin tells that a request is of no page, or of one that this machine served: a name of somebody else's that leads here is no such
// origin.
func isLocalOrigin(origins []string) bool {
	for _, origin := range origins {
		u, err := url.Parse(origin)
		if err != nil || !isLoopback(u.Hostname()) {
			return false
		}
	}
	return true
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
