package picker_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/dogwatch/dogwatch/keymap"
	"github.com/dogwatch/dogwatch/theme"
	"github.com/dogwatch/dogwatch/ui/golden"
	"github.com/dogwatch/dogwatch/ui/picker"
	"github.com/dogwatch/dogwatch/workspace"
)

const gateway = "gateway.networking.k8s.io"

func choices() []workspace.TypeChoice {
	return []workspace.TypeChoice{
		{Name: "configmaps", Version: "v1", Kind: "ConfigMap", Namespaced: true, ShortNames: []string{"cm"}},
		{Name: "deployments", Group: "apps", Version: "v1", Kind: "Deployment", Namespaced: true, ShortNames: []string{"deploy"}, Categories: []string{"all"}, Watched: true},
		{Name: "gatewayclasses", Group: gateway, Version: "v1", Kind: "GatewayClass", ShortNames: []string{"gc"}, New: true},
		{Name: "gateways", Group: gateway, Version: "v1", Kind: "Gateway", Namespaced: true, ShortNames: []string{"gtw"}},
		{Name: "httproutes", Group: gateway, Version: "v1", Kind: "HTTPRoute", Namespaced: true},
		{Name: "poddisruptionbudgets", Group: "policy", Version: "v1", Kind: "PodDisruptionBudget", Namespaced: true, ShortNames: []string{"pdb"}},
		{Name: "pods", Version: "v1", Kind: "Pod", Namespaced: true, ShortNames: []string{"po"}, Categories: []string{"all"}, Watched: true},
		{Name: "pods", Group: "metrics.k8s.io", Version: "v1beta1", Kind: "PodMetrics", Namespaced: true, NotServing: true},
		{Name: "secrets", Version: "v1", Kind: "Secret", Namespaced: true, Forbidden: "no permission to list secrets in namespace kube-system"},
		{Name: "validatingadmissionpolicybindings", Group: "admissionregistration.k8s.io", Version: "v1", Kind: "ValidatingAdmissionPolicyBinding"},
	}
}

func open(t *theme.Theme, width, height int) *picker.Model {
	m := picker.New(t, keymap.Default())
	m.SetSize(width, height)
	m.SetChoices(choices(), "")
	m.Open()
	return m
}

func typeIn(m *picker.Model, s string) {
	for _, r := range s {
		m.Type(tea.KeyPressMsg{Code: r, Text: string(r)})
	}
}

func do(m *picker.Model, actions ...keymap.Action) {
	for _, a := range actions {
		m.Do(a)
	}
}

func applied(m *picker.Model, a keymap.Action) picker.AppliedMsg {
	return m.Do(a)().(picker.AppliedMsg)
}

var plain = theme.New(theme.Options{Colors: theme.None})

// names lists the plurals on screen.
func names(m *picker.Model) []string {
	var list []string
	lines := strings.Split(ansi.Strip(m.View()), "\n")
	if strings.Contains(lines[3], "no type fits") {
		return nil
	}
	for _, line := range lines[2 : len(lines)-2] {
		if fields := strings.Fields(strings.Trim(line[len("│     "):], "│ ]")); len(fields) > 1 {
			list = append(list, fields[0])
		}
	}
	return list
}

func TestQueryFindsTheLikeliestFirst(t *testing.T) {
	for query, want := range map[string][]string{
		"":            {"deployments", "pods", "configmaps", "gatewayclasses", "gateways", "httproutes", "poddisruptionbudgets", "pods", "secrets", "validatingadmissionpolicybin…"},
		"po":          {"pods", "pods", "poddisruptionbudgets", "validatingadmissionpolicybin…"},
		"pdb":         {"poddisruptionbudgets"},
		"gat":         {"gateways", "gatewayclasses", "httproutes"},
		"HTTPRoute":   {"httproutes"},
		"all":         {"pods", "deployments"},
		"pods.m":      {"pods"},
		"v1beta":      {"pods"},
		"cfgm":        {"configmaps"},
		"no such one": nil,
	} {
		m := open(plain, 110, 16)
		m.Paste(query)
		if got := names(m); !reflect.DeepEqual(got, want) {
			t.Errorf("%q finds %q, want %q", query, got, want)
		}
	}
}

