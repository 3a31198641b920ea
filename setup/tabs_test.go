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
	ws   *workspace.Workspace
	tabs *setup.Tabs
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
	return &desk{t, ws, o.NewTabs(ws, false)}
}

// apply applies a configuration of these types.
func (d *desk) apply(types ...string) {
	d.Helper()
	d.applyAll(config.Config{Types: types})
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

func TestTabsUnderOtherSelectors(t *testing.T) {
	d := newDesk(t)
	d.applyAll(config.Config{Types: []string{"pods"}, Selector: "app=a"})
	d.expect("at first", "podsapp=a")
	d.applyAll(config.Config{Types: []string{"pods"}, Selector: "app=b"})
	d.expect("then", "podsapp=b")
	d.applyAll(config.Config{Types: []string{"pods"}, AllNamespaces: true})
	d.expect("without", "pods")
	if namespace := d.ws.Snapshot().Namespace; namespace != "" {
		t.Errorf("it is limited to %s", namespace)
	}
	d.ws.ToggleAllNamespaces()
	d.applyAll(config.Config{Types: []string{"pods", "nodes"}, AllNamespaces: true})
	if d.ws.Snapshot().Namespace == "" {
		t.Error("the user's choice of namespaces was undone by an edit of something else")
	}
}
