package setup_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dogwatch/dogwatch/config"
	"github.com/dogwatch/dogwatch/informers"
	"github.com/dogwatch/dogwatch/replay/apiserver"
	"github.com/dogwatch/dogwatch/replay/apiserver/sample"
	"github.com/dogwatch/dogwatch/setup"
	"github.com/dogwatch/dogwatch/workspace"
)

// patience is how long a test waits for what must come.
const patience = time.Minute

// desk is a workspace whose tabs a configuration and a user open and close.
type desk struct {
	*testing.T
	ws      *workspace.Workspace
	tabs    *setup.Tabs
	options *setup.Options
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	st, err := sample.Store(5)
	if err != nil {
		t.Fatal(err)
	}
	server := apiserver.New(st, apiserver.Options{})
	if err := server.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	kubeconfig, err := server.Kubeconfig("desk")
	if err != nil {
		t.Fatal(err)
	}
	o := setup.New()
	o.Kube.Kubeconfig = filepath.Join(t.TempDir(), "kubeconfig")
	if err := os.WriteFile(o.Kube.Kubeconfig, kubeconfig, 0o600); err != nil {
		t.Fatal(err)
	}
	ws, err := o.Workspace(context.WithoutCancel(t.Context()), func() {})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		closing, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), patience)
		defer cancel()
		if err := ws.Close(closing); err != nil {
			t.Error(err)
		}
	})
	return &desk{t, ws, o.NewTabs(ws, false), &o}
}

// apply applies a configuration of these types.
func (d *desk) apply(types ...string) {
	d.Helper()
	var c config.Config
	for _, t := range types {
		c.Types = append(c.Types, config.Tab{Types: t})
	}
	d.applyAll(c)
}

func (d *desk) applyAll(c config.Config) {
	d.Helper()
	if err := d.tabs.Apply(c); err != nil {
		d.Fatal(err)
	}
}

// open opens a tab as a user does.
func (d *desk) open(types ...string) workspace.TabID {
	d.Helper()
	id, err := d.ws.Open(workspace.Target{Types: types})
	if err != nil {
		d.Fatal(err)
	}
	return id
}

func (d *desk) find(types string) (workspace.TabID, bool) {
	for _, tab := range d.ws.Snapshot().Tabs {
		if strings.Join(tab.Target.Types, ",") == types {
			return tab.ID, true
		}
	}
	return 0, false
}

func (d *desk) mustFind(types string) workspace.TabID {
	d.Helper()
	id, ok := d.find(types)
	if !ok {
		d.Fatalf("there is no tab of %s", types)
	}
	return id
}

// expect fails unless the tabs are these.
func (d *desk) expect(when string, want ...string) {
	d.Helper()
	var got []string
	for _, tab := range d.ws.Snapshot().Tabs {
		got = append(got, strings.Join(tab.Target.Types, ",")+tab.Target.LabelSelector)
	}
	if !slices.Equal(got, want) {
		d.Errorf("%s: the tabs are %q, wanted %q", when, got, want)
	}
}

// awaitKnown waits until all types are known, short names too, and the tabs' are told.
func (d *desk) awaitKnown() {
	d.Helper()
	late := time.After(patience)
	look := time.NewTicker(10 * time.Millisecond)
	defer look.Stop()
	for d.ws.Discovery().Refreshes == 0 || !setup.Resolved(d.ws.Snapshot()) {
		select {
		case <-look.C:
		case <-late:
			d.Fatal("waited in vain for the types")
		}
	}
}

// What the user opens and closes is left so, whatever a configuration says before and after.
func TestTabsOfTheUserAndOfTheConfiguration(t *testing.T) {
	d := newDesk(t)
	nodes := d.open("nodes")
	d.apply("pods", "nodes", "deploy,ns")
	d.expect("beside the user's", "nodes", "pods", "deploy,ns")
	pods := d.mustFind("pods")
	d.apply("pods", "deploy,ns", "services")
	d.expect("the user's stays", "nodes", "pods", "deploy,ns", "services")
	if d.mustFind("pods") != pods || d.mustFind("nodes") != nodes {
		t.Error("what stays was opened anew")
	}
	d.ws.CloseTab(pods)
	d.apply("pods", "services")
	d.expect("what the user closed stays closed", "nodes", "services")
	d.apply("services")
	d.apply("services", "pods")
	d.expect("until it is named anew", "nodes", "services", "pods")
	d.ws.CloseTab(d.mustFind("services"))
	d.open("services")
	d.apply()
	d.expect("what the user opened again is the user's", "nodes", "services")
}

// Another spelling of what is open is the same tab, and still the configuration's.
func TestTabsUnderAnotherSpelling(t *testing.T) {
	d := newDesk(t)
	d.apply("pods")
	d.awaitKnown()
	pods := d.mustFind("pods")
	d.apply("po")
	if d.mustFind("pods") != pods {
		t.Error("it was opened anew")
	}
	d.apply("po", "nodes")
	d.apply("nodes")
	d.expect("neither names it", "nodes")
}

// A spelling that goes leaves the tab to the other, and the last one takes it along.
func TestTabsUnderTwoSpellings(t *testing.T) {
	d := newDesk(t)
	d.apply("pods")
	d.awaitKnown()
	d.apply("pods", "po")
	d.expect("it is one tab", "pods")
	d.apply("po")
	d.expect("one of two is left", "pods")
	d.apply()
	d.expect("none is left")
}

// parse reads a configuration as a file has it.
func (d *desk) parse(content string) config.Config {
	d.Helper()
	c, problems := config.Parse("config.yaml", []byte(content))
	if problems != nil {
		d.Fatal(problems)
	}
	return c
}

