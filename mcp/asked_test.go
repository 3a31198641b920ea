package mcp_test

import (
	"slices"
	"strings"
	"testing"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/dogwatch/dogwatch/mcp"
	"github.com/dogwatch/dogwatch/workspace"
)

// Only what a client asked for makes room for more of that: not what the configuration names by now, nor what others have subscribed to.
func TestOnlyWhatWasAskedForMakesRoom(t *testing.T) {
	b := newBench(t, benchOptions{types: []string{"pods"}, mcp: mcp.Options{MostWatched: 2}})
	note := func(kind string) string {
		t.Helper()
		answer, _ := b.ask("query_objects", args{"type": kind})
		said, _ := list(answer, "watches")[0]["note"].(string)
		_, dropped, _ := strings.Cut(said, "; ")
		return dropped
	}
	note("nodes")
	note("deployments")
	if _, err := b.ws.Open(workspace.Target{Types: []string{"nodes"}}); err != nil { // as a configuration that is edited does
		t.Fatal(err)
	}
	b.until("it has a tab", "list_types", args{}, func(map[string]any) bool {
		return slices.ContainsFunc(b.ws.Watches(), func(w workspace.Watched) bool { return w.Resource.GVR.Resource == "nodes" && !w.IsHeld })
	})
	if got := note("namespaces"); got != "" {
		t.Errorf("%s, though two types were asked for that nothing else names", got)
	}
	session := b.connect(protocols[0], nil)
	if err := session.Subscribe(t.Context(), &sdk.SubscribeParams{URI: "dogwatch://objects/deployments.apps"}); err != nil {
		t.Fatal(err)
	}
	if got := note("gauges"); got != "" {
		t.Errorf("%s, though somebody has subscribed to deployments", got)
	}
	if got := note("secrets"); got != "namespaces is not watched any more instead" {
		t.Errorf("of the third it is said %q", got)
	}
	b.until("namespaces are not watched", "list_types", args{"watched_only": true}, func(map[string]any) bool {
		return b.watchedTypes() == "deployments.apps gauges.acme.io nodes pods secrets"
	})
}

// watchedTypes are those that are watched for whomever.
func (b *bench) watchedTypes() string {
	var all []string
	for _, w := range b.ws.Watches() {
		all = append(all, w.Resource.GVR.GroupResource().String())
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}
