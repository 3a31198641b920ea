package cli

import (
	"context"
	"reflect"
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
	inner := func() tea.Msg { f.panicIn("sequence"); return nil }
	return f, tea.Batch(command, tea.Sequence(command, tea.Batch(inner, inner)))
}

func (f faulty) View() tea.View { f.panicIn("view"); return tea.View{} }

func TestPanicsOfTheScreenReachThePanicHandlers(t *testing.T) {
	handlers, really := utilruntime.PanicHandlers, utilruntime.ReallyCrash
	defer func() { utilruntime.PanicHandlers, utilruntime.ReallyCrash = handlers, really }()
	utilruntime.ReallyCrash = false
	var caught []any
	utilruntime.PanicHandlers = []func(context.Context, any){func(_ context.Context, value any) { caught = append(caught, value) }}

	for _, where := range []string{"", "init", "update", "view", "command", "sequence"} {
		caught = nil
		m := guarded{faulty{where}}
		m.Init()
		_, cmd := m.Update(nil)
		runAll(cmd)
		m.View()
		if where == "" && len(caught) > 0 || where != "" && (len(caught) == 0 || caught[0] != where) {
			t.Errorf("panic in %q: caught %v", where, caught)
		}
	}
}

// runAll runs a command and those that it is made of, as Bubble Tea does.
func runAll(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	parts := reflect.ValueOf(cmd())
	if parts.Kind() != reflect.Slice {
		return
	}
	for i := range parts.Len() {
		runAll(parts.Index(i).Interface().(tea.Cmd))
	}
}
