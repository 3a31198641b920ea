// Command picture runs a program in a terminal emulator, presses keys, and
// writes what the screen shows, with its colours, as ANSI text:
//
//	go run ./cmd/picture -wait Running -keys 'y,down,down' -- dogwatch pods -A > picture.ansi
//
// Programs that turn ANSI text into PNG or SVG make a picture of it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/dogwatch/dogwatch/e2e/terminal"
)

// limit is how long a text may take to appear.
const limit = 30 * time.Second

// pollInterval is how often the screen is looked at.
const pollInterval = 20 * time.Millisecond

func main() {
	width := flag.Int("width", 120, "width in cells")
	height := flag.Int("height", 32, "height in cells")
	wait := flag.String("wait", "", "text that has to be on the screen before the keys")
	keys := flag.String("keys", "", "keys and texts to send, separated by commas; ?TEXT waits for a text")
	flag.Parse()
	if err := run(*width, *height, *wait, *keys, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "picture:", err)
		os.Exit(1)
	}
}

func run(width, height int, wait, keys string, command []string) error {
	if len(command) == 0 {
		return errors.New("give the command to run after --")
	}
	ctx, cancel := context.WithTimeout(context.Background(), 4*limit)
	defer cancel()
	t, err := terminal.Start(ctx, terminal.Options{
		Path: command[0], Args: command[1:], Env: os.Environ(), Width: width, Height: height,
	})
	if err != nil {
		return err
	}
	defer t.Close()
	if err := await(ctx, t, wait); err != nil {
		return err
	}
	if err := send(ctx, t, keys); err != nil {
		return err
	}
	fmt.Println(t.ANSI())
	return nil
}

func send(ctx context.Context, t *terminal.Terminal, keys string) error {
	if keys == "" {
		return nil
	}
	for _, key := range strings.Split(keys, ",") {
		if text, ok := strings.CutPrefix(key, "?"); ok && text != "" {
			if err := await(ctx, t, text); err != nil {
				return err
			}
			continue
		}
		if err := t.Press(key); err != nil {
			t.Type(key) // no key's name: a text
		}
	}
	return nil
}

// await waits for a text, and then until the screen has been still for a
// moment.
func await(ctx context.Context, t *terminal.Terminal, text string) error {
	tick := time.NewTicker(pollInterval)
	defer tick.Stop()
	deadline := time.After(limit)
	last, still := "", 0
	for {
		screen := t.Screen()
		if screen == last {
			still++
		} else {
			last, still = screen, 0
		}
		if strings.Contains(screen, text) && still >= 5 {
			return nil
		}
		select {
		case <-tick.C:
		case <-deadline:
			return fmt.Errorf("%q did not appear; the screen is\n%s", text, t.Dump())
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
