package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/dogwatch/dogwatch/e2e/terminal"
)

// counter counts what is written to it.
type counter struct{ bytes atomic.Int64 }

func (c *counter) Write(p []byte) (int, error) {
	c.bytes.Add(int64(len(p)))
	return len(p), nil
}

// measureSlow measures what is written to a terminal, and how long it takes from a key to the screen, while the type in sight
// changes: on a slow line, beside one that takes all that comes.
func measureSlow(ctx context.Context, args []string) (err error) {
	flags := flag.NewFlagSet("slow", flag.ContinueOnError)
	pods := flags.Int("pods", height, "how many pods there are; few, so that most changes are in sight")
	rate := flags.Int("rate", 1000, "changes a second")
	pace := flags.Int("pace", 20_000, "bytes a second that the slow terminal takes")
	length := flags.Duration("for", 20*time.Second, "for how long, each")
	program := flags.String("dogwatch", "", programUsage)
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *pods < height || *rate < 1 || *pace < 1 || *length < time.Second {
		return errors.New("there must be a screen of pods, some changes, bytes and seconds")
	}
	b, c, stop, err := bedWithBusy(ctx, *program, *pods)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	fast, err := c.measureLine(ctx, b, 0, *rate, *length)
	if err != nil {
		return err
	}
	slow, err := c.measureLine(ctx, b, *pace, *rate, *length)
	if err != nil {
		return err
	}
	fmt.Printf("ratio of bytes slow to fast: %.2f; of the keys' medians: %.2f\n", float64(slow.bytes)/float64(max(fast.bytes, 1)),
		float64(slow.keys.median())/float64(max(fast.keys.median(), 1)))
	return nil
}

// line is what became of one terminal.
type line struct {
	bytes int64
	keys  figures
}

// measureLine shows the pods on a line of a pace, 0 for any, and has them change.
func (c *busy) measureLine(ctx context.Context, b *bed, pace, rate int, length time.Duration) (l line, err error) {
	var written counter
	tty, err := b.show(ctx, c.kubeconfig, terminal.Options{Output: &written, Pace: pace}, "pods", "-A")
	if err != nil {
		return l, err
	}
	defer tty.Close()
	if _, err := tty.Await(ctx, "rows and a cursor", func(screen string) bool { return placeOf(screen).row == 1 }); err != nil {
		return l, err
	}
	before, whole := written.bytes.Load(), int64(len(tty.ANSI()))
	achieved, err := c.during(ctx, rate, length, func(ctx context.Context) (err error) {
		l.keys, err = pressKeys(ctx, tty)
		return err
	})
	if err != nil {
		return l, err
	}
	l.bytes = written.bytes.Load() - before
	name := "a terminal that takes all"
	if pace > 0 {
		name = fmt.Sprintf("a terminal of %d bytes a second", pace)
	}
	perSecond := float64(l.bytes) / length.Seconds()
	fmt.Printf("%s, %.0f changes a second: %.0f bytes a second, as %.1f screens of %d bytes would be\n",
		name, achieved, perSecond, perSecond/float64(whole), whole)
	half := len(l.keys) / 2
	fmt.Printf("  key to screen: %s; p50 of the first half %s, of the second %s\n",
		l.keys.spread(), short(l.keys[:half].median()), short(l.keys[half:].median()))
	return l, nil
}
