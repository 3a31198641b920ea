package informers

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/replay/apiserver/store"
)

// printedAge is what the server prints of a restart; it is old the moment after.
var printedAge = regexp.MustCompile(` \([0-9a-z]+ ago\)`)

// TestRealServer compares every type of a real API server, named by
// DOGWATCH_TEST_KUBECONFIG, with what plain lists of it say.
func TestRealServer(t *testing.T) {
	path := os.Getenv("DOGWATCH_TEST_KUBECONFIG")
	if path == "" {
		t.Skip("DOGWATCH_TEST_KUBECONFIG names no cluster")
	}
	config, err := clientcmd.BuildConfigFromFlags("", path)
	if err != nil {
		t.Fatal(err)
	}
	client, err := rest.HTTPClientFor(config)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{
		T: t, types: newCatalog(), getter: &getter{host: config.Host, client: client},
		manager: NewManager(context.Background(), Options{}),
	}
	w.manager.AddCluster("test", w.getter, w.types)
	defer client.CloseIdleConnections()
	defer func() {
		begun := time.Now()
		if err := w.manager.Close(context.Background()); err != nil {
			t.Error(err)
		}
		t.Logf("closed in %s", time.Since(begun))
	}()
	var leases []*Lease
	discoverer, err := discovery.NewDiscoveryClientForConfigAndClient(config, client)
	if err != nil {
		t.Fatal(err)
	}
	for _, gvr := range w.discover(discoverer) {
		leases = append(leases, w.add(gvr))
	}
	for _, l := range leases {
		w.phase(l, Live)
		w.comparePrinted(l)
	}
}

// discover serves all types that can be listed and watched.
func (w *world) discover(client discovery.DiscoveryInterface) []schema.GroupVersionResource {
	lists, err := client.ServerPreferredResources()
	if err != nil {
		w.Log(err)
	}
	var all []schema.GroupVersionResource
	for _, list := range lists {
		gv, err := schema.ParseGroupVersion(list.GroupVersion)
		if err != nil {
			w.Fatal(err)
		}
		for _, r := range list.APIResources {
			if slices.Contains(r.Verbs, "list") && slices.Contains(r.Verbs, "watch") {
				w.types.serve(store.Type{Resource: gv.WithResource(r.Name), Kind: r.Kind, Namespaced: r.Namespaced})
				all = append(all, gv.WithResource(r.Name))
			}
		}
	}
	return all
}

// comparePrinted compares keys, versions and printed cells with a list. What
// changes while that comes in counts neither way.
func (w *world) comparePrinted(l *Lease) {
	w.Helper()
	var missing, extra []string
	for range 5 {
		before, listed, after := heldCells(l.Watch().Store()), w.printed(l), heldCells(l.Watch().Store())
		missing = without(without(listed, before), after)
		extra = without(without(before, without(before, after)), listed)
		if len(missing)+len(extra) == 0 {
			w.Logf("%-70s %4d objects, columns %s", l.Watch().Identity(), len(listed), columnKinds(l))
			return
		}
	}
	w.Errorf("%s: the store lacks\n%s\nand the server lacks\n%s", l.Watch().Identity(), strings.Join(missing, "\n"), strings.Join(extra, "\n"))
}

// without gives the elements of a that are not in b, which is sorted.
func without(a, b []string) []string {
	var rest []string
	for _, s := range a {
		if _, found := slices.BinarySearch(b, s); !found {
			rest = append(rest, s)
		}
	}
	return rest
}

// ages tells of a column whose cells change while the object doesn't.
func ages(c model.Column) bool {
	return c.Kind == model.Date || c.Kind == model.PrintedAge || c.Name == "Duration"
}

func columnKinds(l *Lease) string {
	var all []string
	for _, c := range l.Watch().Store().Columns().List {
		all = append(all, c.Name+":"+[]string{"", "n", "date", "age"}[c.Kind])
	}
	return strings.Join(all, " ")
}

func (w *world) printed(l *Lease) []string {
	s := l.Watch().State()
	resp, err := w.getter.Get(w.Context(), collectionPath(s.Type, ""), map[string][]string{"includeObject": {"Metadata"}}, accept)
	if err != nil {
		w.Fatal(err)
	}
	defer resp.Body.Close()
	var table metav1.Table
	body := json.NewDecoder(resp.Body)
	body.UseNumber()
	if err := body.Decode(&table); err != nil {
		w.Fatal(err)
	}
	columns := l.Watch().Store().Columns().List
	var all []string
	for _, r := range table.Rows {
		var o metav1.PartialObjectMetadata
		if err := json.Unmarshal(r.Object.Raw, &o); err != nil {
			w.Fatal(err)
		}
		line := o.Namespace + "/" + o.Name + " " + string(o.UID) + " " + o.ResourceVersion
		for i, c := range r.Cells[:min(len(r.Cells), len(columns))] {
			if ages(columns[i]) || c == nil {
				c = ""
			}
			line += fmt.Sprintf("|%v", c)
		}
		all = append(all, printedAge.ReplaceAllString(line, ""))
	}
	slices.Sort(all)
	return all
}

func heldCells(s *model.Store) []string {
	var all []string
	s.Each(func(o *model.Object) bool {
		line := o.Namespace + "/" + o.Name + " " + string(o.UID) + " " + o.ResourceVersion
		for i, c := range o.Cells {
			if ages(o.Columns.List[i]) {
				c = ""
			}
			line += "|" + c
		}
		all = append(all, printedAge.ReplaceAllString(line, ""))
		return true
	})
	slices.Sort(all)
	return all
}
