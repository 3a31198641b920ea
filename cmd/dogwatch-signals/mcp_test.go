package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/dogwatch/dogwatch/replay/apiserver"
	"github.com/dogwatch/dogwatch/replay/apiserver/sample"
	"github.com/dogwatch/dogwatch/replay/apiserver/store"
	"github.com/dogwatch/dogwatch/setup"
)

// sampleKubeconfig is of an API server in this process.
func sampleKubeconfig(t *testing.T) string {
	t.Helper()
	path, _ := sampleCluster(t)
	return path
}

// sampleCluster is an API server in this process: its kubeconfig, and what it serves.
func sampleCluster(t *testing.T) (string, *store.Store) {
	t.Helper()
	st, err := sample.Store(20)
	if err != nil {
		t.Fatal(err)
	}
	server := apiserver.New(st, apiserver.Options{})
	if err := server.Start(context.WithoutCancel(t.Context())); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	kubeconfig, err := server.Kubeconfig("sample")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "kubeconfig")
	if err := os.WriteFile(path, kubeconfig, 0o600); err != nil {
		t.Fatal(err)
	}
	return path, st
}

// answering is a run of "mcp" and a client of it.
type answering struct {
	client *sdk.ClientSession
	cancel func()
	done   chan error
	stderr bytes.Buffer // to be read when it is done
}

func startMCP(t *testing.T, args ...string) *answering {
	t.Helper()
	return startMCPTelling(t, nil, args...)
}

// newClient is told of resources that it has subscribed to, unless told is nil.
func newClient(told func(uri string)) *sdk.Client {
	options := &sdk.ClientOptions{}
	if told != nil {
		options.ResourceUpdatedHandler = func(_ context.Context, r *sdk.ResourceUpdatedNotificationRequest) { told(r.Params.URI) }
	}
	return sdk.NewClient(&sdk.Implementation{Name: "test", Version: "1"}, options)
}

// startMCPTelling is startMCP for a client that is told of resources.
func startMCPTelling(t *testing.T, told func(uri string), args ...string) *answering {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	toServer, fromClient := io.Pipe()
	toClient, fromServer := io.Pipe()
	a := &answering{cancel: cancel, done: make(chan error, 1)}
	go func() {
		command := newMCP(toServer, fromServer, &a.stderr)
		command.SetArgs(args)
		a.done <- command.ExecuteContext(ctx)
		_ = fromServer.Close()
	}()
	var err error
	if a.client, err = newClient(told).Connect(t.Context(), &sdk.IOTransport{Reader: toClient, Writer: fromClient}, nil); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cancel)
	return a
}

func (a *answering) ask(t *testing.T, tool string, question map[string]any) (answer map[string]any) {
	t.Helper()
	answer, failed := a.try(t, tool, question)
	if failed != "" {
		t.Fatal(failed)
	}
	return answer
}

// said is all that a tool answers, or why it refuses.
func (a *answering) said(t *testing.T, tool string, question map[string]any) string {
	t.Helper()
	result, err := a.client.CallTool(t.Context(), &sdk.CallToolParams{Name: tool, Arguments: question})
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, content := range result.Content {
		all = append(all, content.(*sdk.TextContent).Text)
	}
	return strings.Join(all, "\n")
}

// end has the client leave, and the run end.
func (a *answering) end(t *testing.T) {
	t.Helper()
	_ = a.client.Close()
	a.cancel()
	if err := <-a.done; err != nil || a.stderr.Len() > 0 {
		t.Errorf("it ends with %v and says %s", err, &a.stderr)
	}
}

// try is ask where it may be too early for an answer.
func (a *answering) try(t *testing.T, tool string, question map[string]any) (answer map[string]any, failed string) {
	t.Helper()
	result, err := a.client.CallTool(t.Context(), &sdk.CallToolParams{Name: tool, Arguments: question})
	if err != nil {
		t.Fatal(err)
	}
	text := result.Content[0].(*sdk.TextContent).Text
	if result.IsError || json.Unmarshal([]byte(text), &answer) != nil {
		return nil, text
	}
	return answer, ""
}

func TestMCPAnswersOverStandardInputAndOutput(t *testing.T) {
	for name, end := range map[string]func(*answering){
		"the client leaves": func(a *answering) { _ = a.client.Close() },
		"a signal comes":    func(a *answering) { a.cancel() },
	} {
		a := startMCP(t, "--kubeconfig", sampleKubeconfig(t), "-A", "pods")
		if answer := a.ask(t, "query_objects", map[string]any{"type": "pods"}); answer["total"] != 20.0 {
			t.Errorf("the answer is %v", answer)
		}
		end(a)
		if err := <-a.done; err != nil || a.stderr.Len() > 0 {
			t.Errorf("%s: it ends with %v and says %s", name, err, &a.stderr)
		}
		_ = a.client.Close()
	}
}

