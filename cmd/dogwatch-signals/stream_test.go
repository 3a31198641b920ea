package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/replay/apiserver"
	"github.com/dogwatch/dogwatch/replay/apiserver/sample"
	"github.com/dogwatch/dogwatch/setup"
)

const (
	// asProgram makes the test the program itself, to be killed.
	asProgram = "DOGWATCH_TEST_AS_PROGRAM"
	// patience is how long a test waits for what must come.
	patience = 60 * time.Second
)

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
	}
	os.Exit(m.Run())
}

var pods = schema.GroupVersionResource{Version: "v1", Resource: "pods"}

// shop is an API server of pods.
type shop struct {
	*testing.T
	server     *apiserver.Server
	kubeconfig string
}

func newShop(t *testing.T) *shop {
	t.Helper()
	st, err := sample.Store(3)
	if err != nil {
		t.Fatal(err)
	}
	s := &shop{T: t, server: apiserver.New(st, apiserver.Options{}), kubeconfig: filepath.Join(t.TempDir(), "kubeconfig")}
	if err := s.server.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.server.Close() })
	config, err := s.server.Kubeconfig("shop-eu")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(s.kubeconfig, config, 0o600); err != nil {
		t.Fatal(err)
	}
	return s
}

// label gives a pod a label.
func (s *shop) label(name string, n int) {
	s.Helper()
	object := fmt.Sprintf(`{"apiVersion":"v1","kind":"Pod","metadata":{"namespace":"default","name":%q,"labels":{"n":"%d"}}}`, name, n)
	if _, err := s.server.Store().Apply(pods, []byte(object)); err != nil {
		s.Fatal(err)
	}
}

func (s *shop) args(args ...string) []string {
	return append([]string{"stream", "-A", "pods", "--kubeconfig", s.kubeconfig}, args...)
}

// process begins the program in a process of its own.
func (s *shop) process(args ...string) *exec.Cmd {
	s.Helper()
	command := exec.Command(os.Args[0], s.args(args...)...)
	command.Env = append(os.Environ(), asProgram+"=1")
	command.Stderr = s.Output()
	s.Cleanup(func() {
		if command.Process != nil {
			_ = command.Process.Kill()
		}
	})
	return command
}

