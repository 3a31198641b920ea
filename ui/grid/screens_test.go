package grid

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"github.com/dogwatch/dogwatch/informers"
	"github.com/dogwatch/dogwatch/keymap"
	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/theme"
	"github.com/dogwatch/dogwatch/ui/golden"
	"github.com/dogwatch/dogwatch/workspace"
)

type size struct{ width, height int }

func sizes() []size { return []size{{60, 13}, {80, 21}, {120, 37}, {200, 47}} }

func (s size) String() string { return fmt.Sprintf("%dx%d", s.width, s.height) }

func TestPods(t *testing.T) {
	p := pods{podColumns()}
	for _, s := range sizes() {
		m := shown(t, podTab(p.columns), &fakeView{rows: p.shop()}, s.width, s.height)
		m.Do(keymap.Down)
		golden.Screen(t, "pods-"+s.String(), m.View(now), s.width, s.height)
		m.Do(keymap.ToggleWide)
		golden.Screen(t, "wide-"+s.String(), m.View(now), s.width, s.height)
		m.Do(keymap.ScrollRight)
		golden.Screen(t, "scrolled-"+s.String(), m.View(now), s.width, s.height)
	}
}

func TestPodsInEachTheme(t *testing.T) {
	p := pods{podColumns()}
	for name, o := range map[string]theme.Options{
		"dark": {Dark: true}, "light": {}, "ansi16": {Dark: true, Colors: theme.ANSI16}, "none": {Colors: theme.None},
	} {
		m := shown(t, podTab(p.columns), &fakeView{rows: p.shop()}, 80, 12)
		m.SetTheme(theme.New(o))
		m.SetFilter(model.ParseFilter("ar"))
		m.Do(keymap.Down)
		golden.Styled(t, "theme-"+name, m.View(now), 80, 12)
	}
}

func TestOfVeryManyTypesSomeAreNamed(t *testing.T) {
	for n, want := range map[int]string{3: "no t0s, t1s, t2s in any namespace", 300: "t7s and 292 more types in any namespace"} {
		tab := workspace.Tab{ID: 2, Title: "*.acme.io"}
		for i := range n {
			tab.Sources = append(tab.Sources, workspace.Source{Name: fmt.Sprintf("t%ds", i), Kind: fmt.Sprintf("T%d", i), Namespaced: true, State: informers.State{Phase: informers.Live}})
		}
		if got := ansi.Strip(shown(t, tab, &fakeView{}, 120, 12).View(now)); !strings.Contains(got, want) || strings.Contains(got, "t9s") {
			t.Errorf("of %d types:\n%s", n, got)
		}
	}
}

func TestSeveralTypes(t *testing.T) {
	tab := workspace.Tab{ID: 2, Title: "po,svc,cm", Sources: []workspace.Source{
		{Name: "pods", Kind: "Pod", Namespaced: true, Cluster: "prod-eu"},
		{Name: "deployments", Kind: "Deployment", Namespaced: true, Cluster: "prod-eu"},
		{Name: "configmaps", Kind: "ConfigMap", Namespaced: true, Cluster: "prod-eu"},
	}}
	for i := range tab.Sources {
		tab.Sources[i].State.Phase = informers.Live
	}
	object := func(source int, name string, h model.Health, age, changed time.Duration) model.Row {
		r := model.Row{Source: source, Object: &model.Object{
			Key: model.Key{Namespace: "shop", Name: name}, Created: now.Add(-age).Unix(), Health: h, Columns: &model.Columns{},
		}}
		if changed > 0 {
			r.Changed = now.Add(-changed)
		}
		return r
	}
	rows := []model.Row{
		object(0, "api-7c9d8b6f5-9qzrt", model.Health{Level: model.Unhealthy, Reason: "CrashLoopBackOff"}, 192*time.Minute, 12*time.Second),
		object(1, "api", model.Health{Level: model.Progressing, Reason: "2 of 3 available"}, 264*time.Hour, 12*time.Second),
		object(1, "web", model.Health{Level: model.Healthy}, 264*time.Hour, 0),
		object(2, "api-settings", model.Health{}, 264*time.Hour, 41*time.Second),
	}
	for _, s := range sizes() {
		m := shown(t, tab, &fakeView{rows: rows}, s.width, s.height)
		golden.Screen(t, "types-"+s.String(), m.View(now), s.width, s.height)
	}
	tab.Sources[2].Cluster = "prod-us"
	m := shown(t, tab, &fakeView{rows: rows}, 120, 8)
	m.SetFocused(false)
	golden.Styled(t, "clusters", m.View(now), 120, 8)
}