func TestMCPSaysWhatIsWrongWithItsCommandLine(t *testing.T) {
	for _, c := range []struct {
		args []string
		code int
		said string
	}{
		{[]string{"--max-answer", "10"}, setup.ExitUsage, "--max-answer 10"},
		{[]string{"--max-types", "0"}, setup.ExitUsage, "--max-types 0"},
		{[]string{"--at", "1m"}, setup.ExitUsage, "--at goes with --recording"},
		{[]string{"--recording", demoPath, "-l", "a=b"}, setup.ExitUsage, "--selector does not go"},
		{[]string{"--recording", demoPath, "--at", "9h"}, setup.ExitError, "is not in the recording"},
		{[]string{"--recording", "mcp_test.go"}, setup.ExitError, "not a dogwatch recording"},
		{[]string{"--token-file", "x"}, setup.ExitUsage, "goes with --http"},
		{[]string{"-l", "a b"}, setup.ExitUsage, "--selector"},
		{[]string{"--kubeconfig", "/nothing"}, setup.ExitError, "/nothing"},
	} {
		code, stdout, stderr := command(t, append([]string{"mcp"}, c.args...)...)
		if code != c.code || stdout != "" || !strings.Contains(stderr, c.said) {
			t.Errorf("%q ends with %d and says %s", c.args, code, stderr)
		}
	}
}

// heard is what a command says, for one who waits for a line.
type heard struct {
	mu   sync.Mutex
	text strings.Builder
	more chan struct{}
}

func (h *heard) Write(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	select {
	case h.more <- struct{}{}:
	default:
	}
	return h.text.Write(p)
}

// find waits for what matches, and gives its first group.
func (h *heard) find(t *testing.T, expression string) string {
	t.Helper()
	re := regexp.MustCompile(expression)
	for {
		h.mu.Lock()
		match := re.FindStringSubmatch(h.text.String())
		h.mu.Unlock()
		if match != nil {
			return match[1]
		}
		select {
		case <-h.more:
		case <-time.After(60 * time.Second):
			t.Fatalf("%s is not said", expression)
		}
	}
}

func TestMCPAnswersOverHTTP(t *testing.T) {
	file := filepath.Join(t.TempDir(), "token")
	for _, args := range [][]string{nil, {"--token-file", file}, {"--token-file", file}} {
		ctx, cancel := context.WithCancel(t.Context())
		stderr := &heard{more: make(chan struct{}, 1)}
		command := newMCP(nil, io.Discard, stderr)
		command.SetArgs(append([]string{"--kubeconfig", sampleKubeconfig(t), "-A", "--http", "0", "pods"}, args...))
		done := make(chan error, 1)
		go func() { done <- command.ExecuteContext(ctx) }()
		address := stderr.find(t, "answering at (http://127.0.0.1:[0-9]+/mcp);")
		var token string
		if args == nil {
			token = stderr.find(t, "token: ([A-Z0-9]{26})\n")
		} else {
			content, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			token = strings.TrimSpace(string(content))
		}
		for given, code := range map[string]int{token: http.StatusOK, "": http.StatusUnauthorized} {
			if got := hello(t, address, given); got != code {
				t.Errorf("%v: with the token %q it answers %d", args, given, got)
			}
		}
		cancel()
		if err := <-done; err != nil {
			t.Errorf("%v: it ends with %v", args, err)
		}
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file is %v, %v", info, err)
	}
}

// hello begins a session, and gives the answer's code.
func hello(t *testing.T, address, token string) int {
	t.Helper()
	const text = `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}`
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept", "application/json, text/event-stream")
	request.Header.Set("Authorization", "Bearer "+token)
	response, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	return response.StatusCode
}

func TestTokenFiles(t *testing.T) {
	for name, c := range map[string]struct {
		content string
		mode    os.FileMode
		said    string
	}{
		"good":       {"0123456789abcdef\n", 0o600, ""},
		"open":       {"0123456789abcdef", 0o644, "others may read"},
		"of a group": {"0123456789abcdef", 0o640, "others may read"},
		"short":      {"0123456789", 0o600, "at least 16"},
		"empty":      {"", 0o600, "at least 16"},
		"two words":  {"0123456789 abcdef", 0o600, "one word"},
		"far longer": {strings.Repeat("x", 5000), 0o600, "too long"},
	} {
		path := filepath.Join(t.TempDir(), "token")
		if err := os.WriteFile(path, []byte(c.content), c.mode); err != nil {
			t.Fatal(err)
		}
		token, err := (&mcpOptions{tokenFile: path}).token(io.Discard)
		if c.said == "" && (err != nil || token != "0123456789abcdef") || c.said != "" && (err == nil || !strings.Contains(err.Error(), c.said)) {
			t.Errorf("%s: %q, %v", name, token, err)
		}
	}
	if _, err := (&mcpOptions{tokenFile: t.TempDir()}).token(io.Discard); err == nil {
		t.Error("a folder is a token")
	}
}

