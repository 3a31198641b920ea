package cluster

import (
	"bytes"
	"os"
	"sync"
)

// clientCertificate is the file with which the user logs in, if it is one. A
// connection stays with the certificate that it was opened with, though that may
// have ended since and another be in the file: client-go looks there only when it
// opens one, and every few minutes. It is safe for concurrent use.
type clientCertificate struct {
	file string // empty where the login is another

	mu    sync.Mutex
	known []byte
}

// renewed tells whether there is another certificate than at the last call.
func (c *clientCertificate) renewed() bool {
	if c.file == "" {
		return false
	}
	content, err := os.ReadFile(c.file)
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil || bytes.Equal(content, c.known) {
		return false
	}
	c.known = content
	return true
}