func TestApplyAsksForWhatWasMarked(t *testing.T) {
	m := open(plain, 84, 16)
	do(m, keymap.Mark, keymap.Down, keymap.Down, keymap.Mark)
	typeIn(m, "gateways")
	do(m, keymap.Mark)
	want := picker.AppliedMsg{Add: []string{"configmaps", "gateways." + gateway}, Drop: []string{"deployments.apps"}}
	if got := applied(m, keymap.Accept); !reflect.DeepEqual(got, want) {
		t.Errorf("asks %+v, want %+v", got, want)
	}
	want.OneTab = true
	if got := applied(m, keymap.OneTab); !reflect.DeepEqual(got, want) {
		t.Errorf("asks %+v, want %+v", got, want)
	}
	m.Open()
	do(m, keymap.Mark, keymap.Mark)
	if got := names(m); len(got) != 10 {
		t.Errorf("Open keeps the query: %q", got)
	}
	if got, want := applied(m, keymap.Accept), (picker.AppliedMsg{Drop: []string{"deployments.apps"}}); !reflect.DeepEqual(got, want) {
		t.Errorf("without marks asks %+v, want %+v", got, want)
	}
}

func TestWhatMayNotBeWatchedIsNotAdded(t *testing.T) {
	m := open(plain, 84, 16)
	typeIn(m, "secrets")
	if got := applied(m, keymap.Accept); got.Add != nil || got.Drop != nil {
		t.Errorf("asks %+v", got)
	}
}

func TestApplyOfNothingFound(t *testing.T) {
	m := open(plain, 84, 16)
	typeIn(m, "zzz")
	do(m, keymap.Down, keymap.PageUp, keymap.Mark)
	m.Click(3, 2)
	if got := applied(m, keymap.Accept); got.Add != nil || got.Drop != nil {
		t.Errorf("asks %+v", got)
	}
}

func TestNewChoicesKeepQueryMarksAndCursor(t *testing.T) {
	m := open(plain, 84, 16)
	typeIn(m, "gat")
	do(m, keymap.Mark, keymap.Down) // gateways marked, the cursor on gatewayclasses
	more := append([]workspace.TypeChoice{{Name: "gates", Group: "acme.io", Version: "v1", Kind: "Gate", New: true}}, choices()...)
	m.SetChoices(more, "")
	if got, want := names(m), []string{"gates", "gateways", "gatewayclasses", "httproutes"}; !reflect.DeepEqual(got, want) {
		t.Errorf("shows %q, want %q", got, want)
	}
	do(m, keymap.Mark)
	want := picker.AppliedMsg{Add: []string{"gatewayclasses." + gateway, "gateways." + gateway}}
	if got := applied(m, keymap.Accept); !reflect.DeepEqual(got, want) {
		t.Errorf("asks %+v, want %+v", got, want)
	}
	for i := range more {
		more[i].Watched = true
	}
	m.SetChoices(more[:1], "") // what was marked has gone
	m.SetChoices(more, "")
	if got := ansi.Strip(m.View()); strings.Contains(got, "add 2") {
		t.Errorf("marks stay though they came true:\n%s", got)
	}
}

func TestMouse(t *testing.T) {
	m := open(plain, 84, 16)
	m.Click(5, 4) // configmaps
	m.Scroll(3)
	want := picker.AppliedMsg{Add: []string{"configmaps"}}
	if got := applied(m, keymap.Accept); !reflect.DeepEqual(got, want) {
		t.Errorf("asks %+v, want %+v", got, want)
	}
}

