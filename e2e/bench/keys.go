package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"time"

	"github.com/dogwatch/dogwatch/e2e/terminal"
)

// measureKeys measures how long it takes from a key to the screen while the type in sight changes all the time, beside the same
// while nothing changes. The server and the terminal are processes of their own, and take processor time.
func measureKeys(ctx context.Context, args []string) (err error) {
	flags := flag.NewFlagSet("keys", flag.ContinueOnError)
	pods := flags.Int("pods", 10_000, "how many pods there are")
	rate := flags.Int("rate", 5000, "changes a second")
	length := flags.Duration("for", 30*time.Second, "for how long, quiet and then busy")
	program := flags.String("dogwatch", "", programUsage)
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *pods < height || *rate < 1 || *length < time.Second {
		return errors.New("there must be a screen of pods, some changes and some seconds")
	}
	b, c, stop, err := bedWithBusy(ctx, *program, *pods)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	tty, err := b.show(ctx, c.kubeconfig, terminal.Options{}, "pods", "-A")
	if err != nil {
		return err
	}
	defer tty.Close()
	if _, err := tty.Await(ctx, "all rows", allListed(*pods)); err != nil {
		return err
	}
	quiet, err := keysFor(ctx, tty, *length)
	if err != nil {
		return err
	}
	before, err := cpuOf(tty.Pid())
	if err != nil {
		return err
	}
	var keys figures
	achieved, err := c.during(ctx, *rate, *length, func(ctx context.Context) (err error) {
		keys, err = pressKeys(ctx, tty)
		return err
	})
	if err != nil {
		return err
	}
	after, err := cpuOf(tty.Pid())
	if err != nil {
		return err
	}
	fmt.Printf("key to screen while nothing changes: %s\n", quiet.spread())
	fmt.Printf("key to screen at %.0f changes a second: %s\n", achieved, keys.spread())
	fmt.Printf("ratio of p99: %.2f; dogwatch took %.0f%% of a processor\n", float64(keys.quantile(0.99))/float64(max(quiet.quantile(0.99), 1)),
		100*(after-before).Seconds()/length.Seconds())
	return nil
}

// keysFor presses keys for some time.
func keysFor(ctx context.Context, tty *terminal.Terminal, length time.Duration) (figures, error) {
	ctx, cancel := context.WithTimeout(ctx, length)
	defer cancel()
	keys, err := pressKeys(ctx, tty)
	if errors.Is(err, context.DeadlineExceeded) {
		err = nil
	}
	return keys, err
}
