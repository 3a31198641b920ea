package apiserver

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Fault is how the answer to one request goes wrong. What is set applies in the order of the fields; without Status or
// HTML the request is then answered as ever, with what the last fields say.
type Fault struct {
	// Delay before anything else.
	Delay time.Duration
	// Stall holds the request until the channel is closed.
	Stall <-chan struct{}
	// HTML answers with a web page, as a proxy in between would, under the code in Status or 200.
	HTML bool
	// Status answers with a Status object under this code, and with Reason and Message where they are set.
	Status  int
	Reason  metav1.StatusReason
	Message string
	// RetryAfter goes with a Status object, in whole seconds.
	RetryAfter time.Duration
	// CutAfter breaks the answer off after so many bytes of the body and closes its stream; 0 is no cut.
	CutAfter int
	// NoStreamingList refuses sendInitialEvents, as an old server does.
	NoStreamingList bool
	// NoTable answers with plain objects where a Table is asked for.
	NoTable bool
}

// faults holds the hook that gives each request its fault.
type faults struct {
	mu   sync.Mutex
	hook func(*http.Request) *Fault
}

// SetFaults asks hook for the fault of each request from now on; nil from the hook, or no hook, is none. The hook is
// called from many goroutines and must not keep the request.
func (s *Server) SetFaults(hook func(*http.Request) *Fault) {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.hook = hook
}

func (f *faults) of(r *http.Request) Fault {
	f.mu.Lock()
	hook := f.hook
	f.mu.Unlock()
	if hook == nil {
		return Fault{}
	}
	if fault := hook(r); fault != nil {
		return *fault
	}
	return Fault{}
}

// hold waits as the fault says, and reports whether the request is still wanted.
func (f Fault) hold(ctx context.Context) bool {
	if f.Delay > 0 {
		timer := time.NewTimer(f.Delay)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
			return false
		}
	}
	if f.Stall != nil {
		select {
		case <-f.Stall:
		case <-ctx.Done():
			return false
		}
	}
	return true
}

// answer answers in the server's place, if the fault is of that kind.
func (f Fault) answer(w http.ResponseWriter) bool {
	switch {
	case f.HTML:
		code := f.Status
		if code == 0 {
			code = http.StatusOK
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(code)
		_, _ = fmt.Fprintf(w, "<!DOCTYPE html>\n<html><head><title>%[1]d</title></head><body><h1>%[1]d</h1></body></html>\n", code)
	case f.Status != 0:
		writeStatus(w, f.status())
	default:
		return false
	}
	return true
}

func (f Fault) status() metav1.Status {
	reason, message := f.Reason, f.Message
	if reason == "" {
		reason = usualReasons[f.Status]
	}
	if message == "" {
		message = http.StatusText(f.Status)
	}
	status := metav1.Status{Status: metav1.StatusFailure, Code: int32(f.Status), Reason: reason, Message: message}
	if f.RetryAfter > 0 {
		status.Details = &metav1.StatusDetails{RetryAfterSeconds: int32(f.RetryAfter / time.Second)}
	}
	return status
}

// usualReasons are those that an API server gives with a code when nothing else is known.
var usualReasons = map[int]metav1.StatusReason{
	http.StatusUnauthorized:        metav1.StatusReasonUnauthorized,
	http.StatusForbidden:           metav1.StatusReasonForbidden,
	http.StatusNotFound:            metav1.StatusReasonNotFound,
	http.StatusGone:                metav1.StatusReasonExpired,
	http.StatusTooManyRequests:     metav1.StatusReasonTooManyRequests,
	http.StatusInternalServerError: metav1.StatusReasonInternalError,
	http.StatusServiceUnavailable:  metav1.StatusReasonServiceUnavailable,
	http.StatusGatewayTimeout:      metav1.StatusReasonTimeout,
}

// cutWriter breaks the answer off after some bytes of its body.
type cutWriter struct {
	http.ResponseWriter
	left int
}

// Unwrap lets http.ResponseController reach the writer's other abilities.
func (c *cutWriter) Unwrap() http.ResponseWriter { return c.ResponseWriter }

func (c *cutWriter) Write(p []byte) (int, error) {
	if len(p) < c.left {
		c.left -= len(p)
		return c.ResponseWriter.Write(p)
	}
	_, _ = c.ResponseWriter.Write(p[:c.left])
	_ = http.NewResponseController(c.ResponseWriter).Flush()
	panic(http.ErrAbortHandler) // net/http's way to break an answer off
}
