package suite

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"k8s.io/client-go/rest"

	"github.com/dogwatch/dogwatch/replay/apiserver"
	"github.com/dogwatch/dogwatch/replay/player"
	"github.com/dogwatch/dogwatch/replay/recording"
)

// Played is a recording, being served in this process.
type Played struct {
	*player.Player
	Server *apiserver.Server
}

// Play serves a recording, paused at an instant, until the test ends. The zero instant is its beginning.
func Play(t *testing.T, file string, at time.Time) *Played {
	t.Helper()
	rec, err := recording.OpenPath(file)
	if err != nil {
		t.Fatal(err)
	}
	p, err := player.New(rec, player.Options{At: at, Paused: true})
	if err != nil {
		t.Fatal(err)
	}
	server := apiserver.New(p.Store(), apiserver.Options{RequireToken: true, Now: p.Now})
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { p.Run(ctx) })
	t.Cleanup(func() {
		cancel()
		running.Wait()
		if err := server.Close(); err != nil {
			t.Error(err)
		}
		if err := rec.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := server.Start(ctx); err != nil {
		t.Fatal(err)
	}
	return &Played{p, server}
}

// Config is how to reach the server.
func (p *Played) Config() *rest.Config {
	access := p.Server.Access()
	return &rest.Config{
		Host: access.Host, BearerToken: access.Token, QPS: -1,
		TLSClientConfig: rest.TLSClientConfig{CAData: access.CA},
	}
}

// Kubeconfig writes the same into a file of the test.
func (p *Played) Kubeconfig(t *testing.T) string {
	t.Helper()
	text, err := p.Server.Kubeconfig("past")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "kubeconfig")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}
