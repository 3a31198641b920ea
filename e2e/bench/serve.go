package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/dogwatch/dogwatch/replay/apiserver"
)

// order is a line that has the server's pods change, and outcome the one that it answers when they have.
const (
	order   = "%d %d\n"    // changes a second, nanoseconds
	outcome = "%d %d %d\n" // changes, nanoseconds that they took, pods that there are then
	ready   = "ready"
)

// serveLoad is the server of pods that change. It is a process of its own: in that of the terminal the changes would keep the
// terminal from telling at once what is on its screen, and their cost would be taken for dogwatch's slowness.
func serveLoad(ctx context.Context, args []string) (err error) {
	flags := flag.NewFlagSet("serve-load", flag.ContinueOnError)
	pods := flags.Int("pods", 10_000, "how many pods there are")
	dir := flags.String("dir", "", "the folder that a kubeconfig is written to")
	if err := flags.Parse(args); err != nil {
		return err
	}
	l, err := newLoad(*pods)
	if err != nil {
		return err
	}
	server := apiserver.New(l.store, apiserver.Options{RequireToken: true})
	defer func() { err = errors.Join(err, server.Close()) }()
	if err := server.Start(ctx); err != nil {
		return err
	}
	kubeconfig, err := server.Kubeconfig("load")
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(*dir, kubeconfigName), kubeconfig, 0o600); err != nil {
		return err
	}
	fmt.Println(ready)
	return obey(ctx, l)
}

// obey changes pods as it is told, until there is nobody any more to tell.
func obey(ctx context.Context, l *load) error {
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		var rate int
		var length time.Duration
		if _, err := fmt.Sscanf(in.Text()+"\n", order, &rate, &length); err != nil {
			return fmt.Errorf("the order %q: %w", in.Text(), err)
		}
		before, begin := l.changes, time.Now()
		if err := l.run(ctx, rate, length, func(time.Duration) error { return nil }); err != nil {
			return err
		}
		fmt.Printf(outcome, l.changes-before, time.Since(begin), l.present())
	}
	return nil
}
