package workspace_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/versions"
	"github.com/dogwatch/dogwatch/replay/apiserver"
	"github.com/dogwatch/dogwatch/workspace"
)

// spellRelated writes what relates to an object, a line each.
func spellRelated(all []workspace.Related) string {
	var b strings.Builder
	for _, r := range all {
		fmt.Fprintf(&b, "%s%s %s %s\n", strings.Repeat(" ", r.Depth), r.Of.Kind, r.ID, [...]string{"there", "missing", "unread", "hidden"}[r.Presence])
	}
	return b.String()
}

// awaitRelated reads until what relates is as said.
func (b *bench) awaitRelated(r workspace.Relations, want string) {
	b.t.Helper()
	var got string
	b.await("the relations are\n"+want, func(workspace.Snapshot) bool {
		all, err := r.Read()
		if err != nil {
			b.t.Fatal(err)
		}
		if now := spellRelated(all); now != got {
			got = now
			b.t.Log(got)
		}
		return got == want
	})
}

func TestRelationsWatchWhatTheyNeed(t *testing.T) {
	b := newBench(t, apiserver.Options{}, workspace.Options{AllNamespaces: true})
	pod := func(node string) {
		t.Helper()
		if _, err := b.store.Apply(pods, fmt.Appendf(nil, `{"apiVersion":"v1","kind":"Pod","metadata":{"namespace":"shop","name":"api","uid":"p",`+
			`"ownerReferences":[{"apiVersion":"apps/v1","kind":"Deployment","name":"web","uid":""}]},"spec":{"nodeName":%q}}`, node)); err != nil {
			t.Fatal(err)
		}
	}
	pod("node-00")
	b.mustOpen("pods")
	b.await("the watch is live", live)
	r, err := b.ws.WatchRelations(versions.Object{Cluster: b.ws.Snapshot().Context, GVR: pods, Key: model.Key{Namespace: "shop", Name: "api"}}, "Pod")
	if err != nil {
		t.Fatal(err)
	}
	b.awaitRelated(r, "Deployment shop/web there\n Pod shop/api there\nNode node-00 there\n")
	pod("node-99")
	b.awaitRelated(r, "Deployment shop/web there\n Pod shop/api there\nNode node-99 missing\n")
	r.Close()
	r.Close()
	if _, err := r.Read(); err == nil {
		t.Error("relations that are closed can be read")
	}
	b.await("only the tab's watch is left", func(workspace.Snapshot) bool { return b.openWatches() == 1 })
}