// A recording is asked about as a cluster that was watched all the time.
func TestMCPAnswersAboutARecording(t *testing.T) {
	a := startMCP(t, "--recording", demoPath)
	since := a.ask(t, "list_types", map[string]any{"limit": 1})["as_of"]
	if answer := a.ask(t, "query_objects", map[string]any{"type": "deployments", "name": "catalog"}); answer["total"] != 1.0 || answer["as_of"] != since {
		t.Errorf("the end is %v: %v", since, answer)
	}
	// The history is read from its end on, and no answer waits for all of it for ever.
	eventually(t, "the changes", func() bool {
		answer := a.ask(t, "list_changes", map[string]any{"since": "2h", "type": "deploy", "name": "catalog", "manager": "kubectl-scale"})
		text, _ := json.Marshal(answer)
		return strings.Contains(string(text), `"path":"spec.replicas"`) && answer["complete_since"] != since
	})
	for tool, least := range map[string]float64{"object_history": 3, "diff_object": 1} {
		eventually(t, "what "+tool+" tells", func() bool {
			question := map[string]any{"type": "deploy", "name": "catalog"}
			if tool == "diff_object" {
				question["from"] = "2m"
			}
			answer, _ := a.try(t, tool, question)
			n, _ := answer["total"].(float64)
			return n >= least
		})
	}
	_ = a.client.Close()
	if err := <-a.done; err != nil || a.stderr.Len() > 0 {
		t.Errorf("it ends with %v and says %s", err, &a.stderr)
	}
}

// What is wrong with a recording is said to who asks about it: also what is found only as it is read, and no more of it than there is room for.
func TestMCPSaysWhatIsWrongWithARecording(t *testing.T) {
	whole, err := os.ReadFile(demoPath)
	if err != nil {
		t.Fatal(err)
	}
	flipped := bytes.Clone(whole)
	flipped[len(flipped)/2] ^= 0xff
	cut := whole[:len(whole)*3/4]
	for name, files := range map[string]map[string][]byte{"cut": {"a.jsonl.zst": cut}, "flipped": {"a.jsonl.zst": flipped}, "whole": {"a.jsonl.zst": whole}, "many": {"a.jsonl.zst": whole}} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if name == "many" {
				for n := range 300 {
					files[fmt.Sprintf("note-%03d.txt", n)] = []byte("what is none")
				}
			}
			for name, content := range files {
				if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			a := startMCP(t, "--recording", dir)
			problems := func() []any {
				all, _ := a.ask(t, "list_types", nil)["recording_problems"].([]any)
				return all
			}
			eventually(t, "its types", func() bool { return a.ask(t, "list_types", nil)["total"] != 0.0 })
			if name != "whole" {
				eventually(t, "its problems", func() bool { return len(problems()) > 0 })
			}
			if n := len(problems()); n > 0 == (name == "whole") || n > 60 {
				t.Errorf("it tells %d: %v", n, problems())
			}
			_ = a.client.Close()
			if err := <-a.done; err != nil {
				t.Error(err)
			}
			if n := strings.Count(a.stderr.String(), "\n"); n > 6 || name == "whole" && n > 0 || name == "many" && n != 6 {
				t.Errorf("it says\n%s", &a.stderr)
			}
		})
	}
}

// A type that came later is not known to be missing.
func TestTypesOfARecordingAreThoseOfTheMoment(t *testing.T) {
	const later = "promotions.shop.example"
	for moment, has := range map[string]bool{"10s": false, "1m": true} {
		a := startMCP(t, "--recording", demoPath, "--at", moment)
		eventually(t, "its types", func() bool {
			text := a.said(t, "list_types", map[string]any{"limit": 500})
			return strings.Contains(text, `"type":"pods"`) && strings.Contains(text, later) == has
		})
		a.end(t)
	}
}

func TestMCPAnswersAboutAMoment(t *testing.T) {
	a := startMCP(t, "--recording", demoPath, "--at", "1m", "-n", "eshop")
	eventually(t, "changes", func() bool {
		answer := a.ask(t, "list_changes", map[string]any{"since": "10m", "limit": 500, "noise": true})
		changes, _ := answer["changes"].([]any)
		for _, c := range changes {
			change := c.(map[string]any)
			if ns, _ := change["namespace"].(string); ns != "eshop" && ns != "" || change["at"].(string) > answer["as_of"].(string) {
				t.Errorf("%v is told", change)
			}
		}
		return len(changes) > 0
	})
	_ = a.client.Close()
	if err := <-a.done; err != nil {
		t.Errorf("it ends with %v", err)
	}
}
