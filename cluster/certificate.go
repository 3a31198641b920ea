package cluster

import (
	"bytes"
	"os"
	"sync"
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
	if f.path == "" || isPipe(f.path) {
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
