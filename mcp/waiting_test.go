package mcp_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/dogwatch/dogwatch/mcp"
	"github.com/dogwatch/dogwatch/replay/apiserver"
)

// forEver is longer than a test may take: what waits that long is found out by its end.
const forEver = time.Hour

// ofAllTypes are the tools that answer of all types where none is named.
var ofAllTypes = map[string]args{"list_problems": {}, "list_changes": {"since": "1h"}}

// texts are what an answer lists that is no object, one of which may count what is left out.
func texts(answer map[string]any, member string) []string {
	var all []string
	items, _ := answer[member].([]any)
	for _, item := range items {
		text, _ := item.(string)
		all = append(all, text)
	}
	return all
}

// stalling has the server not answer what is asked about a resource, until the test ends.
func (b *bench) stalling(resource string) {
	b.Helper()
	stall := make(chan struct{})
	b.Cleanup(func() { close(stall) })
	b.api.SetFaults(func(r *http.Request) *apiserver.Fault {
		if strings.HasSuffix(r.URL.Path, "/"+resource) {
			return &apiserver.Fault{Stall: stall}
		}
		return nil
	})
}

// A type that the server does not serve, or not to us, is said to be missing. It is not waited for.
func TestWhatWillNotComeIsSaidAndNotWaitedFor(t *testing.T) {
	b := newBench(t, benchOptions{
		types: []string{"pods,foos", "bars.example.com", "secrets", "*.nothing.example.com"}, serve: apiserver.Options{Policy: denySecrets}, mcp: mcp.Options{Patience: forEver},
	})
	for tool, question := range ofAllTypes {
		answer, _ := b.ask(tool, question)
		if got := texts(answer, "types_watched"); !slices.Equal(got, []string{"pods"}) {
			t.Errorf("%s: it is of %v", tool, got)
		}
		if notLive := list(answer, "watches_not_live"); len(notLive) != 1 || notLive[0]["type"] != "secrets" || notLive[0]["state"] != "forbidden" || notLive[0]["reason"] == nil {
			t.Errorf("%s: not live are %v", tool, notLive)
		}
		reasons := map[string]string{}
		for _, one := range list(answer, "types_not_known") {
			reasons[one["asked_for"].(string)], _ = one["reason"].(string)
		}
		if len(reasons) != 3 || !strings.Contains(reasons["pods,foos"], `no type "foos"`) || !strings.Contains(reasons["bars.example.com"], "no type") ||
			reasons["*.nothing.example.com"] != "there is no such type now" {
			t.Errorf("%s: not known are %v", tool, reasons)
		}
	}
	for tool, question := range questionsOfTools("secrets", "db") {
		if text, _ := b.bounded(32<<10, tool, question); !strings.Contains(text, "forbidden") {
			t.Errorf("%s does not say what is missing: %s", tool, text)
		}
	}
	for tool, question := range questionsOfTools("foos", "foo") {
		if question["type"] != nil {
			if got := b.refused(tool, question); !strings.Contains(got, "foos") {
				t.Errorf("%s: %s", tool, got)
			}
		}
	}
}

// A type that was asked for and is uninstalled is not waited for either.
func TestATypeThatIsGoneIsNotWaitedFor(t *testing.T) {
	b := newBench(t, benchOptions{mcp: mcp.Options{Patience: forEver}})
	b.ask("query_objects", args{"type": "gauges"})
	if err := b.store.RemoveType(gauges); err != nil {
		t.Fatal(err)
	}
	for tool, question := range ofAllTypes {
		b.until("gauges are gone", tool, question, func(answer map[string]any) bool {
			notLive := list(answer, "watches_not_live")
			return len(notLive) == 1 && notLive[0]["type"] == "gauges.acme.io" && notLive[0]["state"] == "gone"
		})
	}
}

// Of a server that does not tell its types it is said why, at once.
func TestAServerThatFailsIsNotWaitedFor(t *testing.T) {
	b := newBench(t, benchOptions{mcp: mcp.Options{Patience: forEver}, faults: func(*http.Request) *apiserver.Fault {
		return &apiserver.Fault{Status: http.StatusServiceUnavailable, Message: "no apples today"}
	}})
	for tool, question := range questionsOfTools("pods", "web") {
		if text, _ := b.bounded(32<<10, tool, question); !strings.Contains(text, "no apples today") {
			t.Errorf("%s does not say so: %s", tool, text)
		}
	}
}

// A list that does not come is waited for once, and all answers say that it is missing.
func TestAListThatDoesNotComeIsWaitedForOnce(t *testing.T) {
	const patience = 500 * time.Millisecond
	var begun time.Time
	b := newBench(t, benchOptions{types: []string{"pods"}, mcp: mcp.Options{Patience: patience}, signals: func(b *bench) mcp.Signals {
		told := newTold(b) // which never are ready
		told.state.Since = time.Now()
		return told
	}})
	b.stalling("nodes")
	begun = time.Now()
	b.ask("list_signals", args{})
	answer, _ := b.ask("query_objects", args{"type": "nodes"})
	first := time.Since(begun)
	if first < patience {
		t.Errorf("it is not waited for, but %v", first)
	}
	watch := list(answer, "watches")[0]
	if note, _ := watch["note"].(string); watch["state"] != "listing" || watch["complete"] != false || !strings.HasPrefix(note, "watched from now on") || !strings.Contains(note, "may be more") {
		t.Errorf("it is said of nodes %v", watch)
	}
	begun = time.Now()
	for range 10 {
		for tool, question := range ofAllTypes {
			answer, _ := b.ask(tool, question)
			notLive := list(answer, "watches_not_live")
			if len(notLive) != 1 || notLive[0]["type"] != "nodes" || slices.Contains(texts(answer, "types_watched"), "nodes") {
				t.Errorf("%s: %v", tool, answer)
			}
		}
		b.ask("query_objects", args{"type": "nodes"})
		if answer, _ := b.ask("list_signals", args{}); answer["complete"] != false || answer["note"] == nil {
			t.Errorf("of signals it is said %v", answer)
		}
	}
	if rest := time.Since(begun); rest > 3*first {
		t.Errorf("40 questions more take %v, after the first %v", rest, first)
	}
}

