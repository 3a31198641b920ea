// Package served plays a recording and serves it over the Kubernetes API, on this machine and with a token of its own.
package served

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	utilruntime "k8s.io/apimachinery/pkg/util/runtime"

	"github.com/dogwatch/dogwatch/replay/apiserver"
	"github.com/dogwatch/dogwatch/replay/player"
	"github.com/dogwatch/dogwatch/replay/recording"
)

// Options say how a recording is played, and where it is served.
type Options struct {
	// Addr is where to listen; a free port of the loopback where it is empty.
	Addr string
	// At is the moment to begin at.
	At           time.Time
	Paused, Loop bool
}

// Served is a recording that is being played and served.
type Served struct {
	Recording *recording.Recording
	Server    *apiserver.Server
	Player    *player.Player
	// Kubeconfig is for the server, under the name of the recorded context, which Context is.
	Kubeconfig []byte
	Context    string
	stop       func()
}

// Serve plays and serves a recording until Stop, which closes it. An error closes it too.
func Serve(ctx context.Context, rec *recording.Recording, opts Options) (*Served, error) {
	p, err := player.New(rec, player.Options{At: opts.At, Paused: opts.Paused, Loop: opts.Loop})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("opening the recording: %w", err), rec.Close())
	}
	first := rec.Segments()[0]
	server := apiserver.New(p.Store(), apiserver.Options{
		Addr: opts.Addr, RequireToken: true, Version: first.ServerVersion, Now: p.Now,
		ReadOnlyMessage: "this is a recording: it can be read, not changed",
	})
	ctx, cancel := context.WithCancel(ctx)
	var playing sync.WaitGroup
	playing.Go(func() {
		defer utilruntime.HandleCrash()
		p.Run(ctx)
	})
	s := &Served{Recording: rec, Server: server, Player: p, Context: first.Context, stop: func() {
		cancel()
		playing.Wait()
		_ = server.Close()
		_ = rec.Close()
	}}
	if s.Context == "" {
		s.Context = "recording"
	}
	if err := server.Start(ctx); err != nil {
		s.Stop()
		return nil, err
	}
	if s.Kubeconfig, err = server.Kubeconfig(s.Context); err != nil {
		s.Stop()
		return nil, err
	}
	return s, nil
}

// Stop stops all of it and waits.
func (s *Served) Stop() { s.stop() }
