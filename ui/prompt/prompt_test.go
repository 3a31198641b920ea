package prompt_test

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/dogwatch/dogwatch/command"
	"github.com/dogwatch/dogwatch/keymap"
	"github.com/dogwatch/dogwatch/theme"
	"github.com/dogwatch/dogwatch/ui/golden"
	"github.com/dogwatch/dogwatch/ui/prompt"
	"github.com/dogwatch/dogwatch/workspace"
)

var plain = theme.New(theme.Options{Colors: theme.None})

func complete(line string, cursor int) command.Completion {
	return command.Complete(line, cursor, command.Candidates{
		Types: []workspace.TypeChoice{
			{Name: "pods", Kind: "Pod", ShortNames: []string{"po"}},
			{Name: "podtemplates", Kind: "PodTemplate"},
			{Name: "poddisruptionbudgets", Kind: "PodDisruptionBudget", ShortNames: []string{"pdb"}},
		},
		Namespaces: []string{"default", "kube-system", "shop", "evil\x1b[2J"},
		Contexts:   []string{"prod-eu"},
	})
}

func started(kind prompt.Kind, text string) *prompt.Model {
	m := prompt.New(plain)
	m.SetSize(80, 1)
	m.Start(kind, text, complete)
	return m
}

// typed types s and gives the text that the last key tells of.
func typed(m *prompt.Model, s string) string {
	var last prompt.ChangedMsg
	for _, r := range s {
		last = m.Type(tea.KeyPressMsg{Code: r, Text: string(r)})().(prompt.ChangedMsg)
	}
	return last.Text
}

// changedBy gives the text after an action.
func changedBy(t *testing.T, m *prompt.Model, action keymap.Action) string {
	t.Helper()
	_, cmd := m.Do(action)
	if cmd == nil {
		t.Fatalf("%s changes nothing", action)
	}
	return cmd().(prompt.ChangedMsg).Text
}

func enter(m *prompt.Model) prompt.Done {
	if done, _ := m.Do(keymap.Accept); done != nil {
		return *done
	}
	return prompt.Done{}
}

func TestEachKeyTellsOfTheLine(t *testing.T) {
	m := started(prompt.Filter, "")
	if got := typed(m, "web"); got != "web" {
		t.Errorf("tells of %q", got)
	}
	if got := m.Paste("\nx\ty\n")().(prompt.ChangedMsg); got != (prompt.ChangedMsg{Kind: prompt.Filter, Text: "web x y"}) {
		t.Errorf("a paste tells of %+v", got)
	}
	if cmd := m.Type(tea.KeyPressMsg{Code: tea.KeyF5}); cmd != nil {
		t.Error("a key that does nothing tells of a change")
	}
	if got := enter(m); got != (prompt.Done{Kind: prompt.Filter, Text: "web x y"}) {
		t.Errorf("enter gives %+v", got)
	}
	if m.Active() {
		t.Error("still active")
	}
}

func TestBackGivesTheLineAsItWas(t *testing.T) {
	m := started(prompt.Filter, "api")
	typed(m, "x")
	want := prompt.Done{Kind: prompt.Filter, Text: "apix", Before: "api", Cancelled: true}
	if got, _ := m.Do(keymap.Back); got == nil || *got != want {
		t.Errorf("esc gives %+v, want %+v", got, want)
	}
}

func TestTabGoesThroughCandidates(t *testing.T) {
	m := started(prompt.Command, "")
	typed(m, "po")
	var seen []string
	for range 4 {
		seen = append(seen, changedBy(t, m, keymap.Complete))
	}
	if want := []string{"pods", "podtemplates", "poddisruptionbudgets", "pods"}; !reflect.DeepEqual(seen, want) {
		t.Errorf("goes through %q, want %q", seen, want)
	}
	typed(m, " ku")
	if got := changedBy(t, m, keymap.Complete); got != "pods kube-system" {
		t.Errorf("completes to %q", got)
	}
	typed(m, " @")
	if got := changedBy(t, m, keymap.Complete); got != "pods kube-system @prod-eu" {
		t.Errorf("completes to %q", got)
	}
	m.Start(prompt.Command, "zzz", complete)
	if _, cmd := m.Do(keymap.Complete); cmd != nil {
		t.Error("completes what has no candidate")
	}
	m.Start(prompt.Search, "x", nil)
	if _, cmd := m.Do(keymap.Complete); cmd != nil {
		t.Error("completes a search")
	}
}

