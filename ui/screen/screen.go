// Package screen writes what a Bubble Tea model shows to the terminal, as soon as it shows it.
//
// Bubble Tea's own renderer looks at a clock, which costs an idle program as much as all of its watches and keeps a change
// waiting for the next tick, and parses the whole View each time. Here a goroutine takes the latest View, reads the lines
// that are not as before and writes the cells that are not: frames that a slow terminal has no time for are skipped.
// Bubble Tea keeps the terminal itself: raw mode, the alternate screen, the mouse, suspending, and giving all of it back.
package screen

import (
	"bytes"
	"context"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"sync"

	"github.com/charmbracelet/colorprofile"
	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/term"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
)

// Rate is how often in a second Bubble Tea is to look whether it has something to write: modes and titles, nothing that hurries.
const Rate = 2

// Screen draws Views. It is also the output of the Bubble Tea program, since both write to one terminal: what the program
// writes may clear the screen, so the View is written anew behind it. All methods are safe for concurrent use.
type Screen struct {
	file term.File
	env  []string
	wake chan struct{} // one slot
	pace pace
	// resized hears of it when the terminal gets another size, until ended is closed.
	resized chan os.Signal
	ended   chan struct{}

	waiting sync.Mutex // guards next, and is never held while the terminal makes us wait
	next    frame

	mu      sync.Mutex // guards what follows, which is the terminal's
	phase   phase
	shown   frame // what the terminal has, or is to have once it is ours again
	whole   bool  // it was written as it is, and there are no cells yet
	lines   []string
	before  []string // the lines of the frame before
	cells   uv.ScreenBuffer
	differ  *uv.TerminalRenderer // nil before there are cells
	drawnAs settings             // what lines, cells and differ were made for
	drawing scratch
	out     scratch
}

// phase is who has the alternate screen.
type phase uint8

const (
	// untouched: nobody has asked for it yet.
	untouched phase = iota
	// entered: we have, for the first frame; Bubble Tea does not know yet.
	entered
	// ours: Bubble Tea has.
	ours
	// left: Bubble Tea has given it back, for ever or to come again.
	left
)

// frame is a View with all that decides how it is written.
type frame struct {
	content string
	settings
}

// settings are what is known of the terminal.
type settings struct {
	width, height int
	profile       colorprofile.Profile
	method        ansi.Method
	// synchronized tells that the terminal can take a frame as a whole.
	synchronized bool
}

// drawsAs tells whether cells are the same and written in the same way, as long as each takes one column.
func (s settings) drawsAs(other settings) bool {
	s.synchronized, s.method = other.synchronized, other.method
	return s == other
}

// New makes the Screen of a terminal. env is the process's environment.
func New(file term.File, env []string) *Screen {
	return &Screen{file: file, env: env, wake: make(chan struct{}, 1), resized: make(chan os.Signal, 1), ended: make(chan struct{})}
}

// Listener gives what is to be handed all that is read from the terminal, and gives back all but what is for the Screen. Without
// it the Screen asks the terminal nothing, and cannot tell how much the line to it holds.
func (s *Screen) Listener() func(read []byte) (rest []byte) {
	s.pace.listens()
	return s.pace.hear
}

// Settle ends what the Screen says to the terminal by itself, until Bubble Tea takes the alternate screen again: it waits a moment
// for what the terminal has to answer.
func (s *Screen) Settle() { s.pace.settle() }

// Run draws until ctx ends. It is called once.
func (s *Screen) Run(ctx context.Context) {
	defer utilruntime.HandleCrash()
	defer close(s.ended)
	notifyResizes(s.resized)
	defer signal.Stop(s.resized)
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.wake:
			s.pace.wait(ctx)
			s.Draw()
			s.prepare()
		}
	}
}

