package mcp

import (
	"net/http"
	"time"
)

// readPatience is how long a client over HTTP may take for a part of an answer, or what it is told.
const readPatience = 10 * time.Second

// patient is an answer of which each part is to be read within a time; else its connection ends. Clients are told of what is new one after the other,
// so that one that does not read, and stays, would hold up all others for good.
type patient struct {
	http.ResponseWriter
	control *http.ResponseController
}

// patiently has a handler give answers that are patient.
func patiently(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p := &patient{w, http.NewResponseController(w)}
		defer p.wait() // for what is still to be sent of it
		next.ServeHTTP(p, r)
	})
}

// wait begins the time anew. Where that cannot be, there is no connection that could be waited for.
func (p *patient) wait() { _ = p.control.SetWriteDeadline(time.Now().Add(readPatience)) }

func (p *patient) Write(data []byte) (int, error) {
	p.wait()
	return p.ResponseWriter.Write(data)
}

// FlushError is what an http.ResponseController calls.
func (p *patient) FlushError() error {
	p.wait()
	return p.control.Flush()
}

// Unwrap is for what else an http.ResponseController does.
func (p *patient) Unwrap() http.ResponseWriter { return p.ResponseWriter }
