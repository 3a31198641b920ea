package faults

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Fault is how one answer goes wrong. With Status, Page or Text the proxy answers itself; else the server's answer passes, with
// what the other fields say.
type Fault struct {
	// Change alters the request before it goes on.
	Change func(*http.Request)
	// Status answers with a Status object under this code.
	Status int
	// Reason goes with Status.
	Reason metav1.StatusReason
	// Page answers with a web page, under Status or 200.
	Page bool
	// Text answers with plain text under Status.
	Text string
	// RetryAfter goes with Status.
	RetryAfter time.Duration
	// Header goes with Status, and over the headers of answers that pass.
	Header http.Header
	// Cut breaks the body off after so many bytes, above 0. They are of the packed body if Packed is set.
	Cut    int
	Packed bool
	// Whole changes the body of a list, or another answer that ends.
	Whole func([]byte) []byte
	// Event makes other events, in the server's bytes, of each event of a watch.
	Event func([]byte) [][]byte
	// Events makes an Event for each stream.
	Events func() func([]byte) [][]byte
	// Still holds the body back while it is not closed; the connection lives.
	Still <-chan struct{}
	// Skew is by how much the server's clock is ahead.
	Skew time.Duration
}

var errCut = errors.New("the answer is cut off")

// reads tells that the body must come as it is: the server would else pack it, streams too.
func (f *Fault) reads() bool {
	return f.Event != nil || f.Events != nil || f.Whole != nil || f.Cut > 0 && !f.Packed
}

// answer answers in the server's place, if the fault is of that kind.
func (f *Fault) answer(w http.ResponseWriter) bool {
	if f.Status == 0 && !f.Page {
		return false
	}
	for name, values := range f.Header {
		w.Header()[name] = values
	}
	if f.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(f.RetryAfter/time.Second)))
	}
	code := f.Status
	if code == 0 {
		code = http.StatusOK
	}
	kind, body := "application/json", fmt.Sprintf(
		`{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":%q,"reason":%q,"code":%d}`,
		http.StatusText(code), f.Reason, code)
	switch {
	case f.Page:
		kind, body = "text/html; charset=utf-8", "<!DOCTYPE html><html><head><title>Log in</title></head><body>Log in</body></html>\n"
	case f.Text != "":
		kind, body = "text/plain; charset=utf-8", f.Text
	}
	w.Header().Set("Content-Type", kind)
	w.WriteHeader(code)
	_, _ = io.WriteString(w, body)
	return true
}

// pass gives the server's answer to the client.
func (f *Fault) pass(ctx context.Context, w http.ResponseWriter, resp *http.Response) error {
	for name, values := range resp.Header {
		w.Header()[name] = values
	}
	for name, values := range f.Header {
		w.Header()[name] = values
	}
	if f.Skew != 0 {
		w.Header().Set("Date", time.Now().Add(f.Skew).UTC().Format(http.TimeFormat))
	}
	w.Header().Del("Content-Length") // what is sent may be longer or shorter
	w.WriteHeader(resp.StatusCode)
	out := &body{ResponseWriter: w, fault: f, ctx: ctx}
	out.flush()
	switch isStream := resp.Request.URL.Query().Get("watch") == "true"; {
	case isStream && f.Events != nil:
		return out.events(resp.Body, f.Events())
	case isStream && f.Event != nil:
		return out.events(resp.Body, f.Event)
	case !isStream && f.Whole != nil:
		whole, err := io.ReadAll(resp.Body)
		if err != nil {
			return err
		}
		_, err = out.Write(f.Whole(whole))
		return err
	}
	_, err := io.Copy(writerOnly{out}, resp.Body)
	return err
}

// body is what the client gets of an answer. Each write is sent at once.
type body struct {
	http.ResponseWriter
	fault *Fault
	ctx   context.Context
	sent  int
}

// writerOnly hides that there is a ReadFrom, which would not come by Write.
type writerOnly struct{ io.Writer }

func (b *body) flush() { _ = http.NewResponseController(b.ResponseWriter).Flush() }

func (b *body) Write(p []byte) (int, error) {
	if b.fault.Still != nil {
		select {
		case <-b.fault.Still:
		case <-b.ctx.Done():
			return 0, errCut
		}
	}
	defer b.flush()
	if cut := b.fault.Cut; cut > 0 && b.sent+len(p) >= cut {
		_, _ = b.ResponseWriter.Write(p[:cut-b.sent])
		return 0, errCut
	}
	n, err := b.ResponseWriter.Write(p)
	b.sent += n
	return n, err
}

// events passes a watch's events, of which the server sends one on each line.
func (b *body) events(in io.Reader, change func([]byte) [][]byte) error {
	lines := bufio.NewReaderSize(in, 64<<10)
	for {
		line, err := lines.ReadBytes('\n')
		switch {
		case errors.Is(err, io.EOF) && len(line) == 0:
			return nil
		case err != nil:
			return err
		}
		for _, event := range change(bytes.Clone(line)) {
			if _, err := b.Write(event); err != nil {
				return err
			}
		}
	}
}
