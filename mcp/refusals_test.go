package mcp_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/dogwatch/dogwatch/mcp"
	"github.com/dogwatch/dogwatch/model/signal"
)

// What cannot be right in a question is refused, in words that help to ask the right one.
func TestWhatCannotBeRightIsRefused(t *testing.T) {
	b, told := withSignals(t, benchOptions{}, aSignal("web", signal.Critical, 1))
	told.state.Rules = []string{"crash-loop", "image-pull", "node-not-ready"}
	soon := time.Now().Add(time.Hour).UTC().Format(time.RFC3339)
	for _, c := range []struct {
		tool     string
		question args
		said     string
	}{
		{"list_signals", args{"rule": "crashloop"}, `no rule is called "crashloop"; did you mean crash-loop?`},
		{"list_signals", args{"rule": "bogus"}, `no rule is called "bogus"; there are crash-loop, image-pull, node-not-ready`},
		{"list_signals", args{"since": soon}, "has not come yet: it is"},
		{"list_signals", args{"type": "nodes", "namespace": "shop"}, "nodes are in no namespace"},
		{"list_signals", args{"type": "*.nothing"}, "there is no type now"},
		{"list_changes", args{"since": soon}, "since: " + soon[:10]},
		{"list_changes", args{"since": "5m", "until": "10m"}, "is not behind since"},
		{"list_changes", args{}, "list_changes needs the argument since: how long ago to begin"},
		{"list_changes", args{"since": nil}, "list_changes needs the argument since"},
		{"list_changes", args{"sinc": "5m"}, `list_changes has no argument "sinc", but cursor, limit, manager, name, namespace, noise, path, since, type, until; did you mean since?`},
		{"list_changes", args{"since": 5}, "the argument since of list_changes is to be a text, and is 5"},
		{"query_objects", args{"type": "pods", "limit": -1}, "limit of query_objects is to be a whole number, 0 or more, and is -1"},
		{"query_objects", args{"type": "pods", "limit": 1.5}, "is to be a whole number"},
		{"query_objects", args{"type": "pods", "count_only": "yes"}, `is to be true or false, and is "yes"`},
		{"query_objects", args{"type": "pods", "fields": ".spec"}, "is to be a list of texts"},
		{"query_objects", args{"type": "pods", "fields": []string{"{.spec"}}, `the field "{.spec": give one path`},
		{"query_objects", args{"type": "pods", "fields": []string{".spec}"}}, `the field ".spec}": give one path`},
		{"diff_object", args{"type": "deployments", "name": "web"}, "there is nothing to compare with: "},
		{"query_objects", args{"type": []string{"pods"}}, `is to be a text, and is ["pods"]`},
		{"query_objects", args{"type": "*.nothing"}, "there is no type now that"},
		{"query_objects", args{"type": "nodes", "namespace": "shop"}, "nodes are in no namespace: ask without one"},
		{"list_problems", args{"type": "nodes,namespaces", "namespace": "shop"}, "nodes are in no namespace"},
		{"get_object", args{"type": "nodes", "namespace": "shop", "name": "node-00"}, "nodes are in no namespace"},
		{"get_object", args{"type": "deployments", "name": "wbe"}, "did you mean web?"},
		{"get_object", args{"type": "deployments", "namespace": "shpo", "name": "web"}, `no object that is watched is in the namespace "shpo"; did you mean shop?`},
		{"get_object", args{"type": "deployments", "name": "web", "at": soon}, "has not come yet"},
		{"diff_object", args{"type": "deployments", "name": "web", "from": soon}, "has not come yet"},
	} {
		if got := b.refused(c.tool, c.question); !strings.Contains(got, c.said) {
			t.Errorf("%s %v: %s", c.tool, c.question, got)
		}
	}
	// A rule that was, of which a signal is kept, is none that there is not; nor is a clock that is a little ahead the future.
	for _, question := range []args{{"rule": "rule-web"}, {"rule": "image-pull"}, {"since": time.Now().Add(20 * time.Second).UTC().Format(time.RFC3339)}} {
		b.ask("list_signals", question)
	}
}

