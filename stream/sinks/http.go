package sinks

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/dogwatch/dogwatch/stream"
)

const (
	// defaultTimeout is how long one request may take.
	defaultTimeout = 30 * time.Second
	// maxAnswer is how much of an answer is read: that the connection can be used again, and to say what was wrong.
	maxAnswer = 64 << 10
	// maxSaid is how much of an answer is told.
	maxSaid = 200
	// maxBody is how long bodies become at most, unless one message alone is longer.
	maxBody = 1 << 20
)

// HTTPOptions adjust an HTTP sink.
type HTTPOptions struct {
	// Format says what the bodies are.
	Format *stream.Format
	// One sends each message in a request of its own.
	One bool
	// Header gives what is sent along; it is asked for each request. Nil is nothing.
	Header func() (http.Header, error)
	// Timeout is how long one request may take; 0 is 30 s.
	Timeout time.Duration
	// TLS says how connections are encrypted; it is asked again after one that failed. Nil is as is usual.
	TLS func() (*tls.Config, error)
	// Transport is http.DefaultTransport's like unless a test brings its own.
	Transport http.RoundTripper
	// UserAgent is what it calls itself.
	UserAgent string
}

// HTTP posts messages to a server.
type HTTP struct {
	url    *url.URL
	opts   HTTPOptions
	client *http.Client // nil while there is none
}

// NewHTTP makes a sink that posts to a URL.
func NewHTTP(to *url.URL, opts HTTPOptions) *HTTP {
	if opts.Timeout <= 0 {
		opts.Timeout = defaultTimeout
	}
	if opts.Header == nil {
		opts.Header = func() (http.Header, error) { return nil, nil }
	}
	if opts.TLS == nil {
		opts.TLS = func() (*tls.Config, error) { return nil, nil }
	}
	return &HTTP{url: to, opts: opts}
}

// connect makes a client where there is none. Its connections are made as they are needed.
func (h *HTTP) connect() error {
	if h.client != nil {
		return nil
	}
	encrypted, err := h.opts.TLS()
	if err != nil {
		return err
	}
	transport := h.opts.Transport
	if t, ok := http.DefaultTransport.(*http.Transport); ok && transport == nil {
		t = t.Clone()
		if encrypted != nil {
			t.TLSClientConfig = encrypted
		}
		transport = t
	}
	h.client = &http.Client{
		Transport: transport, Timeout: h.opts.Timeout,
		// A POST that is sent elsewhere would become a GET without its body.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return nil
}

// hangUp has the next request connect anew.
func (h *HTTP) hangUp() {
	if h.client != nil {
		h.client.CloseIdleConnections()
		h.client = nil
	}
}

// Send implements stream.Sink. What a server takes with any status of 200 to 299 counts as taken.
func (h *HTTP) Send(ctx context.Context, batch []stream.Message) (int, error) {
	taken := 0
	for taken < len(batch) {
		part := h.part(batch[taken:])
		n, err := h.send(ctx, part)
		taken += n
		if err != nil {
			return taken, err
		}
	}
	return taken, nil
}

// part is what of a batch goes into one request.
func (h *HTTP) part(batch []stream.Message) []stream.Message {
	if h.opts.One {
		return batch[:1]
	}
	n, size := 1, len(batch[0].Body)
	for ; n < len(batch) && size+len(batch[n].Body) <= maxBody; n++ {
		size += len(batch[n].Body)
	}
	return batch[:n]
}

// send posts messages in one request. Where all of them are refused for what they are, one of them may be the cause: it tries them in halves.
func (h *HTTP) send(ctx context.Context, part []stream.Message) (int, error) {
	err := h.post(ctx, part)
	var refused *stream.RefusedError
	switch {
	case err == nil:
		return len(part), nil
	case len(part) == 1 || !errors.As(err, &refused):
		return 0, err
	}
	half := len(part) / 2
	n, err := h.send(ctx, part[:half])
	if err != nil {
		return n, err
	}
	more, err := h.send(ctx, part[half:])
	return n + more, err
}

func (h *HTTP) post(ctx context.Context, part []stream.Message) error {
	body, media := part[0].Body, h.opts.Format.One
	if !h.opts.One {
		body, media = h.opts.Format.Join(part), h.opts.Format.Batch
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, h.url.String(), bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("making a request: %w", err)
	}
	header, err := h.opts.Header()
	if err != nil {
		return err
	}
	for name, values := range header {
		req.Header[name] = values
	}
	if host := req.Header.Get("Host"); host != "" { // net/http takes it from there
		req.Host = host
	}
	req.Header.Set("Content-Type", media)
	if h.opts.UserAgent != "" && req.Header.Get("User-Agent") == "" {
		req.Header.Set("User-Agent", h.opts.UserAgent)
	}
	if err := h.connect(); err != nil {
		return err
	}
	resp, err := h.client.Do(req)
	if err != nil {
		h.hangUp() // the certificates may be others by now
		return fmt.Errorf("posting to %s: %w", h.place(), withoutURL(err))
	}
	defer func() { _ = resp.Body.Close() }()
	said, _ := io.ReadAll(io.LimitReader(resp.Body, maxAnswer)) // what it says does not matter where the status is known
	return h.judge(resp, said)
}

// judge tells what an answer means for the messages.
func (h *HTTP) judge(resp *http.Response, said []byte) error {
	if resp.StatusCode/100 == 2 {
		return nil
	}
	err := fmt.Errorf("%s answers %s%s", h.place(), resp.Status, words(said))
	switch resp.StatusCode {
	case http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity:
		return &stream.RefusedError{Err: err}
	}
	if after := retryAfter(resp.Header.Get("Retry-After"), time.Now()); after > 0 {
		return &stream.LaterError{Err: err, After: after}
	}
	return err
}

// retryAfter reads how long a server asks to wait, in seconds or as a date; 0 where it does not.
func retryAfter(text string, now time.Time) time.Duration {
	if seconds, err := strconv.ParseUint(text, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(0, at.Sub(now))
	}
	return 0
}

// words is the beginning of what a server said.
func words(said []byte) string {
	text := strings.Join(strings.Fields(strings.ToValidUTF8(string(said), "�")), " ")
	if text == "" {
		return ""
	}
	if len(text) > maxSaid {
		cut := maxSaid
		for !utf8.RuneStart(text[cut]) {
			cut--
		}
		text = text[:cut] + "…"
	}
	return ": " + text
}

// place names the server. What else is in a URL may be what lets one in: a user, a password, a path that nobody is to guess.
func (h *HTTP) place() string { return h.url.Scheme + "://" + h.url.Host }

// withoutURL takes the URL off an error, which may have a password in it.
func withoutURL(err error) error {
	var of *url.Error
	if errors.As(err, &of) {
		return of.Err
	}
	return err
}

// Close implements stream.Sink.
func (h *HTTP) Close() error {
	h.hangUp()
	return nil
}