func TestScreens(t *testing.T) {
	for _, size := range []struct{ width, height int }{{58, 10}, {78, 19}, {110, 24}} {
		t.Run(fmt.Sprintf("%dx%d", size.width, size.height), func(t *testing.T) {
			m := open(plain, size.width, size.height)
			do(m, keymap.Mark, keymap.Down, keymap.Down, keymap.Mark)
			golden.Screen(t, t.Name(), m.View(), size.width, size.height)
			typeIn(m, "gat")
			golden.Screen(t, t.Name()+"-gat", m.View(), size.width, size.height)
		})
	}
}

func TestWhyATypeMayNotBeWatchedCanBeRead(t *testing.T) {
	reason := "no permission to list validatingadmissionpolicybindings.admissionregistration.k8s.io cluster-wide"
	for _, width := range []int{58, 78, 110} {
		m := picker.New(plain, keymap.Default())
		m.SetSize(width, 10)
		m.SetChoices([]workspace.TypeChoice{{Name: "validatingadmissionpolicybindings", Version: "v1", Kind: "ValidatingAdmissionPolicyBinding", Forbidden: reason}}, "")
		m.Open()
		lines := strings.Split(ansi.Strip(m.View()), "\n")
		said := strings.NewReplacer(" ", "", "│", "", "└─", "").Replace(strings.Join(lines[len(lines)-2:], ""))
		if want := strings.ReplaceAll(reason, " ", ""); !strings.HasPrefix(said, want) {
			t.Errorf("%d cells wide: says %q, want %q", width, said, want)
		}
	}
}

func TestStyledScreen(t *testing.T) {
	m := open(theme.New(theme.Options{Dark: true}), 110, 13)
	typeIn(m, "po")
	do(m, keymap.Down, keymap.Down, keymap.Mark)
	golden.Styled(t, t.Name(), m.View(), 110, 13)
}

func TestEmptyScreens(t *testing.T) {
	m := picker.New(plain, keymap.Default())
	m.SetSize(60, 7)
	m.Open()
	golden.Screen(t, t.Name()+"/waiting", m.View(), 60, 7)
	m.SetChoices(nil, "no connection to prod-eu: i/o timeout")
	golden.Screen(t, t.Name()+"/failed", m.View(), 60, 7)
	m.SetChoices(choices(), "")
	typeIn(m, "zzz")
	golden.Screen(t, t.Name()+"/nothing-fits", m.View(), 60, 7)
}

func TestHostileScreen(t *testing.T) {
	m := picker.New(plain, keymap.Default())
	m.SetSize(70, 7)
	m.SetChoices([]workspace.TypeChoice{
		{Name: "evil\x1b[2Js", Group: "a\u202eb.io", Version: "v1", Kind: "E", ShortNames: []string{"\x9b31m"}, Forbidden: "no\nnever"},
		{Name: strings.Repeat("日本", 30), Group: strings.Repeat("g", 300), Version: "v1", New: true},
	}, "")
	m.Open()
	golden.Screen(t, t.Name(), m.View(), 70, 7)
	typeIn(m, "s")
	m.View()
}

func BenchmarkKeyWithThousandTypes(b *testing.B) {
	var list []workspace.TypeChoice
	for i := range 1000 {
		list = append(list, workspace.TypeChoice{
			Name: fmt.Sprintf("widgets%dthings", i), Group: fmt.Sprintf("group%d.example.com", i%40), Version: "v1",
			Kind: fmt.Sprintf("Widget%dThing", i), ShortNames: []string{fmt.Sprintf("w%d", i)}, Categories: []string{"all"},
		})
	}
	m := picker.New(plain, keymap.Default())
	m.SetSize(84, 24)
	m.SetChoices(list, "")
	m.Open()
	for b.Loop() {
		typeIn(m, "t")
		m.View()
		m.Type(tea.KeyPressMsg{Code: tea.KeyBackspace})
		m.View()
	}
}