func TestEventsWithALongMessage(t *testing.T) {
	columns := &model.Columns{List: []model.Column{
		{Name: "Last Seen", Kind: model.Date},
		{Name: "Type"},
		{Name: "Reason"},
		{Name: "Object"},
		{Name: "Message"},
		{Name: "Name", Wide: true, IsName: true},
	}}
	message := strings.Repeat("Back-off restarting failed container api in pod api-7c9d8b6f5-9qzrt ", 4)
	o := &model.Object{
		Key: model.Key{Namespace: "shop", Name: "api.17f3"}, Columns: columns,
		Cells: []string{fmt.Sprint(now.Add(-90 * time.Second).Unix()), "Warning", "BackOff", "pod/api-7c9d8b6f5-9qzrt", message, "api.17f3"},
	}
	tab := podTab(columns)
	tab.Sources[0].Name = "events"
	for _, s := range sizes() {
		m := shown(t, tab, &fakeView{rows: []model.Row{{Object: o}}}, s.width, 4)
		golden.Screen(t, "events-"+s.String(), m.View(now), s.width, 4)
	}
}

func TestHostileText(t *testing.T) {
	p := pods{&model.Columns{List: []model.Column{{Name: "Na\x1b[31mme", IsName: true}, {Name: "Ready"}, {Name: "Status\n"}}}}
	var rows []model.Row
	for _, name := range []string{
		"\x1b[2J\x1b]52;c;aGk=\a", "日本語のとても長い名前のポッド日本語のとても長い名前のポッド", "a\u202eb\u200bc", "\xff\xfe",
		"e\u0301\u0301\u0301te\u0301", "👍🏽🇩🇪", strings.Repeat("x", 1<<16), strings.Repeat("語", 1<<16), "tab\tline\n", "",
	} {
		r := p.row(name, "1/1", name, "", time.Minute)
		r.Object.Cells = r.Object.Cells[:3]
		rows = append(rows, r)
	}
	rows[3].Object.Cells = nil
	for _, s := range sizes() {
		m := shown(t, podTab(p.columns), &fakeView{rows: rows}, s.width, s.height)
		golden.Screen(t, "hostile-"+s.String(), m.View(now), s.width, s.height)
	}
}

func TestWordsWhereNoRowsAre(t *testing.T) {
	in := func(s informers.State) func(*workspace.Tab) {
		return func(tab *workspace.Tab) { tab.Sources[0].State = s }
	}
	for name, change := range map[string]func(*workspace.Tab){
		"empty": func(*workspace.Tab) {},
		"limited": func(tab *workspace.Tab) {
			tab.Target = workspace.Target{Types: []string{"po"}, Namespace: "shop", LabelSelector: "app=x,tier in (a\x1b[2J)", FieldSelector: "spec.nodeName=n1"}
		},
		"all":     func(tab *workspace.Tab) { tab.Namespace = "" },
		"looking": func(tab *workspace.Tab) { tab.Sources, tab.Title = nil, "gauges.acme.io" },
		"problem": func(tab *workspace.Tab) {
			tab.Sources, tab.Problem = nil, `the server has no type "pdos". Did you mean pods, podtemplates, poddisruptionbudgets?`
		},
		"waiting":   in(informers.State{Phase: informers.WaitingForDiscovery}),
		"stale":     in(informers.State{Phase: informers.Stale, LastHeard: now.Add(-41 * time.Second)}),
		"listing":   in(informers.State{Phase: informers.Listing, Listed: 12400}),
		"retrying":  in(informers.State{Phase: informers.Retrying, NextTry: now.Add(8 * time.Second), Err: errors.New("x"), Reason: "dial tcp 10.0.0.1:6443: i/o timeout"}),
		"forbidden": in(informers.State{Phase: informers.Forbidden, Verb: "list", NextTry: now.Add(52 * time.Second), Reason: `User "eve" cannot list resource "pods" in API group "" in the namespace "shop"`}),
		"gone":      in(informers.State{Phase: informers.Gone, Since: now.Add(-79 * time.Second)}),
		"stopped":   in(informers.State{Phase: informers.Stopped}),
	} {
		tab := podTab(podColumns())
		change(&tab)
		for _, s := range sizes()[:2] {
			m := shown(t, tab, &fakeView{}, s.width, s.height)
			golden.Screen(t, "words-"+name+"-"+s.String(), m.View(now), s.width, s.height)
		}
	}
	m := shown(t, podTab(podColumns()), &fakeView{total: 214}, 80, 8)
	m.SetFilter(model.ParseFilter("web\x1b"))
	golden.Styled(t, "words-filtered", m.View(now), 80, 8)
	limited := podTab(podColumns())
	limited.Target = workspace.Target{Types: []string{"po"}, LabelSelector: "app=x"}
	m.setSource(limited, &fakeView{total: 214})
	golden.Screen(t, "words-limited-filtered", m.View(now), 80, 8)
	m.setSource(podTab(podColumns()), &fakeView{total: 214})
	m.SetFilter(model.Filter{})
	m.SetUnhealthyOnly(true)
	golden.Screen(t, "words-healthy", m.View(now), 80, 8)
}

