package cli

import (
	tea "charm.land/bubbletea/v2"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
)

// guarded hands the panics of a model and of its commands to Kubernetes' panic
// handlers, as all other goroutines do. Bubble Tea would print them to stderr,
// which goes to the log while the screen is shown.
type guarded struct{ tea.Model }

func (g guarded) Init() tea.Cmd {
	defer utilruntime.HandleCrash()
	return guard(g.Model.Init())
}

func (g guarded) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	defer utilruntime.HandleCrash()
	next, cmd := g.Model.Update(msg)
	return guarded{next}, guard(cmd)
}

func (g guarded) View() tea.View {
	defer utilruntime.HandleCrash()
	return g.Model.View()
}

// guard does the same for a command, and for those that it turns out to be made of.
func guard(cmd tea.Cmd) tea.Cmd {
	if cmd == nil {
		return nil
	}
	return func() tea.Msg {
		defer utilruntime.HandleCrash()
		msg := cmd()
		batch, ok := msg.(tea.BatchMsg)
		if !ok {
			return msg
		}
		cmds := make(tea.BatchMsg, len(batch))
		for i, c := range batch {
			cmds[i] = guard(c)
		}
		return cmds
	}
}
