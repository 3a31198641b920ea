package canary

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/dogwatch/dogwatch/e2e/await"
)

// store stores Secrets of several kinds, and a ConfigMap with another canary, which may be found.
func store(t *testing.T, secret, control Canary) {
	t.Helper()
	applySecret(t, "applied", secret.Value("first"))
	login := fmt.Sprintf(`{"auths":{"registry":{"auth":%q}}}`, base64.StdEncoding.EncodeToString([]byte("user:"+secret.Value("login"))))
	apply(t, map[string]any{
		"apiVersion": "v1", "kind": "Secret", "metadata": object("registry"), "type": "kubernetes.io/dockerconfigjson",
		"data": map[string]any{".dockerconfigjson": base64.StdEncoding.EncodeToString([]byte(login))},
	})
	large := strings.Repeat("0123456789abcdef\n", 8_000)
	applySecret(t, "large", large+secret.Value("large"))
	kubectl(t, "create", "secret", "generic", "deleted", "--from-literal=password="+secret.Value("deleted"))
	apply(t, map[string]any{
		"apiVersion": "v1", "kind": "ConfigMap", "metadata": object("control"), "data": map[string]any{"value": control.Value("control")},
	})
	t.Cleanup(func() {
		_, _ = cluster.Kubectl(context.Background(), "delete", "secret,configmap", "--all", "--namespace=default")
	})
}

func applySecret(t *testing.T, name, value string) {
	t.Helper()
	apply(t, map[string]any{
		"apiVersion": "v1", "kind": "Secret", "metadata": object(name), "stringData": map[string]any{"password": value, "empty": ""},
	})
}

func object(name string) map[string]any { return map[string]any{"name": name, "namespace": "default"} }

// TestWatchedSecretsAreNowhere uses what the program does with objects on Secrets, and looks for their values in its memory
// while it runs, and in all that it leaves.
func TestWatchedSecretsAreNowhere(t *testing.T) {
	secret, control := New(), New()
	store(t, secret, control)
	s := start(t, dumping, kubeconfig(t), "secrets", "configmaps", "secrets,configmaps")
	s.expect("applied", "registry", "large", "deleted")
	expectNotInMemory(t, s.Pid(), s.home, secret, control)

	s.press("R")
	s.expect("REC")
	s.press("y", "enter", "m") // the YAML, then whole and afresh
	s.expect("kind: Secret", "password: ••••", "managedFields:")
	s.press("/")
	s.Type("password")
	s.press("enter", "c", "v", "p", "enter", "enter") // the search ends, then the pane
	s.press(">", ">", "-", "w", "/")
	s.Type("applied")
	s.expectGone("registry")
	s.press("enter")
	applySecret(t, "applied", secret.Value("second"))
	kubectl(t, "delete", "secret", "deleted")
	kubectl(t, "create", "secret", "generic", "created", "--from-literal=password="+secret.Value("created"))
	s.press("esc")
	s.expect("created", "registry")
	s.press("3")
	s.expect("KIND", "created", "control")
	expectNotInMemory(t, s.Pid(), s.home, secret, control)

	s.press("R")
	s.expectGone("REC")
	expectNotInMemory(t, s.Pid(), s.home, secret, control)
	s.quit()
	if found, err := control.InFiles(s.home); err != nil || len(found) == 0 {
		t.Errorf("what is recorded and no secret is in no file: %v", err)
	}
	if log, err := os.ReadFile(filepath.Join(s.home, "log")); err != nil || !strings.Contains(string(log), "/api/v1/namespaces/default/secrets") {
		t.Errorf("the log does not tell of the requests (%v)", err)
	}
	expectNotWritten(t, secret, s.home, s.printed.bytes())
}

// TestRecordedSecretsAreNowhere is the same for a recording without a screen, and for what is served of it.
func TestRecordedSecretsAreNowhere(t *testing.T) {
	secret, control := New(), New()
	store(t, secret, control)
	dir := t.TempDir()
	file := filepath.Join(dir, "past.jsonl.zst")
	recorder := run(t, dir, "record", "secrets", "configmaps", "-o", file, "--kubeconfig", kubeconfig(t))
	recorder.expect("recording")
	applySecret(t, "applied", secret.Value("second"))
	kubectl(t, "delete", "secret", "deleted")
	await.Success(t, patience, "the change to be recorded", func(context.Context) error {
		if found, err := control.InMemory(recorder.cmd.Process.Pid); err != nil || len(found) == 0 {
			return fmt.Errorf("nothing is recorded yet: %w", err)
		}
		return nil
	})
	expectNotInMemory(t, recorder.cmd.Process.Pid, dir, secret, control)
	recorder.end()
	expectNotWritten(t, secret, dir, recorder.printed.bytes())

	past := filepath.Join(dir, "past.kubeconfig")
	replay := run(t, dir, "replay", file, "--at", "end", "--paused", "--serve", "127.0.0.1:0", "--write-kubeconfig", past)
	replay.expect("serving")
	served := kubectl(t, "--kubeconfig", past, "--namespace=default", "get", "secrets,configmaps", "-o", "yaml")
	if !strings.Contains(served, "name: applied") || len(control.In("kubectl", []byte(served))) == 0 {
		t.Errorf("kubectl gets from the recording\n%s", served)
	}
	expectNotInMemory(t, replay.cmd.Process.Pid, dir, secret, control)
	replay.end()
	expectNotWritten(t, secret, dir, append(replay.printed.bytes(), served...))
}

// background is a dogwatch without a screen.
type background struct {
	cmd     *exec.Cmd
	t       *testing.T
	printed printed
}

// run runs dogwatch with a home of its own.
func run(t *testing.T, home string, args ...string) *background {
	t.Helper()
	return runProgram(t, dumping, home, nil, args...)
}

// runProgram runs a program that is given an input.
func runProgram(t *testing.T, path, home string, stdin *os.File, args ...string) *background {
	t.Helper()
	b := &background{cmd: exec.CommandContext(t.Context(), path, args...), t: t}
	if stdin != nil {
		b.cmd.Stdin = stdin
	}
	b.cmd.Env = []string{"HOME=" + home, "DOGWATCH_DUMP=" + filepath.Join(home, dumpFile)}
	b.cmd.Stdout, b.cmd.Stderr = &b.printed, &b.printed
	if err := b.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return b
}

// expect waits until it has said something.
func (b *background) expect(text string) {
	b.t.Helper()
	await.Success(b.t, patience, text+" to be said", func(context.Context) error {
		if said := string(b.printed.bytes()); !strings.Contains(said, text) {
			return errors.New("it said " + said)
		}
		return nil
	})
}

func (b *background) end() {
	b.t.Helper()
	_ = b.cmd.Process.Signal(syscall.SIGTERM)
	if err := b.cmd.Wait(); err != nil && !strings.Contains(err.Error(), "exit status 143") {
		b.t.Errorf("dogwatch ended with %v\n%s", err, b.printed.bytes())
	}
}
