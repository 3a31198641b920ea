package cli

import (
	"context"
	"os"
	"testing"

	tea "charm.land/bubbletea/v2"
)

// noting is a model that notes what it hears.
type noting struct{ messages *[]tea.Msg }

func (h noting) Init() tea.Cmd { return nil }
func (h noting) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	*h.messages = append(*h.messages, msg)
	return h, nil
}
func (h noting) View() tea.View { return tea.View{} }

func TestStopAndContinueTakeTheTerminalAnew(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var messages []tea.Msg
	settled := 0
	s := stoppable{Model: noting{&messages}, ctx: ctx, in: &input{}, settle: func() { settled++ }, signals: make(chan os.Signal, 1)}
	s.signals <- stopSignal
	if got := s.wait(); got != (stopMsg{stop: true, heard: true}) {
		t.Errorf("the signal to stop is %#v", got)
	}
	s.signals <- os.Interrupt // any other one: here it would be the one to go on
	if got := s.wait(); got != (stopMsg{heard: true}) {
		t.Errorf("the signal to go on is %#v", got)
	}
	next, cmd := s.Update(stopMsg{})
	if cmd == nil {
		t.Fatal("the terminal is not waited for")
	}
	next, cmd = next.Update(cmd())
	if settled != 1 {
		t.Errorf("the terminal was waited for %d times", settled)
	}
	if cmd == nil || len(messages) > 0 {
		t.Errorf("going on gives no command, and the screen hears %v", messages)
	}
	if next, cmd = next.Update(goesOnMsg{heard: true}); cmd == nil {
		t.Error("the next signal is not waited for")
	}
	if next, cmd = next.Update(goesOnMsg{}); cmd != nil {
		t.Error("after a key the signal is waited for twice")
	}
	if _, cmd = next.Update("anything else"); cmd != nil || len(messages) != 1 {
		t.Errorf("the screen has heard %v", messages)
	}
	if err := (stopping{in: &input{}}).Run(); err != nil {
		t.Error(err)
	}
	cancel()
	if got := s.wait(); got != nil {
		t.Errorf("after the end it hears %v", got)
	}
}
