package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/dogwatch/dogwatch/setup"
)

func get(t *testing.T, config *rest.Config, method, path string) (int, []byte) {
	t.Helper()
	client, err := rest.HTTPClientFor(config)
	if err != nil {
		t.Fatal(err)
	}
	defer client.CloseIdleConnections()
	req, err := http.NewRequestWithContext(t.Context(), method, config.Host+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, body
}

// What was recorded is there again for any client that has the kubeconfig, and for no other.
func TestReplayServesWhatWasRecorded(t *testing.T) {
	b := startRecording(t, "pods")
	b.await("the first state", func(s contents) bool { return len(s) == 20 })
	b.stop()
	o := &replayOptions{options: options{Options: setup.New()}, file: b.file, serve: "127.0.0.1:0", paused: true}
	run, err := startReplay(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer run.Stop()
	config, err := clientcmd.RESTConfigFromKubeConfig(run.Kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	if names := run.types(); !cmp.Equal(names, []string{"pods"}) {
		t.Errorf("types %q", names)
	}
	code, body := get(t, config, http.MethodGet, "/api/v1/pods")
	var list struct{ Items []json.RawMessage }
	if err := json.Unmarshal(body, &list); err != nil || code != http.StatusOK {
		t.Fatalf("%d, %v: %.200s", code, err, body)
	}
	got := contents{}
	for _, item := range list.Items {
		var object struct {
			Metadata struct{ Namespace, Name string }
		}
		if err := json.Unmarshal(item, &object); err != nil {
			t.Fatal(err)
		}
		got[fmt.Sprintf("pods.v1 %s/%s", object.Metadata.Namespace, object.Metadata.Name)] = string(item)
	}
	if diff := cmp.Diff(b.served("pods.v1"), got); diff != "" {
		t.Error(diff)
	}
	if code, body := get(t, config, http.MethodDelete, "/api/v1/namespaces/shop/pods/x"); code != http.StatusMethodNotAllowed || !strings.Contains(string(body), "recording") {
		t.Errorf("delete: %d %s", code, body)
	}
	stranger := rest.CopyConfig(config)
	stranger.BearerToken = ""
	if code, _ := get(t, stranger, http.MethodGet, "/api/v1/pods"); code != http.StatusUnauthorized {
		t.Errorf("without the token: %d", code)
	}
}

func TestReplayRefuses(t *testing.T) {
	text := filepath.Join(t.TempDir(), "text")
	if err := os.WriteFile(text, []byte("kind: Pod\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	in := filepath.Join(t.TempDir(), "in.zst")
	recorded(t, in)
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"replay"}, "needs a recording"},
		{[]string{"replay", "missing"}, "no such file"},
		{[]string{"replay", text}, "not a dogwatch recording"},
		{[]string{"replay", text, "--serve", "127.0.0.1:0"}, "not a dogwatch recording"},
		{[]string{"replay", text, "--at", "soon"}, "no moment"},
		{[]string{"replay", text, "--force"}, "goes with --write-kubeconfig"},
		{[]string{"replay", text, "--kubeconfig", "x"}, "unknown flag"},
		{[]string{"replay", text, "--context", "x"}, "unknown flag"},
		{[]string{"replay", text, "--token", "x"}, "unknown flag"},
		{[]string{"replay", in, "--at", "1h", "--serve", "127.0.0.1:0"}, "--at: 2026-11-24T"},
		{[]string{"replay", in, "--at", "1h", "--serve", "127.0.0.1:0"}, "is not in the recording"},
		{[]string{"replay", in, "--serve", "192.0.2.1:0"}, "listening"},
		{[]string{"replay", text, "--write-kubeconfig", "x"}, "goes with --serve"},
	} {
		if code, stderr := execute(t, c.args...); code == setup.ExitOK || !strings.Contains(stderr, c.want) {
			t.Errorf("%q: exit %d and %q, want %q", c.args, code, stderr, c.want)
		}
	}
}

// What cannot be an address is a bad command line, whatever the recording is.
func TestAddressesToServeOn(t *testing.T) {
	for _, addr := range []string{"8080", "foo:bar", "127.0.0.1", "::1:80:", "127.0.0.1:99999", "https://127.0.0.1:0"} {
		code, said := execute(t, "replay", "missing", "--serve", addr)
		if code != setup.ExitUsage || !strings.Contains(said, "give an address and a port, such as 127.0.0.1:8443") || !strings.Contains(said, "dogwatch replay --help") {
			t.Errorf("%s: exit %d, %q", addr, code, said)
		}
	}
}

// Where it is served is said, and that others can read it where they can.
func TestServingSaysWhere(t *testing.T) {
	in := filepath.Join(t.TempDir(), "in.zst")
	recorded(t, in)
	for addr, warned := range map[string]bool{"127.0.0.1:0": false, ":0": true} {
		ctx, cancel := context.WithCancel(t.Context())
		said := &voice{changed: make(signals, 1)}
		done := make(chan error, 1)
		go func() {
			_, err := runServe(ctx, &replayOptions{options: options{Options: setup.New()}, file: in, serve: addr}, io.Discard, said)
			done <- err
		}()
		late := time.After(patience)
		for !strings.Contains(said.String(), "serving") {
			select {
			case <-said.changed:
			case <-late:
				t.Fatal("it does not serve")
			}
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if text := said.String(); !strings.Contains(text, "serving "+in+" at https://") || strings.Contains(text, "warning: other machines") != warned {
			t.Errorf("%s: said %q", addr, text)
		}
	}
}