// However many watches are not live, what is said of them leaves room for what was asked for.
func TestWhatIsSaidBesideIsBounded(t *testing.T) {
	types := []string{"pods"}
	for i := range 60 {
		types = append(types, "foos"+strings.Repeat("x", i)+".example.com")
	}
	const limit = 4 << 10
	b := newBench(t, benchOptions{types: types, mcp: mcp.Options{AnswerBytes: limit}})
	for tool, question := range ofAllTypes {
		text, isRefused := b.bounded(limit, tool, question)
		if isRefused || !strings.Contains(text, `{"more":5`) {
			t.Errorf("%s: %s", tool, text)
		}
	}
}

// stalled has the server not answer what is asked of it, until the test ends or the function is called.
func (b *bench) stalled(isOf func(*http.Request) bool) (release func()) {
	stall := make(chan struct{})
	release = sync.OnceFunc(func() { b.api.SetFaults(nil); close(stall) })
	b.Cleanup(release)
	b.api.SetFaults(func(r *http.Request) *apiserver.Fault {
		if isOf(r) {
			return &apiserver.Fault{Stall: stall}
		}
		return nil
	})
	return release
}

// A server that does not tell its types is waited for once, whoever asks for what, and each answer says so.
func TestAServerThatHangsIsWaitedForOnce(t *testing.T) {
	const patience = time.Second
	stall := make(chan struct{})
	var release sync.Once
	b := newBench(t, benchOptions{mcp: mcp.Options{Patience: patience}, faults: func(*http.Request) *apiserver.Fault { return &apiserver.Fault{Stall: stall} }})
	answer := func() { release.Do(func() { b.api.SetFaults(nil); close(stall) }) }
	t.Cleanup(answer)
	begun := time.Now()
	b.ask("list_problems", args{})
	first := time.Since(begun)
	begun = time.Now()
	for range 3 {
		for tool, question := range questionsOfTools("pods", "web") {
			if text, _ := b.bounded(32<<10, tool, question); !strings.Contains(text, "has not told its types yet") {
				t.Errorf("%s does not say what it waits for: %s", tool, text)
			}
		}
	}
	if rest := time.Since(begun); rest > 3*max(first, patience) {
		t.Errorf("27 questions more take %v, after the first %v", rest, first)
	}
	wantError(t, second(b.client.ReadResource(t.Context(), &sdk.ReadResourceParams{URI: "dogwatch://objects/pods"})), jsonrpc.CodeInternalError, "has not told its types yet")
	answer()
	b.until("it has told them", "list_types", args{}, func(answer map[string]any) bool { return answer["total"] == 6.0 })
}

// The types are waited for, so that the first question is not answered with less than there is.
func TestTheFirstQuestionIsAnsweredWithAllTypes(t *testing.T) {
	b := newBench(t, benchOptions{mcp: mcp.Options{Patience: forEver}})
	answer, _ := b.ask("list_types", args{})
	if answer["total"] != 6.0 || answer["types_not_known"] != nil {
		t.Errorf("it is %v", answer)
	}
}

// What an object relates to is waited for once where it is not listed, and said to be missing. It is there as soon as it is.
func TestRelationsThatDoNotComeAreWaitedForOnce(t *testing.T) {
	const patience = 4 * time.Second
	b := newBench(t, benchOptions{types: []string{"pods"}, mcp: mcp.Options{Patience: patience}})
	b.apply(pods, strings.Replace(podOf("web", "web-ill", "1", false), `"status"`, `"spec":{"nodeName":"node-00"},"status"`, 1))
	b.until("it is listed", "list_problems", args{}, func(answer map[string]any) bool { return answer["total"] == 1.0 })
	release := b.stalled(func(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/nodes") })
	question := args{"type": "pods", "name": "web-ill"}
	begun := time.Now()
	b.ask("object_relations", question)
	if first := time.Since(begun); first < patience/2 {
		t.Errorf("it is not waited for, but %v", first)
	}
	for _, tool := range []string{"object_relations", "explain"} { // the second knows of the first
		begun := time.Now()
		for range 10 {
			answer, _ := b.ask(tool, question)
			if got := fmt.Sprint(answer["not_read_yet"]); answer["complete"] != false || got != "[nodes]" {
				t.Errorf("%s: %v is complete, and missing are %s", tool, answer["complete"], got)
			}
		}
		if took := time.Since(begun); took > 2*patience {
			t.Errorf("%s takes %v ten times", tool, took)
		}
	}
	release()
	for _, tool := range []string{"object_relations", "explain"} {
		answer := b.until("all is there", tool, question, func(answer map[string]any) bool { return answer["complete"] == true })
		if answer["not_read_yet"] != nil {
			t.Errorf("%s: missing are %v", tool, answer["not_read_yet"])
		}
	}
}
