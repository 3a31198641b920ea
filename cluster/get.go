package cluster

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"
)

// reviewTimeout bounds the program's own small questions where the user set
// no --request-timeout.
const reviewTimeout = 30 * time.Second

// Response is the answer to a Get. Close its Body.
type Response struct {
	Body   io.ReadCloser
	Header http.Header
	// Term is after how long a watch's server was asked to end it; 0 where it was not.
	Term time.Duration
}

// Get sends one GET for an escaped path on the server (ResourcePath makes
// them) and returns its answer once the header is there.
//
// An answer that is not of the 2xx kind, or is an HTML page, becomes an error
// that is an apierrors.APIStatus, with RetryAfterSeconds where the server gave
// them. Other errors are the network's. Explain makes either readable.
//
// --request-timeout limits the time until Body is read, except for a watch
// (query "watch"), which only ctx ends. Nothing limits the rate of requests.
func (c *Cluster) Get(ctx context.Context, path string, query url.Values, accept string) (*Response, error) {
	resp, err := c.get(ctx, path, query, accept)
	if err == nil {
		c.catalog.types.recovery.answered()
	}
	return resp, err
}

func (c *Cluster) get(ctx context.Context, path string, query url.Values, accept string) (*Response, error) {
	ctx, cancel := c.limit(ctx, query)
	resp, err := c.send(ctx, http.MethodGet, path, query, accept, nil)
	if err != nil {
		cancel()
		return nil, err
	}
	return &Response{Body: &cancelOnClose{resp.Body, cancel}, Header: resp.Header, Term: termOf(resp)}, nil
}

// limit applies --request-timeout to whatever is not a watch. What is not limited ends with its body.
func (c *Cluster) limit(ctx context.Context, query url.Values) (context.Context, context.CancelFunc) {
	if c.timeout > 0 && !isWatch(query) {
		return context.WithTimeout(ctx, c.timeout)
	}
	return ctx, func() {}
}

func isWatch(query url.Values) bool {
	watch := query.Get("watch")
	return watch != "" && watch != "0" && watch != "false"
}

// cancelOnClose ends the request's context with its body.
type cancelOnClose struct {
	io.ReadCloser
	cancel context.CancelFunc
}

func (b *cancelOnClose) Close() error {
	defer b.cancel()
	return b.ReadCloser.Close()
}

// post sends a self-subject review and reads its answer; all else is refused
// by the transport.
func (c *Cluster) post(ctx context.Context, path string, review, answer any) error {
	body, err := json.Marshal(review)
	if err != nil {
		return fmt.Errorf("encoding a review: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, c.patience())
	defer cancel()
	resp, err := c.send(ctx, http.MethodPost, path, nil, "application/json", body)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	return decodeJSON(resp.Body, path, answer)
}

// patience is how long the program waits for answers that it asked for itself.
func (c *Cluster) patience() time.Duration {
	if c.timeout > 0 {
		return min(c.timeout, reviewTimeout)
	}
	return reviewTimeout
}

// send makes a request and turns an unwanted answer into an error.
func (c *Cluster) send(ctx context.Context, method, path string, query url.Values, accept string, body []byte) (*http.Response, error) {
	target, err := url.Parse(strings.TrimSuffix(c.server.String(), "/") + path)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", method, path, err)
	}
	target.RawQuery = query.Encode()
	req, err := http.NewRequestWithContext(ctx, method, target.String(), bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", method, path, err)
	}
	req.Header.Set("Accept", accept)
	if body == nil {
		req.Body, req.ContentLength = nil, 0
	} else {
		req.Header.Set("Content-Type", "application/json")
	}
	client := c.http
	if isConfidential(path) {
		client = c.confidential
	}
	packs := client == c.http && c.packs
	if packs {
		c.unpackers.ask(req)
	}
	resp, err := client.Do(req)
	if err != nil {
		if !errors.Is(err, context.Canceled) {
			c.access.noteTrouble()
		}
		return nil, fmt.Errorf("%s %s: %w", method, path, withoutURL(err))
	}
	if packs {
		c.unpackers.unpack(resp)
	}
	if resp.StatusCode < 200 || resp.StatusCode > 299 || isHTML(resp.Header) {
		defer resp.Body.Close()
		if resp.StatusCode == http.StatusUnauthorized && c.certificate.refused(time.Now()) {
			c.life.breakAll(newLogin)
		}
		return nil, c.login.of(statusError(resp, c.Now()))
	}
	return resp, nil
}

// withoutURL drops net/http's wrapping, which repeats the whole URL.
func withoutURL(err error) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		return wrapped.Err
	}
	return err
}

// maxDocument bounds a document that is read as a whole. The discovery of a
// cluster with thousands of types has a few megabytes.
const maxDocument = 64 << 20

func readDocument(body io.Reader) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(body, maxDocument+1))
	if err == nil && len(data) > maxDocument {
		return nil, fmt.Errorf("%w: it has more than %d bytes", errEndless, maxDocument)
	}
	return data, err
}

func decodeJSON(body io.Reader, what string, into any) error {
	data, err := readDocument(body)
	if err != nil {
		return fmt.Errorf("reading %s: %w", what, err)
	}
	if err := json.Unmarshal(data, into); err != nil {
		return &garbageError{what: what, err: err}
	}
	return nil
}

// garbageError says that an answer could not be understood.
type garbageError struct {
	what string
	err  error
}

func (e *garbageError) Error() string { return fmt.Sprintf("reading %s: %v", e.what, e.err) }

func (e *garbageError) Unwrap() error { return e.err }

// ResourcePath is the escaped path of a type's collection, or of one object
// if name is not empty. namespace is empty for all namespaces and for types
// that have none.
func ResourcePath(gvr schema.GroupVersionResource, namespace, name string) string {
	segments := []string{"", "apis", gvr.Group, gvr.Version}
	if gvr.Group == "" {
		segments = []string{"", "api", gvr.Version}
	}
	if namespace != "" {
		segments = append(segments, "namespaces", namespace)
	}
	segments = append(segments, gvr.Resource)
	if name != "" {
		segments = append(segments, name)
	}
	for i, segment := range segments {
		segments[i] = url.PathEscape(segment)
	}
	return strings.Join(segments, "/")
}
