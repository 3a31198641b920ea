package terminal

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/ansi"
)

// Screen returns the text on the screen: a line for each row, without the blanks at its end.
func (t *Terminal) Screen() string {
	// Rendering copies under the emulator's lock; its cells, read one by one, would still be its own.
	lines := strings.Split(ansi.Strip(t.screen.Render()), "\n")
	for y, line := range lines {
		lines[y] = strings.TrimRight(line, " \r")
	}
	return strings.Join(lines, "\n")
}

// ANSI returns the screen with its colours as escape sequences, for pictures.
func (t *Terminal) ANSI() string { return t.screen.Render() }

// Cells returns a copy of the screen, row by row. The second cell of a wide character has no content; colours that the
// program leaves to the terminal are nil.
func (t *Terminal) Cells() [][]uv.Cell {
	area := uv.Rect(0, 0, t.screen.Width(), t.screen.Height())
	buffer := uv.NewScreenBuffer(area.Dx(), area.Dy())
	t.screen.Draw(buffer, area)
	rows := make([][]uv.Cell, len(buffer.Lines))
	for y, line := range buffer.Lines {
		rows[y] = line
	}
	return rows
}

// Changed holds a token after the screen has changed. One goroutine at most may receive from it, and not while another
// waits for a condition.
func (t *Terminal) Changed() <-chan struct{} { return t.changed }

// AltScreen says whether the program shows the alternate screen, as full-screen programs do until they end.
func (t *Terminal) AltScreen() bool { return t.screen.IsAltScreen() }

// CursorHidden says whether the program has hidden the cursor.
func (t *Terminal) CursorHidden() bool { return t.screen.CursorHidden() }

// Dump returns the screen in a frame, for messages.
func (t *Terminal) Dump() string {
	width := t.screen.Width()
	rule := strings.Repeat("─", width)
	var dump strings.Builder
	fmt.Fprintf(&dump, "screen %dx%d:\n┌%s\n", width, t.screen.Height(), rule)
	for line := range strings.SplitSeq(t.Screen(), "\n") {
		dump.WriteString("│" + line + "\n")
	}
	dump.WriteString("└" + rule)
	return dump.String()
}

// Await returns the first screen that condition accepts, or an error that shows the last one when ctx or the program has
// ended before that. The condition is asked again whenever the screen has changed.
func (t *Terminal) Await(ctx context.Context, what string, condition func(screen string) bool) (string, error) {
	for {
		screen := t.Screen()
		if condition(screen) {
			return screen, nil
		}
		select {
		case <-t.changed:
		case <-ctx.Done():
			return "", fmt.Errorf("waiting for %s: %w\n%s", what, context.Cause(ctx), t.Dump())
		case <-t.done:
			if screen := t.Screen(); condition(screen) {
				return screen, nil
			}
			return "", fmt.Errorf("the program ended before %s (%v)\n%s", what, t.cmd.ProcessState, t.Dump())
		}
	}
}

// WaitFor returns the first screen that condition accepts. It fails the test, and shows the last screen, when
// timeout has passed or the program has ended before that.
func (t *Terminal) WaitFor(tb testing.TB, timeout time.Duration, what string, condition func(screen string) bool) string {
	tb.Helper()
	ctx, cancel := context.WithTimeoutCause(context.Background(), timeout, fmt.Errorf("%v have passed", timeout))
	defer cancel()
	screen, err := t.Await(ctx, what, condition)
	if err != nil {
		tb.Fatalf("%v", err)
	}
	return screen
}

// WaitForText waits, as [Terminal.WaitFor], until each of the texts is somewhere on the screen.
func (t *Terminal) WaitForText(tb testing.TB, timeout time.Duration, texts ...string) string {
	tb.Helper()
	return t.WaitFor(tb, timeout, fmt.Sprintf("the text %q", texts), func(screen string) bool {
		for _, text := range texts {
			if !strings.Contains(screen, text) {
				return false
			}
		}
		return true
	})
}

// WaitForNoText waits, as [Terminal.WaitFor], until the text is nowhere on the screen.
func (t *Terminal) WaitForNoText(tb testing.TB, timeout time.Duration, text string) string {
	tb.Helper()
	return t.WaitFor(tb, timeout, fmt.Sprintf("the text %q to go", text), func(screen string) bool {
		return !strings.Contains(screen, text)
	})
}
