package cli

import (
	"context"
	"testing"

	tea "charm.land/bubbletea/v2"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
)

// faulty panics where it is told to.
type faulty struct{ in string }

func (f faulty) panicIn(where string) {
	if f.in == where {
		panic(where)
	}
}

func (f faulty) Init() tea.Cmd { f.panicIn("init"); return nil }

func (f faulty) Update(tea.Msg) (tea.Model, tea.Cmd) {
	f.panicIn("update")
	command := func() tea.Msg { f.panicIn("command"); return nil }
	return f, tea.Batch(command, command)
}

func (f faulty) View() tea.View { f.panicIn("view"); return tea.View{} }

func TestPanicsOfTheScreenReachThePanicHandlers(t *testing.T) {
	handlers, really := utilruntime.PanicHandlers, utilruntime.ReallyCrash
	defer func() { utilruntime.PanicHandlers, utilruntime.ReallyCrash = handlers, really }()
	utilruntime.ReallyCrash = false
	var caught []any
	utilruntime.PanicHandlers = []func(context.Context, any){func(_ context.Context, value any) { caught = append(caught, value) }}

	for _, where := range []string{"", "init", "update", "view", "command"} {
		caught = nil
		m := guarded{faulty{where}}
		m.Init()
		_, cmd := m.Update(nil)
		if cmd != nil {
			if batch, ok := cmd().(tea.BatchMsg); ok {
				for _, c := range batch {
					c()
				}
			}
		}
		m.View()
		if where == "" && len(caught) > 0 || where != "" && (len(caught) == 0 || caught[0] != where) {
			t.Errorf("panic in %q: caught %v", where, caught)
		}
	}
}