func TestCompletionIsMadeWhenTheLineChangesNotWhenItIsDrawn(t *testing.T) {
	m := prompt.New(plain)
	m.SetSize(80, 1)
	made, names := 0, []string{"default"}
	m.Start(prompt.Command, "ns ", func(line string, cursor int) command.Completion {
		made++
		return command.Complete(line, cursor, command.Candidates{Namespaces: names})
	})
	shows := func(word string, calls int) {
		t.Helper()
		for range 3 {
			if view := ansi.Strip(m.View()); !strings.Contains(view, word) {
				t.Errorf("%q is not drawn: %q", word, view)
			}
		}
		if made != calls {
			t.Errorf("completed %d times, want %d", made, calls)
		}
	}
	shows("default", 1)
	names = []string{"late"}
	m.Refresh()
	shows("late", 2)
	typed(m, "l")
	shows("late", 3)
	m.Type(tea.KeyPressMsg{Code: tea.KeyHome})
	shows("retry", 4) // commands may stand at the line's start
}

func TestHistoryOfEachKind(t *testing.T) {
	m := started(prompt.Command, "")
	for _, line := range []string{"po", "svc", "svc", "  "} {
		m.Start(prompt.Command, line, complete)
		enter(m)
	}
	m.Start(prompt.Filter, "web", nil)
	enter(m)
	m.Start(prompt.Command, "", complete)
	typed(m, "dr")
	var seen []string
	for _, action := range []keymap.Action{keymap.HistoryPrev, keymap.HistoryPrev, keymap.HistoryNext, keymap.HistoryNext} {
		seen = append(seen, changedBy(t, m, action))
	}
	if want := []string{"svc", "po", "svc", "dr"}; !reflect.DeepEqual(seen, want) {
		t.Errorf("goes through %q, want %q", seen, want)
	}
	if _, cmd := m.Do(keymap.HistoryNext); cmd != nil {
		t.Error("there is something after what was typed")
	}
	if got := m.History(prompt.Filter); !reflect.DeepEqual(got, []string{"web"}) {
		t.Errorf("filters %q", got)
	}
}

func TestHistoryOfEarlierSessionsComesBeforeThisOnes(t *testing.T) {
	m := started(prompt.Command, "svc")
	enter(m)
	m.Start(prompt.Command, "", complete)
	m.SetHistory(prompt.Command, []string{"po", "svc", "no"}) // late, while a line is typed
	var seen []string
	for range 3 {
		seen = append(seen, changedBy(t, m, keymap.HistoryPrev))
	}
	if want := []string{"svc", "no", "po"}; !reflect.DeepEqual(seen, want) {
		t.Errorf("goes through %q, want %q", seen, want)
	}
	m.Start(prompt.Command, "no", complete)
	enter(m)
	if got, want := m.History(prompt.Command), []string{"po", "svc", "no"}; !reflect.DeepEqual(got, want) {
		t.Errorf("remembers %q, want %q", got, want)
	}
}

func TestHistoryIsBounded(t *testing.T) {
	m := started(prompt.Command, "")
	var lines []string
	for i := range 1000 {
		lines = append(lines, fmt.Sprint("po ns", i))
	}
	m.SetHistory(prompt.Command, lines)
	for _, line := range lines {
		m.Start(prompt.Command, line, complete)
		enter(m)
	}
	if got := m.History(prompt.Command); len(got) != 500 || got[499] != "po ns999" {
		t.Errorf("remembers %d lines, the last %q", len(got), got[len(got)-1])
	}
}

