package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"regexp"
	"time"

	"github.com/dogwatch/dogwatch/e2e/terminal"
)

// memoryLimit is what the second run is told to stay in.
const memoryLimit = "300MiB"

// measureMemory measures what of dogwatch's process is in memory once it holds all pods and after they have changed for some time,
// and how much history is left then: without a limit, and in another run that is told one. The server is another process.
func measureMemory(ctx context.Context, args []string) (err error) {
	flags := flag.NewFlagSet("memory", flag.ContinueOnError)
	pods := flags.Int("pods", 100_000, "how many pods there are")
	rate := flags.Int("rate", 1000, "changes a second")
	length := flags.Duration("for", time.Minute, "for how long they change")
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
	changing := func(ctx context.Context) error {
		achieved, err := c.during(ctx, *rate, *length, func(ctx context.Context) error { <-ctx.Done(); return nil })
		if err == nil {
			fmt.Printf("  %.0f changes a second for %s\n", achieved, *length)
		}
		return err
	}
	if err := b.holdPods(ctx, c, nil, changing); err != nil {
		return err
	}
	return b.holdPods(ctx, c, []string{"GOMEMLIMIT=" + memoryLimit}, changing)
}

// holdPods has dogwatch list all pods, and says what it takes then and after what happens.
func (b *bed) holdPods(ctx context.Context, c *busy, env []string, happens func(context.Context) error) error {
	tty, err := b.show(ctx, c.kubeconfig, terminal.Options{Env: env}, "pods", "-A", "--debug-stats")
	if err != nil {
		return err
	}
	defer tty.Close()
	if _, err := tty.Await(ctx, "all rows", allListed(c.present)); err != nil {
		return err
	}
	fmt.Printf("%d pods %v\n", c.present, env)
	if err := sayMemory("all rows there", tty.Pid()); err != nil {
		return err
	}
	if err := happens(ctx); err != nil {
		return err
	}
	if _, err := tty.Await(ctx, "all rows still", allListed(c.present)); err != nil {
		return err
	}
	for _, line := range historyLines().FindAllString(tty.Screen(), -1) {
		fmt.Printf("  %s\n", line)
	}
	return sayMemory("at the end", tty.Pid())
}

// historyLines are what the corner of --debug-stats says of the history.
func historyLines() *regexp.Regexp {
	return regexp.MustCompile(`history     .*|  takes     .*|merged      .*`)
}

func sayMemory(when string, pid int) error {
	now, err := residentOf(pid)
	if err != nil {
		return err
	}
	peak, err := peakOf(pid)
	if err != nil {
		return err
	}
	fmt.Printf("  %s: resident %.0f MB, at the peak %.0f MB\n", when, mega(now), mega(peak))
	return nil
}