// size is how many cells the terminal has. One that does not say is taken for the smallest that is common.
func (s *Screen) size() (width, height int) {
	width, height, err := term.GetSize(s.file.Fd())
	if err != nil || width <= 0 || height <= 0 {
		return 80, 24
	}
	return believable(width, height)
}

// believable is a size for which there is memory, and that Bubble Tea takes: a terminal may say anything. What the smallest letters
// on the largest screens make of it is within.
func believable(width, height int) (int, int) { return min(width, 2000), min(height, 500) }

// prepare makes the cells of a frame that is on the terminal without any, before the next one needs them.
func (s *Screen) prepare() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.whole {
		s.adopt()
	}
}

// adopt makes the cells of what paintWhole has written.
func (s *Screen) adopt() {
	s.whole = false
	s.anew(s.shown.settings)
	s.setCells(s.shown)
	s.differ.Render(s.cells.RenderBuffer)
	_ = s.differ.Flush() // a buffer takes all
	s.drawing.wipe()
	s.differ.SetPosition(0, 0)
}

// show has a frame drawn, in place of those that have not been yet. It never blocks.
func (s *Screen) show(f frame) {
	s.waiting.Lock()
	defer s.waiting.Unlock()
	if f == s.next || f.width <= 0 || f.height <= 0 {
		return
	}
	s.next = f
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Draw writes the latest View, as Run does for each.
func (s *Screen) Draw() {
	s.waiting.Lock()
	f := s.next
	s.waiting.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.phase == left {
		s.shown = f
		return
	}
	first := s.phase == untouched
	if first {
		s.out.WriteString(ansi.SetModeAltScreenSaveCursor + ansi.ResetModeTextCursorEnable)
		s.phase = entered
	}
	s.paint(f)
	if first {
		// Bubble Tea would ask when it next looks whether it has something to write, and a light terminal has dark colours until then.
		s.out.WriteString(ansi.RequestBackgroundColor)
	}
	if n := s.out.Len(); n > 0 && s.pace.ask(n) {
		s.out.WriteString(question)
	}
	s.flush()
}

// flush writes what has been put together. An error is that of a terminal that is gone, of which Bubble Tea hears by its input.
func (s *Screen) flush() {
	if s.out.Len() > 0 {
		_, _ = s.file.Write(s.out.Bytes())
		s.out.wipe()
	}
}

// paint appends what makes the terminal show f to s.out.
func (s *Screen) paint(f frame) {
	switch {
	case s.whole && f == s.shown:
		return
	case s.whole:
		s.adopt()
	case s.differ == nil && s.paintWhole(f):
		return
	case s.differ == nil:
		s.anew(f.settings)
	}
	if !f.drawsAs(s.drawnAs) || s.cells.Method != ansi.GraphemeWidth && s.cells.Method != f.method {
		s.anew(f.settings)
	}
	s.shown = f
	// To look for lines that moved takes longer than all else of a frame. On Windows terminals get it wrong, says Bubble Tea.
	s.differ.SetScrollOptim(s.setCells(f) && runtime.GOOS != "windows")
	s.differ.Render(s.cells.RenderBuffer)
	defer s.drawing.wipe()
	if err := s.differ.Flush(); err != nil || s.drawing.Len() == 0 {
		return // a buffer takes all
	}
	defer s.synchronize(f)()
	_, _ = s.out.Write(s.drawing.Bytes()) // memory takes all
}

// synchronize begins what the terminal is to show at once, if it can, until end is called.
func (s *Screen) synchronize(f frame) (end func()) {
	if !f.synchronized {
		return func() {}
	}
	s.out.WriteString(ansi.SetModeSynchronizedOutput)
	return func() { s.out.WriteString(ansi.ResetModeSynchronizedOutput) }
}

// anew forgets what is on the terminal.
func (s *Screen) anew(to settings) {
	s.drawnAs = to
	s.lines = make([]string, to.height)
	s.cells = uv.NewScreenBuffer(to.width, to.height)
	s.differ = uv.NewTerminalRenderer(&s.drawing, s.env)
	s.differ.SetColorProfile(to.profile)
	s.measureBy(ansi.GraphemeWidth) // as long as it makes no difference
	s.differ.SetFullscreen(true)
	s.differ.Erase()
}

// measureBy has the width of characters be measured in a way.
func (s *Screen) measureBy(method ansi.Method) {
	s.cells.Method = method
	s.differ.SetWidthMethod(method)
}

// setCells reads the lines that are not as before, and tells whether any of them was somewhere near.
func (s *Screen) setCells(f frame) (scrolled bool) {
	s.before = append(s.before[:0], s.lines...)
	defer func() { clear(s.before) }() // there may be a secret in them
	rest, more := f.content, true
	for y := range s.lines {
		var line string
		if more {
			line, rest, more = strings.Cut(rest, "\n")
		}
		if line == s.lines[y] {
			continue
		}
		if s.cells.Method != f.method && !isPlain(line) {
			s.measureBy(f.method)
		}
		was := s.lines[y]
		s.lines[y] = strings.Clone(line) // which would else hold all of the View that it was cut from
		scrolled = scrolled || s.wasNear(y, line)
		if s.respell(y, was, line) {
			continue
		}
		uv.NewStyledString(line).Draw(s.cells, uv.Rect(0, y, f.width, 1))
		s.own(y)
	}
	return scrolled
}

// own has the cells of a line hold their own characters. As parts of the line they would hold all of it, and the cells that stay the same
// behind it are not drawn anew: what it said, a Secret's value maybe, would stay in memory.
func (s *Screen) own(y int) {
	for x := range s.cells.Width() {
		c := s.cells.CellAt(x, y)
		switch {
		case c == nil || c.Content == "":
		case len(c.Content) == 1:
			c.Content = string([]byte{c.Content[0]}) // without memory of its own
		default:
			c.Content = strings.Clone(c.Content)
		}
	}
}

// wasNear tells whether a line stood a few lines above or below before.
func (s *Screen) wasNear(y int, line string) bool {
	const near = 3 // as far as a wheel moves
	for _, was := range s.before[max(0, y-near):min(len(s.before), y+near+1)] {
		if line == was && line != "" {
			return true
		}
	}
	return false
}

// Write takes what Bubble Tea writes to the terminal, and the View behind it, in one.
func (s *Screen) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case bytes.Contains(b, []byte(ansi.ResetModeAltScreenSaveCursor)):
		s.pace.settle() // or who has the terminal next would read the answer
		s.phase = left
	case bytes.Contains(b, []byte(ansi.SetModeAltScreenSaveCursor)):
		s.phase = ours
		s.pace.begin()
	}
	s.whole = false
	if s.differ != nil {
		s.differ.Erase() // whatever is on the terminal is drawn over
	}
	defer s.out.wipe()
	_, _ = s.out.Buffer.Write(b) // takes all
	if (s.phase == entered || s.phase == ours) && s.shown.width > 0 {
		s.paint(s.shown)
	}
	if n, err := s.file.Write(s.out.Bytes()); err != nil {
		return min(n, len(b)), err
	}
	return len(b), nil
}

// Restore leaves the alternate screen where Bubble Tea had no time to learn that we entered it. Nothing is drawn afterwards.
func (s *Screen) Restore() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.phase == entered {
		s.out.WriteString(ansi.ResetModeAltScreenSaveCursor + ansi.SetModeTextCursorEnable)
	}
	s.phase = left
	s.flush()
}

// Read, Close and Fd are the terminal's own: by them Bubble Tea finds that it is one.
func (s *Screen) Read(b []byte) (int, error) { return s.file.Read(b) }

// Close closes the terminal.
func (s *Screen) Close() error { return s.file.Close() }

// Fd is the terminal's file descriptor.
func (s *Screen) Fd() uintptr { return s.file.Fd() }