func TestFailedLineCanBeMended(t *testing.T) {
	m := started(prompt.Command, "po a b")
	enter(m)
	m.Fail("expected one namespace")
	if view := ansi.Strip(m.View()); !m.Active() || !strings.Contains(view, ":po a b") || !strings.Contains(view, "expected one namespace") {
		t.Errorf("drawn %q", view)
	}
	m.Type(tea.KeyPressMsg{Code: tea.KeyBackspace})
	if view := ansi.Strip(m.View()); strings.Contains(view, "expected") {
		t.Errorf("the problem stays: %q", view)
	}
}

func TestWhatIsWrongIsSaidWhileItIsTyped(t *testing.T) {
	m := prompt.New(plain)
	m.SetSize(80, 1)
	m.SetCheck(prompt.Filter, func(line string) error {
		if strings.HasSuffix(line, "(") {
			return errors.New("missing closing )")
		}
		return nil
	})
	m.Start(prompt.Filter, "(", nil)
	if view := ansi.Strip(m.View()); !strings.Contains(view, "missing closing )") {
		t.Errorf("does not say what is wrong with what it starts with: %q", view)
	}
	typed(m, "a)")
	if view := ansi.Strip(m.View()); strings.Contains(view, "missing") {
		t.Errorf("the problem stays: %q", view)
	}
	typed(m, "(")
	if done, cmd := m.Do(keymap.Accept); done != nil || cmd != nil || !m.Active() {
		t.Error("accepts what is wrong")
	}
	if got := m.History(prompt.Filter); len(got) != 0 {
		t.Errorf("remembers %q", got)
	}
	m.Type(tea.KeyPressMsg{Code: tea.KeyBackspace})
	if !m.Says(prompt.Filter, "(a)") || m.Says(prompt.Filter, "(a)(") || m.Says(prompt.Command, "(a)") {
		t.Error("does not know what is being typed")
	}
	if got := enter(m); got.Text != "(a)" || m.Says(prompt.Filter, "(a)") {
		t.Errorf("gives %+v", got)
	}
	m.Start(prompt.Command, "(", nil)
	if got := enter(m); got.Text != "(" {
		t.Errorf("checks a command as if it were a filter: %+v", got)
	}
}

func TestScreens(t *testing.T) {
	for name, prepare := range map[string]func(m *prompt.Model){
		"empty":      func(*prompt.Model) {},
		"ghost":      func(m *prompt.Model) { typed(m, "po") },
		"cycling":    func(m *prompt.Model) { typed(m, "po"); m.Do(keymap.Complete); m.Do(keymap.Complete) },
		"hostile":    func(m *prompt.Model) { typed(m, "po e\u202ev"); m.Do(keymap.Complete) },
		"namespaces": func(m *prompt.Model) { typed(m, "ns ") },
		"filter":     func(m *prompt.Model) { m.Start(prompt.Filter, "-l app=x", nil) },
		"long":       func(m *prompt.Model) { typed(m, "po "+strings.Repeat("/日本語", 60)) },
		"failed": func(m *prompt.Model) {
			typed(m, "po kube-system shop")
			m.Fail("expected one namespace, then /FILTER, LABEL=VALUE or @CONTEXT; got \"shop\" as well")
		},
	} {
		for _, width := range []int{60, 80, 120} {
			t.Run(fmt.Sprintf("%s-%d", name, width), func(t *testing.T) {
				m := started(prompt.Command, "")
				m.SetSize(width, 1)
				prepare(m)
				view := m.View()
				golden.Screen(t, t.Name(), view, width, 1)
				if got := ansi.StringWidth(view); got != width {
					t.Errorf("%d cells wide, want %d", got, width)
				}
			})
		}
	}
}

func TestStyledScreen(t *testing.T) {
	m := prompt.New(theme.New(theme.Options{Dark: true}))
	m.SetSize(80, 1)
	m.Start(prompt.Command, "po", complete)
	golden.Styled(t, t.Name()+"/ghost", m.View(), 80, 1)
	m.Do(keymap.Complete)
	golden.Styled(t, t.Name()+"/chosen", m.View(), 80, 1)
	m.Fail("no")
	golden.Styled(t, t.Name()+"/failed", m.View(), 80, 1)
}