func TestTabsUnderOtherSelectors(t *testing.T) {
	d := newDesk(t)
	d.applyAll(d.parse("types: [pods]\nselector: app=a\n"))
	d.expect("at first", "podsapp=a")
	d.applyAll(d.parse("types: [pods]\nselector: app=b\n"))
	d.expect("then", "podsapp=b")
	d.applyAll(d.parse("types: [pods]\nallNamespaces: true\n"))
	d.expect("without", "pods")
	if namespace := d.ws.Snapshot().Namespace; namespace != "" {
		t.Errorf("it is limited to %s", namespace)
	}
	d.ws.ToggleAllNamespaces()
	d.applyAll(d.parse("types: [pods, nodes]\nallNamespaces: true\n"))
	if d.ws.Snapshot().Namespace == "" {
		t.Error("the user's choice of namespaces was undone by an edit of something else")
	}
}

// ids are those of the tabs.
func (d *desk) ids() []workspace.TabID {
	var ids []workspace.TabID
	for _, tab := range d.ws.Snapshot().Tabs {
		ids = append(ids, tab.ID)
	}
	return ids
}

// awaitWatches waits until these are watched, as type and selectors, and gives the watches.
func (d *desk) awaitWatches(want ...string) map[string]*informers.Watch {
	d.Helper()
	late := time.After(patience)
	look := time.NewTicker(10 * time.Millisecond)
	defer look.Stop()
	for {
		got := map[string]*informers.Watch{}
		for _, w := range d.ws.Watches() {
			id := w.Watch.Identity()
			got[strings.TrimSpace(id.GVR.Resource+" "+id.LabelSelector+" "+id.FieldSelector)] = w.Watch
		}
		if len(got) == len(want) && !slices.ContainsFunc(want, func(name string) bool { return got[name] == nil }) {
			return got
		}
		select {
		case <-look.C:
		case <-late:
			d.Fatalf("there are %v, wanted %q", got, want)
		}
	}
}

// Each of the types has its own selectors: two of one type are two tabs, and an edit of one changes that one, in its place.
func TestTabsWithSelectorsOfTheirOwn(t *testing.T) {
	d := newDesk(t)
	d.applyAll(d.parse("types: [pods, {types: pods, selector: app=a}, {types: \"po,no\", selector: app=b}, nodes]\n"))
	d.expect("at first", "pods", "podsapp=a", "po,noapp=b", "nodes")
	before, ids := d.awaitWatches("pods", "pods app=a", "pods app=b", "nodes app=b", "nodes"), d.ids()
	d.applyAll(d.parse("types: [pods, {types: pods, selector: app=c, fieldSelector: metadata.name!=x}, {types: \"po,no\", selector: app=b}, nodes]\n"))
	d.expect("one is edited", "pods", "podsapp=c", "po,noapp=b", "nodes")
	after := d.awaitWatches("pods", "pods app=c metadata.name!=x", "pods app=b", "nodes app=b", "nodes")
	if !slices.Equal(d.ids(), ids) {
		t.Errorf("the tabs were %v and are %v", ids, d.ids())
	}
	for _, name := range []string{"pods", "pods app=b", "nodes app=b", "nodes"} {
		if after[name] != before[name] {
			t.Errorf("%s is watched anew", name)
		}
	}
	d.applyAll(d.parse("types: [{types: pods, selector: app=c, fieldSelector: metadata.name!=x}, pods]\n"))
	d.expect("in another order", "pods", "podsapp=c")
	d.applyAll(d.parse("types: [pods, {types: pods, selector: app=a}, {types: pods, selector: app=d}]\n"))
	d.expect("one more", "pods", "podsapp=a", "podsapp=d")
	d.ws.CloseTab(ids[1])
	d.applyAll(d.parse("types: [pods, {types: pods, selector: app=e}, {types: pods, selector: app=d}]\n"))
	d.expect("what the user closed is named anew", "pods", "podsapp=d", "podsapp=e")
}

// A tab that would show what another does goes.
func TestTabsThatCameToShowTheSame(t *testing.T) {
	d := newDesk(t)
	user, err := d.ws.Open(workspace.Target{Types: []string{"pods"}, LabelSelector: "app=b"})
	if err != nil {
		t.Fatal(err)
	}
	d.applyAll(d.parse("types: [{types: pods, selector: app=a}]\n"))
	d.expect("at first", "podsapp=b", "podsapp=a")
	d.applyAll(d.parse("types: [{types: pods, selector: app=b}]\n"))
	d.expect("then", "podsapp=b")
	d.apply()
	d.expect("it is the user's", "podsapp=b")
	if ids := d.ids(); len(ids) != 1 || ids[0] != user {
		t.Errorf("the tabs are %v", ids)
	}
}

// What the command line says wins over what types say themselves.
func TestTheCommandLinesSelectorWins(t *testing.T) {
	d := newDesk(t)
	d.options.LabelSelector, d.options.FieldSelector = "app=mine", "metadata.name!=y"
	d.tabs = d.options.NewTabs(d.ws, false)
	d.applyAll(d.parse("types: [{types: pods, selector: app=a, fieldSelector: metadata.name!=x}, {types: pods, selector: app=b}, nodes]\n"))
	d.expect("both are one", "pods", "nodes")
	for _, tab := range d.ws.Snapshot().Tabs {
		if tab.Target.LabelSelector != "" || tab.Target.FieldSelector != "" {
			t.Errorf("%s is limited otherwise", tab.Title)
		}
	}
}
