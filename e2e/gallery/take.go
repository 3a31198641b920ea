package gallery

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	uv "github.com/charmbracelet/ultraviolet"

	"github.com/dogwatch/dogwatch/e2e/terminal"
)

// Shot is a screen that was taken.
type Shot struct {
	Cells [][]uv.Cell
	// Text is the screen without its colours.
	Text string
	Show time.Duration
}

// Camera takes pictures of one program.
type Camera struct {
	// Program is dogwatch's path.
	Program string
	// Patience is how long something may take to appear. Zero: as long as it takes on a slow machine.
	Patience time.Duration
	// Expect tells whether a shot, counted from 0, is as it should be; nil takes each as it is. It is asked again whenever the screen has changed,
	// for as long as Lag: a slow machine shows what is half done.
	Expect func(shot int, cells [][]uv.Cell) bool
	Lag    time.Duration
}

// Limits of a wait.
const (
	defaultPatience = 30 * time.Second
	defaultCalm     = 150 * time.Millisecond
)

// Take runs the program as the picture's script says, in a terminal of the theme, and returns one shot, or those of an
// animation in their order.
func (c *Camera) Take(ctx context.Context, p *Picture, theme string) (shots []Shot, err error) {
	palette, err := paletteOf(theme)
	if err != nil {
		return nil, err
	}
	home, err := os.MkdirTemp("", "dogwatch-picture-")
	if err != nil {
		return nil, fmt.Errorf("taking %s: %w", p.Name, err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(home)) }()
	t, err := terminal.Start(ctx, terminal.Options{
		Path: c.Program, Args: p.Args, Width: p.Columns, Height: p.Rows, Dir: home,
		// Nothing of who takes the picture is in it.
		Env:        []string{"HOME=" + home, "TMPDIR=" + home, "LANG=C.UTF-8", "TZ=UTC"},
		Foreground: palette.Foreground, Background: palette.Background,
	})
	if err != nil {
		return nil, fmt.Errorf("taking %s: %w", p.Name, err)
	}
	defer t.Close()
	s := &session{camera: c, terminal: t}
	for i, step := range p.Steps {
		if err := s.do(ctx, step); err != nil {
			return nil, fmt.Errorf("taking %s, step %d: %w\n%s", p.File(theme), i+1, err, t.Dump())
		}
	}
	if !p.Animated() {
		if err := s.shoot(ctx, 0); err != nil {
			return nil, fmt.Errorf("taking %s: %w\n%s", p.File(theme), err, t.Dump())
		}
	}
	return s.shots, nil
}

// session is one run of a script.
type session struct {
	camera   *Camera
	terminal *terminal.Terminal
	calm     time.Duration // of the step that is carried out
	shots    []Shot
	missed   bool // a shot was not as expected: those after it are taken as they are
}

// do carries out one step.
func (s *session) do(ctx context.Context, step Step) error {
	s.calm = cmp.Or(step.Calm.Duration, defaultCalm)
	if step.Times > 0 {
		return s.repeat(ctx, step)
	}
	keys := step.Press
	for _, r := range step.Type {
		keys = append(keys, string(r))
	}
	waits := len(step.Until)+len(step.Gone) > 0
	shows := step.Show.Duration > 0
	for i, key := range keys {
		if err := s.press(ctx, key); err != nil {
			return err
		}
		if awaited := waits && i == len(keys)-1; shows && !awaited {
			if err := s.shoot(ctx, step.Show.Duration); err != nil {
				return err
			}
		}
	}
	if !waits && len(keys) > 0 {
		return nil
	}
	if err := s.until(ctx, step); err != nil {
		return err
	}
	if shows {
		return s.shoot(ctx, step.Show.Duration)
	}
	return s.settle(ctx)
}

// repeat presses the keys of a step as often as it says.
func (s *session) repeat(ctx context.Context, step Step) error {
	for _, key := range slices.Repeat(step.Press, step.Times) {
		if err := s.terminal.Press(key); err != nil {
			return err
		}
		if err := s.settle(ctx); err != nil {
			return err
		}
	}
	return nil
}

// press sends a key and waits until the screen has answered and come to rest.
func (s *session) press(ctx context.Context, key string) error {
	before := s.terminal.ANSI()
	if err := s.terminal.Press(key); err != nil {
		return err
	}
	what := fmt.Sprintf("an answer to the key %s", key)
	if err := s.await(ctx, what, func() bool { return s.terminal.ANSI() != before }); err != nil {
		return err
	}
	return s.settle(ctx)
}

// until waits for the step's texts.
func (s *session) until(ctx context.Context, step Step) error {
	what := fmt.Sprintf("the texts %q", step.Until)
	if len(step.Gone) > 0 {
		what += fmt.Sprintf(" without %q", step.Gone)
	}
	return s.await(ctx, what, func() bool {
		screen := s.terminal.Screen()
		for _, text := range step.Until {
			if !strings.Contains(screen, text) {
				return false
			}
		}
		for _, text := range step.Gone {
			if strings.Contains(screen, text) {
				return false
			}
		}
		return true
	})
}

// shoot keeps the screen when it has come to rest, and is as is expected or will not be.
func (s *session) shoot(ctx context.Context, show time.Duration) error {
	if err := s.settle(ctx); err != nil {
		return err
	}
	if expect := s.camera.Expect; expect != nil && !s.missed {
		late := time.After(s.camera.Lag)
		for !expect(len(s.shots), s.terminal.Cells()) {
			if s.missed = !s.changes(ctx, late); s.missed {
				break
			}
			if err := s.settle(ctx); err != nil {
				return err
			}
		}
	}
	s.shots = append(s.shots, Shot{Cells: s.terminal.Cells(), Text: s.terminal.Screen(), Show: show})
	return nil
}

// changes waits until the screen has changed, which is false where it is late before.
func (s *session) changes(ctx context.Context, late <-chan time.Time) bool {
	select {
	case <-s.terminal.Changed():
		return true
	case <-late:
	case <-ctx.Done():
	}
	return false
}

// await returns when the condition holds. It is asked again whenever the screen has changed.
func (s *session) await(ctx context.Context, what string, condition func() bool) error {
	patience := cmp.Or(s.camera.Patience, defaultPatience)
	timer := time.NewTimer(patience)
	defer timer.Stop()
	for !condition() {
		select {
		case <-s.terminal.Changed():
		case <-timer.C:
			return fmt.Errorf("waited %v for %s", patience, what)
		case <-s.terminal.Done():
			return fmt.Errorf("the program ended before %s", what)
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

// settle returns when the screen has been still for as long as the step says.
func (s *session) settle(ctx context.Context) error {
	for {
		select {
		case <-s.terminal.Changed():
		case <-time.After(s.calm):
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}
