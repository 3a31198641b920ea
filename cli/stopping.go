package cli

import (
	"context"
	"io"
	"os"
	"time"

	tea "charm.land/bubbletea/v2"
)

// stoppable lets the shell stop the process, with the terminal given back meanwhile, and draws the screen anew whenever the
// process goes on: others may have written on the terminal.
type stoppable struct {
	tea.Model
	ctx context.Context // ends with the program
	in  *input
	// settle ends what is said to the terminal but by Bubble Tea; it may take a moment.
	settle func()
	// signals are those that stop the process and let it go on.
	signals chan os.Signal
}

// newStoppable makes m stoppable until stop.
func newStoppable(ctx context.Context, m tea.Model, in *input, settle func()) (s stoppable, stop func()) {
	s = stoppable{Model: m, ctx: ctx, in: in, settle: settle, signals: make(chan os.Signal, 8)}
	notifyStops(s.signals)
	return s, func() { ignoreStops(s.signals) }
}

// stopMsg asks to stop, or tells that the process goes on.
type stopMsg struct {
	stop bool
	// settled tells that the terminal is waited for no more.
	settled bool
	// heard tells that it came of a signal, and that the next one is to be waited for.
	heard bool
}

// suspend is the command of a key that stops the process.
func suspend() tea.Msg { return stopMsg{stop: true} }

// goesOnMsg comes when the screen is there again.
type goesOnMsg struct{ heard bool }

func (s stoppable) Init() tea.Cmd { return tea.Batch(s.Model.Init(), s.wait) }

func (s stoppable) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case stopMsg:
		if !msg.settled {
			msg.settled = true
			return s, func() tea.Msg { s.settle(); return msg }
		}
		s.in.pause() // Bubble Tea only ends reads that it waits for by itself
		// Bubble Tea gives the terminal back around the command, and takes it again.
		return s, tea.Exec(stopping{in: s.in, signals: s.signals, stop: msg.stop}, func(error) tea.Msg { return goesOnMsg{msg.heard} })
	case goesOnMsg:
		if msg.heard {
			return s, s.wait
		}
		return s, nil
	}
	var cmd tea.Cmd
	s.Model, cmd = s.Model.Update(msg)
	return s, cmd
}

// wait waits for the next signal.
func (s stoppable) wait() tea.Msg {
	select {
	case signal := <-s.signals:
		return stopMsg{stop: signal == stopSignal, heard: true}
	case <-s.ctx.Done():
		return nil
	}
}

// stopping is what is done while the terminal is not ours.
type stopping struct {
	in      *input
	signals chan os.Signal
	stop    bool
}

// rendererEnds is more than Bubble Tea's renderer takes to end once it was told to. It stops the clock by which the next one
// draws: one that began before that would never draw.
const rendererEnds = 100 * time.Millisecond

// Run stops the process, where that is what was asked for, and returns when it goes on.
func (s stopping) Run() error {
	defer s.in.resume()
	time.Sleep(rendererEnds)
	if s.stop {
		stopProcess(s.signals)
	}
	return nil
}

// SetStdin implements tea.ExecCommand.
func (stopping) SetStdin(io.Reader) {}

// SetStdout implements tea.ExecCommand.
func (stopping) SetStdout(io.Writer) {}

// SetStderr implements tea.ExecCommand.
func (stopping) SetStderr(io.Writer) {}
