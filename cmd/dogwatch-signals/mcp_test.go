package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/dogwatch/dogwatch/replay/apiserver"
	"github.com/dogwatch/dogwatch/replay/apiserver/sample"
	"github.com/dogwatch/dogwatch/setup"
)

// sampleKubeconfig is of an API server in this process.
func sampleKubeconfig(t *testing.T) string {
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
	return path
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
	client := sdk.NewClient(&sdk.Implementation{Name: "test", Version: "1"}, nil)
	if a.client, err = client.Connect(t.Context(), &sdk.IOTransport{Reader: toClient, Writer: fromClient}, nil); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cancel)
	return a
}

func (a *answering) ask(t *testing.T, tool string, question map[string]any) (answer map[string]any) {
	t.Helper()
	result, err := a.client.CallTool(t.Context(), &sdk.CallToolParams{Name: tool, Arguments: question})
	if err != nil {
		t.Fatal(err)
	}
	text := result.Content[0].(*sdk.TextContent).Text
	if result.IsError || json.Unmarshal([]byte(text), &answer) != nil {
		t.Fatal(text)
	}
	return answer
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
		{[]string{"-l", "a b"}, setup.ExitUsage, "--selector"},
		{[]string{"--kubeconfig", "/nothing"}, setup.ExitError, "/nothing"},
	} {
		code, stdout, stderr := command(t, append([]string{"mcp"}, c.args...)...)
		if code != c.code || stdout != "" || !strings.Contains(stderr, c.said) {
			t.Errorf("%q ends with %d and says %s", c.args, code, stderr)
		}
	}
}
