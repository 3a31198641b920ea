package cluster

import (
	"bufio"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"sync"
)

// unpackers are what unpacks answers. They are 50 kB each, so that they are used again and held only while there is something to unpack. It is safe
// for concurrent use.
type unpackers struct{ pool sync.Pool }

// unpacker unpacks one part after the other.
type unpacker struct {
	in   *bufio.Reader
	gzip gzip.Reader
}

// ask asks for compressed answers. net/http would ask, too, but hold an unpacker for as long as the answer lasts, which for a watch is many minutes.
func (*unpackers) ask(req *http.Request) { req.Header.Set("Accept-Encoding", "gzip") }

// unpack has an answer be read as if it had not been compressed.
func (u *unpackers) unpack(resp *http.Response) {
	if resp.Header.Get("Content-Encoding") != "gzip" || resp.Body == http.NoBody {
		return
	}
	resp.Header.Del("Content-Encoding")
	resp.Header.Del("Content-Length")
	resp.ContentLength, resp.Uncompressed = -1, true
	resp.Body = &unpacked{packed: resp.Body, unpackers: u}
}

// unpacked reads a body that was compressed. API servers end a part of it (a member, in RFC 1952) whenever they have nothing more to say for now:
// in between there is no unpacker. Reads and Close are called by one goroutine at a time.
type unpacked struct {
	packed    io.ReadCloser
	unpackers *unpackers
	by        *unpacker // nil between parts
	first     [1]byte   // of a part, read to see that one begins
	begun     bool      // first is still to be read
	err       error     // that ended it
}

// Read reads what was compressed.
func (u *unpacked) Read(p []byte) (int, error) {
	for len(p) > 0 && u.err == nil {
		if u.by == nil {
			if u.err = u.await(); u.err == nil {
				u.err = u.begin()
			}
			if u.err != nil {
				break
			}
		}
		n, err := u.by.gzip.Read(p)
		switch {
		case errors.Is(err, io.EOF):
			u.err = u.endPart()
		case err != nil:
			u.err = err
		}
		if n > 0 {
			return n, nil
		}
	}
	return 0, u.err
}

// await waits for a part. Between parts the end is one. What waits holds its stack: nothing else is done here.
func (u *unpacked) await() (err error) {
	for !u.begun && err == nil {
		var n int
		n, err = u.packed.Read(u.first[:])
		u.begun = n > 0
	}
	if u.begun {
		return nil // an error comes again
	}
	return err
}

// begin takes an unpacker for the part that has begun to come.
func (u *unpacked) begin() error {
	by, ok := u.unpackers.pool.Get().(*unpacker)
	if !ok {
		by = &unpacker{in: bufio.NewReader(nil)}
	}
	by.in.Reset(partReader{u})
	u.by = by
	return u.beginPart()
}

// beginPart reads a part's header.
func (u *unpacked) beginPart() error {
	if err := u.by.gzip.Reset(u.by.in); err != nil {
		return err
	}
	u.by.gzip.Multistream(false)
	return nil
}

// endPart goes on with the part behind one where that has come with it, and lets go of the unpacker where not.
func (u *unpacked) endPart() error {
	if u.by.in.Buffered() > 0 {
		return u.beginPart()
	}
	u.by.in.Reset(nil)
	u.unpackers.pool.Put(u.by)
	u.by = nil
	return nil
}

// Close closes the body.
func (u *unpacked) Close() error { return u.packed.Close() }

// partReader reads what is compressed, its first byte, too.
type partReader struct{ *unpacked }

func (r partReader) Read(p []byte) (int, error) {
	if r.begun && len(p) > 0 {
		r.begun = false
		p[0] = r.first[0]
		return 1, nil
	}
	return r.packed.Read(p)
}
