package cli

import (
	"reflect"

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
		return guardParts(cmd())
	}
}

// guardParts guards the commands of a message that consists of some: of tea.Batch, and of tea.Sequence, whose type has no name
// for others. Any other message is returned as it is.
func guardParts(msg tea.Msg) tea.Msg {
	parts := reflect.ValueOf(msg)
	if parts.Kind() != reflect.Slice || parts.Type().Elem() != reflect.TypeFor[tea.Cmd]() {
		return msg
	}
	cmds := reflect.MakeSlice(parts.Type(), parts.Len(), parts.Len())
	for i := range parts.Len() {
		cmds.Index(i).Set(reflect.ValueOf(guard(parts.Index(i).Interface().(tea.Cmd))))
	}
	return cmds.Interface()
}
