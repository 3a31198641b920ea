package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/dogwatch/dogwatch/e2e/terminal"
	"github.com/dogwatch/dogwatch/replay/apiserver"
)

// busy is a cluster in this process whose pods change.
type busy struct {
	load       *load
	server     *apiserver.Server
	kubeconfig string
}

// bedWithBusy makes a bed and a server of pods that change; stop ends both.
func bedWithBusy(ctx context.Context, program string, pods int) (b *bed, c *busy, stop func() error, err error) {
	if b, err = makeBed(ctx, program); err != nil {
		return nil, nil, nil, err
	}
	if c, err = b.startBusy(ctx, pods); err != nil {
		return nil, nil, nil, errors.Join(err, b.remove())
	}
	return b, c, func() error { return errors.Join(c.server.Close(), b.remove()) }, nil
}

func (b *bed) startBusy(ctx context.Context, pods int) (*busy, error) {
	l, err := newLoad(pods)
	if err != nil {
		return nil, err
	}
	server := apiserver.New(l.store, apiserver.Options{RequireToken: true})
	path, err := b.startServer(ctx, server)
	if err != nil {
		return nil, errors.Join(err, server.Close())
	}
	return &busy{load: l, server: server, kubeconfig: path}, nil
}

// startServer starts a server and writes a kubeconfig for it.
func (b *bed) startServer(ctx context.Context, server *apiserver.Server) (path string, err error) {
	if err := server.Start(ctx); err != nil {
		return "", err
	}
	kubeconfig, err := server.Kubeconfig("load")
	if err != nil {
		return "", err
	}
	return b.write("kubeconfig", kubeconfig)
}

// during runs f while pods change at a rate, and says how many changes a second there were.
func (c *busy) during(ctx context.Context, rate int, length time.Duration, f func(ctx context.Context) error) (achieved float64, err error) {
	ctx, cancel := context.WithTimeout(ctx, length)
	defer cancel()
	before, begin := c.load.changes, time.Now()
	ended := make(chan error, 1)
	go func() { ended <- c.load.run(ctx, rate, length, func(time.Duration) error { return nil }) }()
	err = f(ctx)
	loadErr := <-ended
	achieved = float64(c.load.changes-before) / time.Since(begin).Seconds()
	for _, e := range []*error{&err, &loadErr} {
		if errors.Is(*e, context.DeadlineExceeded) {
			*e = nil // that is the end that was wanted
		}
	}
	return achieved, errors.Join(err, loadErr)
}

// pressKeys moves the cursor down and up between the first two rows, five times a second and more slowly where the screen is,
// until ctx ends. A key that is not answered within ten seconds is an error.
func pressKeys(ctx context.Context, tty *terminal.Terminal) (keys figures, err error) {
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return keys, context.Cause(ctx)
		}
		key := "down"
		if position(tty.Screen()) != "1" {
			key = "home"
		}
		// The last key may take longer than there is time.
		each, cancel := context.WithTimeoutCause(context.WithoutCancel(ctx), 10*time.Second, fmt.Errorf("no answer to the key %s", key))
		took, _, err := moveCursor(each, tty, key)
		cancel()
		if err != nil {
			return keys, err
		}
		keys = append(keys, took)
	}
}