func TestBannerDatesRowsThatAreNotLive(t *testing.T) {
	p := pods{podColumns()}
	for name, s := range map[string]informers.State{
		"stale":     {Phase: informers.Stale, LastHeard: now.Add(-41 * time.Second)},
		"retrying":  {Phase: informers.Retrying, LastHeard: now.Add(-41 * time.Second), NextTry: now.Add(8 * time.Second), Reason: "dial tcp 10.0.0.1:6443: i/o timeout"},
		"forbidden": {Phase: informers.Forbidden, LastHeard: now.Add(-41 * time.Second), NextTry: now.Add(52 * time.Second), Verb: "list", Reason: "RBAC: no longer bound"},
		"gone":      {Phase: informers.Gone, LastHeard: now.Add(-41 * time.Second), Since: now},
		"listing":   {Phase: informers.Listing, Synced: true, Listed: 12400, LastHeard: now.Add(-41 * time.Second), Since: now.Add(-relistPatience)},
	} {
		tab := podTab(p.columns)
		tab.Sources[0].State = s
		for _, width := range []int{60, 120} {
			m := shown(t, tab, &fakeView{rows: p.many(30)}, width, 8)
			golden.Screen(t, fmt.Sprintf("banner-%s-%d", name, width), m.View(now), width, 8)
		}
	}
}

// A refusal counts down to the next question as a failure does; while that is under way it does not count.
func TestForbiddenCountsDown(t *testing.T) {
	p := pods{podColumns()}
	tab := podTab(p.columns)
	for name, view := range map[string]*fakeView{"with rows": {rows: p.many(30)}, "without": {}} {
		tab.Sources[0].State = informers.State{Phase: informers.Forbidden, NextTry: now.Add(52 * time.Second), Reason: "RBAC"}
		m := shown(t, tab, view, 80, 8)
		for _, step := range []struct {
			after time.Duration
			want  string
		}{{0, " again in 52s"}, {time.Second, " again in 51s"}, {time.Minute, " again now"}} {
			if screen := ansi.Strip(m.View(now.Add(step.after))); !strings.Contains(screen, step.want) {
				t.Errorf("%s: after %v no %q:\n%s", name, step.after, step.want, screen)
			}
		}
		if d, ok := m.NeedsTick(now.Add(time.Minute)); !ok || d > time.Second {
			t.Errorf("%s: it is drawn again in %v, %v", name, d, ok)
		}
		tab.Sources[0].State.NextTry = time.Time{}
		if screen := ansi.Strip(shown(t, tab, view, 80, 8).View(now)); strings.Contains(screen, " again") {
			t.Errorf("%s: it asks already:\n%s", name, screen)
		}
	}
}

// Rows that are listed anew after a break are not the present: they are dated where that takes longer than a blink, and go on being
// dated where they were.
func TestRowsThatAreListedAnewAreDated(t *testing.T) {
	p := pods{podColumns()}
	tab := podTab(p.columns)
	relisting := informers.State{Phase: informers.Listing, Synced: true, Listed: 3, LastHeard: now.Add(-41 * time.Second), Since: now}
	source := func(m *Model, s informers.State) {
		next := podTab(p.columns)
		next.Sources[0].State = s
		m.setSource(next, m.view)
	}
	isDated := func(m *Model, at time.Time) bool { return strings.Contains(ansi.Strip(m.View(at)), "rows as of") }

	m := shown(t, tab, &fakeView{rows: p.many(30)}, 80, 8)
	source(m, relisting)
	if isDated(m, now) {
		t.Error("a line flashes")
	}
	if d, ok := m.NeedsTick(now); !ok || d > relistPatience {
		t.Errorf("it is drawn again in %v, %v", d, ok)
	}
	if !isDated(m, now.Add(relistPatience)) {
		t.Errorf("no date:\n%s", m.View(now.Add(relistPatience)))
	}
	relisting.Since, relisting.Listed = now.Add(time.Second), 12400
	source(m, relisting)
	if screen := ansi.Strip(m.View(now.Add(time.Second))); !strings.Contains(screen, "listing 12,400 · rows as of") {
		t.Errorf("what is dated is no longer, or has not come further:\n%s", screen)
	}
	source(m, informers.State{Phase: informers.Live, Synced: true, LastHeard: now})
	if isDated(m, now.Add(2*time.Second)) {
		t.Error("what is live is dated")
	}
	relisting.Synced = false // a first list: rows come in
	source(m, relisting)
	if isDated(m, now.Add(time.Minute)) {
		t.Error("a first list is dated")
	}
}
