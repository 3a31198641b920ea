package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dogwatch/dogwatch/setup"
)

// A server that takes the connection and never answers is why events are not delivered at the end, though nothing has failed yet.
func TestAServerThatNeverAnswersIsSaid(t *testing.T) {
	s, asked := newShop(t), make(chan struct{}, 1)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // it is seen then that who asks is gone
		wake(asked)
		<-r.Context().Done()
	}))
	t.Cleanup(server.Close)
	done := make(chan int, 1)
	var stderr bytes.Buffer
	go func() {
		done <- run(ctx, s.args("--format", "json", "--to", server.URL, "--drain", "1500ms"), io.Discard, &stderr)
	}()
	<-asked
	stop()
	code := <-done
	if said := stderr.String(); code != setup.ExitError || !strings.Contains(said, "1 events were not delivered: no answer for ") {
		t.Errorf("it ends with %d and says %s", code, said)
	}
}

// A file that another process writes is refused, by its name.
func TestAFileThatAnotherWritesIsRefused(t *testing.T) {
	s, path := newShop(t), filepath.Join(t.TempDir(), "events")
	first := s.process("--format", "json", "--to", "file:"+path)
	if err := first.Start(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "its being watched", func() bool { return contains(path, `"notice":"watching"`) })
	code, _, said := command(t, s.args("--to", "file:"+path)...)
	if code != setup.ExitError || !strings.Contains(said, "the file "+path+" is written by another process: choose another name") {
		t.Errorf("it ends with %d and says %s", code, said)
	}
	if err := first.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = first.Wait()
	again := s.process("--format", "text", "--to", "file:"+path)
	if err := again.Start(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "its being watched after the other was killed", func() bool { return contains(path, "watching") && contains(path, "pods  ") })
	_ = again.Process.Kill()
	_ = again.Wait()
}
