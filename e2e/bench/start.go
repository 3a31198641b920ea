package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/dogwatch/dogwatch/e2e/terminal"
)

// measureStart measures, on a real API server, how long after its start the program shows rows, a screen full of them, and
// all of them counted, beside curl that reads the same stream: once with few pods, once with many. Several programs take turns.
func measureStart(ctx context.Context, args []string) (err error) {
	flags := flag.NewFlagSet("start", flag.ContinueOnError)
	few := flags.Int("few", 1000, "how many pods there are first")
	pods := flags.Int("pods", 10_000, "how many pods there are then")
	rounds := flags.Int("rounds", 5, "how often each side is started at each size")
	kubeconfig := flags.String("kubeconfig", "", "measure this cluster as it is, not one of so many pods")
	programs := flags.String("dogwatch", "", programUsage+"; several with commas between them")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *few < height || *pods < *few {
		return fmt.Errorf("there must be %d pods at least at first, and no fewer then", height)
	}
	b, err := makeBed(ctx, *programs)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.remove()) }()
	if *kubeconfig != "" {
		return measureStartOf(ctx, b, *kubeconfig, *rounds)
	}
	c, err := startCluster(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Stop()) }()
	var full []figures
	for _, n := range []int{*few, *pods} {
		if err := c.fill(ctx, n); err != nil {
			return err
		}
		ours, err := compareStarts(ctx, b, c.target, n, *rounds)
		if err != nil {
			return err
		}
		full = append(full, ours)
	}
	printRatio(fmt.Sprintf("screen full of rows, of %d pods", *pods), full[1], fmt.Sprintf("of %d pods", *few), full[0])
	return nil
}

// measureStartOf measures a cluster as it is.
func measureStartOf(ctx context.Context, b *bed, kubeconfig string, rounds int) error {
	t, err := newTarget(kubeconfig, b.dir)
	if err != nil {
		return err
	}
	read, err := t.readPods(ctx)
	if err != nil {
		return err
	}
	_, err = compareStarts(ctx, b, t, read.events-1, rounds) // the last is the bookmark behind the list
	return err
}

// starts are the figures of one program.
type starts struct{ written, row, full, all figures }

// compareStarts starts all sides in turn, and says how long the last program needed for a screen full of rows.
func compareStarts(ctx context.Context, b *bed, t *target, pods, rounds int) (figures, error) {
	programs := b.each()
	ours := make([]starts, len(programs))
	var first, stream figures
	for range rounds {
		for i, program := range programs {
			written, err := program.timeWritten(ctx, t.kubeconfig)
			if err != nil {
				return nil, err
			}
			took, err := program.timeStart(ctx, t.kubeconfig, pods)
			if err != nil {
				return nil, err
			}
			s := &ours[i]
			s.written = append(s.written, written)
			s.row, s.full, s.all = append(s.row, took.row), append(s.full, took.full), append(s.all, took.all)
		}
		theirs, err := t.readPods(ctx)
		if err != nil {
			return nil, err
		}
		first, stream = append(first, theirs.first), append(stream, theirs.all)
	}
	for i, program := range programs {
		if len(programs) > 1 {
			fmt.Println(program.program)
		}
		printRatio(fmt.Sprintf("%d pods, start to first row written", pods), ours[i].written, fmt.Sprintf("curl's first %d events", firstEvents), first)
		printRatio(fmt.Sprintf("%d pods, start to first row on an emulator's screen", pods), ours[i].row, fmt.Sprintf("curl's first %d events", firstEvents), first)
		printRatio(fmt.Sprintf("%d pods, start to a screen full of rows", pods), ours[i].full, fmt.Sprintf("curl's first %d events", firstEvents), first)
		printRatio(fmt.Sprintf("%d pods, start to all rows", pods), ours[i].all, "curl's whole stream", stream)
	}
	last := len(programs) - 1
	keys, err := programs[last].keysWhileListing(ctx, t.kubeconfig, pods)
	if err != nil {
		return nil, err
	}
	fmt.Printf("%d pods, key to screen while they come: %s\n", pods, keys.spread())
	return ours[last].full, nil
}

// started is how long after its start dogwatch showed what.
type started struct{ row, full, all time.Duration }