func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	look := time.NewTicker(5 * time.Millisecond)
	defer look.Stop()
	late := time.After(patience)
	for !holds() {
		select {
		case <-look.C:
		case <-late:
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

func contains(path, text string) bool {
	content, err := os.ReadFile(path)
	return err == nil && bytes.Contains(content, []byte(text))
}

func TestStreamIntoAFile(t *testing.T) {
	s := newShop(t)
	path := filepath.Join(t.TempDir(), "events")
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	done := make(chan int, 1)
	var stdout, stderr bytes.Buffer
	go func() {
		done <- run(ctx, s.args("--format", "json", "--to", "file:"+path, "--cluster-name", "eu", "--redact", "po:.spec.key"), &stdout, &stderr)
	}()
	eventually(t, "its being watched", func() bool { return contains(path, `"notice":"watching"`) })
	for _, key := range []string{"hunter", "hunter2"} {
		object := fmt.Sprintf(`{"apiVersion":"v1","kind":"Pod","metadata":{"namespace":"default","name":"web"},"spec":{"key":%q}}`, key)
		if _, err := s.server.Store().Apply(pods, []byte(object)); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "a change", func() bool { return contains(path, `"change":"updated"`) })
	stop()
	if code := <-done; code != setup.ExitOK || stdout.Len() > 0 || stderr.Len() > 0 {
		t.Errorf("it ends with %d, prints %q and says %q", code, stdout.String(), stderr.String())
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text), "hunter") || !strings.Contains(string(text), `"path":"spec.key"`) {
		t.Errorf("what is to be hidden is told in\n%s", text)
	}
	for line := range strings.Lines(string(text)) {
		if !json.Valid([]byte(line)) || !strings.Contains(line, `"cluster":"eu"`) {
			t.Errorf("a line is %s", line)
		}
	}
}

func TestStreamCommandLinesThatMakeNoSense(t *testing.T) {
	s := newShop(t)
	for _, c := range []struct {
		args []string
		code int
		said string
	}{
		{[]string{"--to", "ftp://x/y"}, setup.ExitUsage, "--to: give stdout"},
		{[]string{"--to", "http://a:hunter2@/"}, setup.ExitUsage, "--to: give stdout"},
		{[]string{"--to", "htp://hunter2@x/hunter2"}, setup.ExitUsage, "--to: give stdout"},
		{[]string{"--to", "http://a:hunter2%@x/"}, setup.ExitUsage, "--to: give stdout"},
		{[]string{"--to", "file:"}, setup.ExitUsage, "give stdout"},
		{[]string{"--format", "xml"}, setup.ExitUsage, "give text, json or cloudevents"},
		{[]string{"--spool-max", "1Ki"}, setup.ExitUsage, "at least 1Mi"},
		{[]string{"--to", "nats://me:hunter2@n"}, setup.ExitUsage, "give a subject"},
		{[]string{"--to", "nats+tcp://me:hunter2@n/d"}, setup.ExitUsage, "give nats://"},
		{[]string{"--to", "kafka://me:hunter2@k/t", "--to-credentials", "x"}, setup.ExitError, "told twice"},
		{[]string{"--header", "A: b"}, setup.ExitUsage, "--header: they go with http"},
		{[]string{"--to", "http://127.0.0.1:1", "--to-credentials", "x"}, setup.ExitUsage, "--to-credentials: it goes with nats"},
		{[]string{"--to", "nats://n/d", "--to-ca", "/no/such"}, setup.ExitError, "--to-ca"},
		{[]string{"--shard", "3/3"}, setup.ExitUsage, "--shard: "},
		{[]string{"--shard", "1/3", "--signals"}, setup.ExitUsage, "--shard does not go with --signals"},
		{[]string{"--batch", "0"}, setup.ExitUsage, "give 1 or more"},
		{[]string{"--redact", "x["}, setup.ExitUsage, "--redact"},
		{[]string{"--to", "http://127.0.0.1:1", "--header", "secret"}, setup.ExitError, "Name: value"},
		{[]string{"--to", "http://127.0.0.1:1", "--header", "Authorization Bearer secret:x"}, setup.ExitError, "Name: value"},
		{[]string{"--to", "http://127.0.0.1:1", "--header", "X: a\x01secret"}, setup.ExitError, "Name: value"},
		{[]string{"--to", "file:" + t.TempDir()}, setup.ExitError, "no regular file"},
		{[]string{"--redact", "cm:.data.x"}, setup.ExitError, `--redact cm:.data.x: the server has no type "cm"`},
	} {
		var stdout, stderr bytes.Buffer
		code := run(t.Context(), s.args(c.args...), &stdout, &stderr)
		if code != c.code || !strings.Contains(stderr.String(), c.said) || strings.Contains(stderr.String(), "hunter2") || strings.Contains(stderr.String(), "secret") {
			t.Errorf("%q ends with %d and says %s", c.args, code, stderr.String())
		}
	}
	var stdout, stderr bytes.Buffer
	code := run(t.Context(), []string{"stream", "--kubeconfig", s.kubeconfig, "widgets"}, &stdout, &stderr)
	if code != setup.ExitError || !strings.Contains(stderr.String(), "there is nothing to watch") {
		t.Errorf("an unknown type ends with %d and says %s", code, stderr.String())
	}
}

// What rules find is told as it opens and as it is over, and changes only where they are asked for.
func TestStreamTellsSignals(t *testing.T) {
	s := newShop(t)
	pod := func(state string) {
		t.Helper()
		object := `{"apiVersion":"v1","kind":"Pod","metadata":{"namespace":"default","name":"web"},"spec":{"containers":[{"name":"c","image":"i:1"}]},` +
			`"status":{"containerStatuses":[{"name":"c","image":"i:1","state":` + state + `}]}}`
		if _, err := s.server.Store().Apply(pods, []byte(object)); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(t.TempDir(), "events")
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	done := make(chan int, 1)
	var stdout, stderr bytes.Buffer
	go func() {
		done <- run(ctx, s.args("--format", "json", "--to", "file:"+path, "--signals"), &stdout, &stderr)
	}()
	eventually(t, "its being watched", func() bool { return contains(path, `"notice":"watching"`) })
	pod(`{"waiting":{"reason":"ErrImagePull","message":"no such image"}}`)
	eventually(t, "the trouble", func() bool { return contains(path, `"signal":"opened"`) })
	pod(`{"running":{}}`)
	eventually(t, "its end", func() bool { return contains(path, `"signal":"resolved"`) })
	stop()
	if code := <-done; code != setup.ExitOK || stderr.Len() > 0 {
		t.Errorf("it ends with %d and says %q", code, stderr.String())
	}
	if !contains(path, `"type":"ImagePullFailing"`) || contains(path, `"change.v1"`) {
		text, _ := os.ReadFile(path)
		t.Errorf("told is\n%s", text)
	}
}

// readUntil reads the lines of a process, until one holds a text.
func readUntil(t *testing.T, lines *bufio.Scanner, text string) {
	t.Helper()
	for lines.Scan() {
		if strings.Contains(lines.Text(), text) {
			return
		}
	}
	t.Fatalf("it ended before it said %q", text)
}

func TestSIGTERMEndsAStreamWell(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there are no such signals")
	}
	s := newShop(t)
	command := s.process()
	pipe, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(pipe)
	readUntil(t, lines, "  watching     pods  3 objects")
	s.label("web", 1)
	readUntil(t, lines, "  added        pods/default/web")
	s.label("web", 2)
	readUntil(t, lines, "  updated      pods/default/web  metadata.labels.n 1 → 2")
	if err := command.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, pipe); err != nil {
		t.Error(err)
	}
	if err := command.Wait(); err != nil {
		t.Errorf("it ends with %v", err)
	}
}

func TestAPipeThatNobodyReadsEndsAStreamQuietly(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("pipes break in another way")
	}
	s := newShop(t)
	command := s.process()
	var stderr bytes.Buffer
	command.Stderr = &stderr
	pipe, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	readUntil(t, bufio.NewScanner(pipe), "watching")
	if err := pipe.Close(); err != nil {
		t.Fatal(err)
	}
	s.label("web", 1)
	if err := command.Wait(); err != nil || stderr.Len() > 0 {
		t.Errorf("it ends with %v and says %s", err, stderr.String())
	}
}
