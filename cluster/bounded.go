package cluster

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// mostLine is how many bytes come without an end of a line: in one event, or in a list of all definitions, of which those of large clusters have some
// ten megabytes.
const mostLine = 2 * maxDocument

// errEndless says that an answer is longer than any that an API server gives.
var errEndless = errors.New("the server's answer does not end where it should")

// bounded lets go of answers that client-go's decoders would read into memory without an end: those that have no end of a line, as between two events
// and at the end of a list, for longer than a document may be.
type bounded struct{ next http.RoundTripper }

// boundedClient is a client for those decoders.
func boundedClient(client *http.Client) *http.Client {
	c := *client
	c.Transport = bounded{client.Transport}
	return &c
}

// RoundTrip implements http.RoundTripper.
func (b bounded) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := b.next.RoundTrip(req)
	if err == nil && resp.Body != http.NoBody {
		resp.Body = &boundedBody{ReadCloser: resp.Body}
	}
	return resp, err
}

// boundedBody is an answer that is read by one goroutine at a time.
type boundedBody struct {
	io.ReadCloser
	line int // bytes since the last end of a line
}

// Read implements io.Reader.
func (b *boundedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if end := bytes.LastIndexByte(p[:n], '\n'); end >= 0 {
		b.line = n - end - 1
	} else if b.line += n; b.line > mostLine {
		return 0, fmt.Errorf("%w: it has more than %d bytes in one line", errEndless, mostLine)
	}
	return n, err
}