// timeStart starts dogwatch and waits until it shows all pods.
func (b *bed) timeStart(ctx context.Context, kubeconfig string, pods int) (s started, err error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	begin := time.Now()
	rows := &sighting{of: []byte("pod-"), seen: make(chan struct{})}
	tty, err := b.show(ctx, kubeconfig, terminal.Options{Output: rows}, "pods", "-A")
	if err != nil {
		return s, err
	}
	defer tty.Close()
	// To read the emulator's screen takes processor time, of which the program and the server have need: not before there is a row.
	select {
	case <-rows.seen:
	case <-tty.Done():
	case <-ctx.Done():
	}
	for _, step := range []struct {
		what  string
		done  func(string) bool
		after *time.Duration
	}{
		{"a row", func(screen string) bool { return rowsOn(screen) > 0 }, &s.row},
		{"a screen full of rows", func(screen string) bool { return rowsOn(screen) >= firstEvents }, &s.full},
		{"all rows", allListed(pods), &s.all},
	} {
		if _, err := tty.Await(ctx, step.what, step.done); err != nil {
			return s, err
		}
		*step.after = time.Since(begin)
	}
	return s, nil
}

// sighting waits for bytes that go by.
type sighting struct {
	of   []byte
	last []byte // in which they may have begun
	done bool
	seen chan struct{}
}

// Write looks for the bytes.
func (s *sighting) Write(b []byte) (int, error) {
	if s.done {
		return len(b), nil
	}
	s.last = append(s.last, b...)
	if s.done = bytes.Contains(s.last, s.of); s.done {
		close(s.seen)
	}
	s.last = s.last[max(0, len(s.last)-len(s.of)):]
	return len(b), nil
}

// rowsOn counts the pods that are on the screen.
func rowsOn(screen string) int { return strings.Count(screen, " pod-") }

// allListed is the condition that the tab counts so many objects, and that no more are awaited.
func allListed(pods int) func(string) bool {
	tab := " " + grouped(pods)
	return func(screen string) bool {
		lines := strings.SplitN(screen, "\n", 3)
		return len(lines) > 1 && strings.Contains(lines[1]+" ", "pods"+tab+" ") && !strings.Contains(lines[1], "listing")
	}
}

// grouped is a number as dogwatch writes it: 12,400.
func grouped(n int) string {
	digits := strconv.Itoa(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// place is where dogwatch says that the cursor is: "12 of 10,000".
type place struct{ row, of int }

// placeOf reads it; the zero place is none.
func placeOf(screen string) place {
	match := regexp.MustCompile(`^ ([\d,]+) of ([\d,]+)`).FindStringSubmatch(screen[strings.LastIndexByte(screen, '\n')+1:])
	if match == nil {
		return place{}
	}
	var p place
	for i, n := range []*int{&p.row, &p.of} {
		*n, _ = strconv.Atoi(strings.ReplaceAll(match[i+1], ",", "")) // digits
	}
	return p
}

// isAnswer tells whether a key has moved the cursor from one place to another. Rows that come move its place a little, too.
func isAnswer(key string, from, to place) bool {
	switch {
	case to.row == 0:
		return false
	case key == "end": // rows that come behind it in the same frame leave it where the end was
		return to.row > to.of/2 || to.row >= from.of
	case key == "home":
		return to.row == 1 || to.row < from.row/2
	}
	return to.row != from.row
}

// keysWhileListing starts dogwatch and moves the cursor up and down while the rows come.
func (b *bed) keysWhileListing(ctx context.Context, kubeconfig string, pods int) (keys figures, err error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	tty, err := b.show(ctx, kubeconfig, terminal.Options{}, "pods", "-A")
	if err != nil {
		return nil, err
	}
	defer tty.Close()
	screen, err := tty.Await(ctx, "rows", func(screen string) bool { return rowsOn(screen) > 2 && placeOf(screen).row > 0 })
	for complete := allListed(pods); err == nil && !complete(screen); {
		var took time.Duration
		took, screen, err = moveCursor(ctx, tty, []string{"end", "home"}[len(keys)%2])
		keys = append(keys, took)
	}
	return keys, err
}

// moveCursor presses a key that moves the cursor and says how long it took until it had moved.
func moveCursor(ctx context.Context, tty *terminal.Terminal, key string) (took time.Duration, screen string, err error) {
	before := placeOf(tty.Screen())
	begin := time.Now()
	if err := tty.Press(key); err != nil {
		return 0, "", err
	}
	screen, err = tty.Await(ctx, fmt.Sprintf("the answer to %s on row %d of %d", key, before.row, before.of), func(screen string) bool {
		return isAnswer(key, before, placeOf(screen))
	})
	return time.Since(begin), screen, err
}
