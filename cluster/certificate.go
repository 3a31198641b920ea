package cluster

import (
	"bytes"
	"os"
	"sync"
	"time"
)

// renewableFile is a file of certificates that may be replaced by a newer one while the program runs: client-go looks there
// when it opens a connection or every few minutes, and nobody tells it to. It is safe for concurrent use.
type renewableFile struct {
	path string // empty where there is no file

	mu    sync.Mutex
	known []byte
}

// renewed tells whether the file holds something else than at the last call.
func (f *renewableFile) renewed() bool {
	if f.path == "" || refuseFile("certificate", f.path, "") != nil {
		return false
	}
	content, err := os.ReadFile(f.path)
	f.mu.Lock()
	defer f.mu.Unlock()
	if err != nil || bytes.Equal(content, f.known) {
		return false
	}
	f.known = content
	return true
}

// clientCertificate is the file of the certificate by which the user logs in. It is safe for concurrent use.
type clientCertificate struct {
	renewableFile

	mu    sync.Mutex
	again time.Time // when what client-go had read before the last change is forgotten; zero if that has been told
}

// certificateLife is how long client-go keeps what it has read.
const certificateLife = time.Second

// refused tells whether a login that was refused may be another over a new connection: once when the file has changed, and once more when
// client-go reads it anew, as the connections that were made in between may be those of the certificate before.
func (c *clientCertificate) refused(now time.Time) bool {
	renewed := c.renewed()
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case renewed:
		c.again = now.Add(certificateLife)
	case !c.again.IsZero() && now.After(c.again):
		c.again = time.Time{}
	default:
		return false
	}
	return true
}