// An answer that has nothing says where what was asked for may be called otherwise: nothing is no sign that all is well.
func TestNothingIsNotSaidOfWhatThereIsNot(t *testing.T) {
	b, _ := withSignals(t, benchOptions{})
	b.remembers("pods")
	b.apply(pods, podOf("web", "web-ill", "1", false))
	b.settled("changes", 1)
	b.until("it is listed", "list_problems", args{}, func(answer map[string]any) bool { return answer["total"] == 1.0 })
	const elsewhere, other = `no object that is watched is in the namespace "shpo"; did you mean shop?`, `no object that is watched has the name "web-il"; did you mean web-ill?`
	for _, c := range []struct {
		tool     string
		question args
		note     string
	}{
		{"query_objects", args{"type": "pods", "namespace": "shpo"}, elsewhere},
		{"list_problems", args{"namespace": "shpo"}, elsewhere},
		{"list_signals", args{"namespace": "shpo"}, elsewhere},
		{"list_changes", args{"since": "1h", "namespace": "shpo"}, elsewhere},
		{"query_objects", args{"type": "pods", "name": "web-il"}, other},
		{"list_problems", args{"name": "web-il"}, other},
		{"list_signals", args{"name": "web-il"}, other},
		{"list_changes", args{"since": "1h", "name": "web-il"}, other},
		{"list_problems", args{"namespace": "shop", "name": "web-il"}, `no object that is watched in the namespace "shop" has the name "web-il"; did you mean web-ill?`},
		{"list_changes", args{"since": "1h", "manager": "kubctl"}, ""},
		{"query_objects", args{"type": "pods", "namespace": "shop", "health": "unknown"}, ""},
		{"list_problems", args{"namespace": "default"}, ""},
		{"list_signals", args{"name": "web-ill"}, ""},
		{"query_objects", args{"type": "pods", "fields": []string{".spec.nothing", ".metadata.name", ".spec.wrong[*].x"}}, "none of these objects has .spec.nothing, .spec.wrong[*].x"},
		{"query_objects", args{"type": "pods", "fields": []string{".metadata.name"}}, ""},
	} {
		answer, _ := b.ask(c.tool, c.question)
		if note, _ := answer["note"].(string); note != c.note {
			t.Errorf("%s %v: %q, wanted %q", c.tool, c.question, note, c.note)
		}
	}
	answer, _ := b.ask("list_signals", args{"type": "nodes"})
	if got := fmt.Sprint(answer["types_not_watched"]); got != "[nodes]" {
		t.Errorf("of a type that is not watched it says %s", got)
	}
}

// A cursor leads on in the answer to its own question, however many items are asked for, and in no other.
func TestACursorIsOfItsQuestion(t *testing.T) {
	b := newBench(t, benchOptions{})
	first, _ := b.ask("query_objects", args{"type": "pods", "limit": 2})
	for _, question := range []args{{"type": "deployments"}, {"type": "pods", "namespace": "shop"}, {"type": "pods", "filter": "true"}} {
		question["cursor"] = first["next_cursor"]
		if got := b.refused("query_objects", question); !strings.Contains(got, "all else as before") {
			t.Errorf("%v: %s", question, got)
		}
	}
	if answer, _ := b.ask("query_objects", args{"type": "pods", "limit": 3, "cursor": first["next_cursor"]}); len(list(answer, "objects")) != 3 {
		t.Errorf("the next three are %v", answer)
	}
	read := b.read(b.client, "dogwatch://objects/pods") // goes on with the tool
	if strings.Contains(read, "next_cursor") {
		t.Fatal("the resource has all")
	}
}

// Errors of the protocol have the codes that it gives them.
func TestErrorsHaveTheCodesOfTheProtocol(t *testing.T) {
	b := newBench(t, benchOptions{namespace: "shop", mcp: mcp.Options{MostWatched: 1}})
	session := b.connect(protocols[0], nil)
	for uri, said := range map[string]string{
		"dogwatch://nothing": "there is no such resource: dogwatch://problems", "nonsense": "there is no such resource", "dogwatch://signals": "there is no such resource",
		"dogwatch://objects/pdos": "did you mean pods", "dogwatch://objects/pods/default/x": "only the namespace", "dogwatch://objects/all,pods": "there is no such resource",
		"dogwatch://objects/pods/x": "name an object as NAMESPACE/NAME",
	} {
		wantError(t, session.Subscribe(t.Context(), &sdk.SubscribeParams{URI: uri}), jsonrpc.CodeInvalidParams, said)
	}
	b.subscribe(session, "dogwatch://objects/pods")
	wantError(t, session.Subscribe(t.Context(), &sdk.SubscribeParams{URI: "dogwatch://objects/nodes"}), jsonrpc.CodeInvalidParams, "--max-types")
	for uri, said := range map[string]string{
		"dogwatch://objects/pdos": "did you mean pods", "dogwatch://objects/pods/shop/web": "there is no", "dogwatch://objects/pods/default/x": "only the namespace",
		"dogwatch://nothing": "Resource not found", "dogwatch://objects/a,b": "Resource not found",
	} {
		wantError(t, second(session.ReadResource(t.Context(), &sdk.ReadResourceParams{URI: uri})), jsonrpc.CodeInvalidParams, said)
	}
	wantError(t, second(session.CallTool(t.Context(), &sdk.CallToolParams{Name: "list_pods"})), jsonrpc.CodeInvalidParams, "list_pods")
	wantError(t, second(session.GetPrompt(t.Context(), &sdk.GetPromptParams{Name: "x"})), jsonrpc.CodeInvalidParams, "x")
}

func wantError(t *testing.T, err error, code int64, said string) {
	t.Helper()
	var of *jsonrpc.Error
	if !errors.As(err, &of) || of.Code != code || !strings.Contains(of.Message, said) {
		t.Errorf("it is answered with %v, wanted the code %d and %q", err, code, said)
	}
}
