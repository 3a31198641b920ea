package canary

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/dogwatch/dogwatch/e2e/await"
)

// runOther runs the program that knows rules.
func runOther(t *testing.T, home string, stdin *os.File, args ...string) *background {
	t.Helper()
	return runProgram(t, other(), home, stdin, append(args, "--log-file", filepath.Join(home, "log"), "-v", "9", "--kubeconfig", kubeconfig(t))...)
}

func other() string { return filepath.Join(filepath.Dir(dumping), "dogwatch-signals") }

// TestStreamedSecretsAreNowhere streams what happens to Secrets to a server that is not there, so that all waits on the disk. What lets the
// stream in there is said nowhere, either.
func TestStreamedSecretsAreNowhere(t *testing.T) {
	secret, control, login := New(), New(), New()
	store(t, secret, control)
	home := t.TempDir()
	spool := filepath.Join(home, "spool")
	to := fmt.Sprintf("http://%s:%s@127.0.0.1:1/%s?key=%s", login.Value("user"), login.Value("password"), login.Value("path"), login.Value("query"))
	s := runOther(t, home, nil, "stream", "secrets", "configmaps", "--format", "json", "--signals", "--changes",
		"--to", to, "--header", "@"+write(t, "headers", "X-Key: "+login.Value("header")), "--spool", spool, "--drain", "0s")
	s.expect("http://127.0.0.1:1")
	n := 0
	await.Success(t, patience, "changes of a Secret and of what is none in the spool", func(context.Context) error {
		n++
		applySecret(t, "applied", secret.Value(strconv.Itoa(n)))
		apply(t, map[string]any{
			"apiVersion": "v1", "kind": "ConfigMap", "metadata": object("control"), "data": map[string]any{"value": control.Value(strconv.Itoa(n))},
		})
		for _, c := range []Canary{Of(`"data.password"`), control} {
			if found, err := c.InFiles(spool); err != nil || len(found) == 0 {
				return fmt.Errorf("there is no %s: %w", c.core, err)
			}
		}
		return nil
	})
	expectNotInMemory(t, s.cmd.Process.Pid, home, secret, control)
	s.end()
	expectLogged(t, home)
	expectNotWritten(t, secret, home, s.printed.bytes())
	expectNotWritten(t, login, home, s.printed.bytes())
}

// TestAnsweredSecretsAreNowhere asks for a Secret in each way that gives an object's fields.
func TestAnsweredSecretsAreNowhere(t *testing.T) {
	secret, control := New(), New()
	store(t, secret, control)
	home := t.TempDir()
	stdin, questions, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	defer questions.Close()
	s := runOther(t, home, stdin, "mcp", "secrets", "configmaps")
	n := 0
	ask := func(method, params string) {
		t.Helper()
		n++
		if _, err := fmt.Fprintf(questions, `{"jsonrpc":"2.0","id":%d,"method":%q,"params":%s}`+"\n", n, method, params); err != nil {
			t.Fatal(err)
		}
		s.expect(fmt.Sprintf(`"id":%d,`, n))
	}
	call := func(tool, arguments string) {
		t.Helper()
		ask("tools/call", fmt.Sprintf(`{"name":%q,"arguments":%s}`, tool, arguments))
	}
	ask("initialize", `{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"t","version":"1"}}`)
	const applied = `{"type":"secrets","namespace":"default","name":"applied"}`
	call("get_object", applied)
	s.expect("password: ••••")
	call("get_object", `{"type":"configmaps","namespace":"default","name":"control"}`)
	s.expect(control.Value("control"))
	applySecret(t, "applied", secret.Value("second")+"-is-longer")
	await.Success(t, patience, "the change to be remembered", func(context.Context) error {
		call("object_history", applied)
		if !strings.Contains(string(s.printed.bytes()), "data.password") {
			return errors.New("it is not told")
		}
		return nil
	})
	call("diff_object", applied)
	call("get_object", `{"type":"secrets","namespace":"default","name":"applied","at":"1h"}`)
	call("list_changes", `{}`)
	call("query_objects", `{"type":"secrets","fields":["data","metadata.annotations"]}`)
	call("object_relations", applied)
	call("explain", applied)
	expectNotInMemory(t, s.cmd.Process.Pid, home, secret, control)
	s.end()
	expectLogged(t, home)
	expectNotWritten(t, secret, home, s.printed.bytes())
}

// expectLogged checks that a log tells of requests for Secrets, or it would prove nothing.
func expectLogged(t *testing.T, home string) {
	t.Helper()
	if log, err := os.ReadFile(filepath.Join(home, "log")); err != nil || !strings.Contains(string(log), "/api/v1/namespaces/default/secrets") {
		t.Errorf("the log does not tell of the requests (%v)", err)
	}
}

// TestJudgedSecretsAreNowhere has rules applied to Secrets: what is watched goes to the other program through a pipe.
func TestJudgedSecretsAreNowhere(t *testing.T) {
	secret, control := New(), New()
	store(t, secret, control)
	s := start(t, dumping, kubeconfig(t), "secrets,configmaps", "--signals")
	s.expect("applied", "registry", "control")
	judge := 0
	await.Success(t, patience, "the program that judges to have read what is no secret", func(context.Context) (err error) {
		if judge, err = childOf(s.Pid()); err != nil {
			return err
		}
		if found, err := control.InMemory(judge); err != nil || len(found) == 0 {
			return fmt.Errorf("there is nothing of it in its memory: %w", err)
		}
		return nil
	})
	applySecret(t, "applied", secret.Value("second"))
	apply(t, map[string]any{
		"apiVersion": "v1", "kind": "ConfigMap", "metadata": object("changed-last"), "data": map[string]any{"value": "x"},
	})
	await.Success(t, patience, "the program that judges to have read the changes", func(context.Context) error {
		if found, err := Of("changed-last").InMemory(judge); err != nil || len(found) == 0 {
			return fmt.Errorf("there is nothing of them in its memory: %w", err)
		}
		return nil
	})
	if found, err := secret.InMemory(judge); err != nil || len(found) > 0 {
		t.Errorf("the program that judges holds %v (%v)", told(found), err)
	}
	expectNotInMemory(t, s.Pid(), s.home, secret, control)
	s.quit()
	expectNotWritten(t, secret, s.home, s.printed.bytes())
}

// childOf is the only process that another one has begun.
func childOf(pid int) (int, error) {
	all, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		return 0, err
	}
	parent := fmt.Sprintf("\nPPid:\t%d\n", pid)
	var children []int
	for _, dir := range all {
		status, err := os.ReadFile(filepath.Join(dir, "status"))
		if err != nil || !strings.Contains(string(status), parent) {
			continue // it has ended, or is another's
		}
		child, err := strconv.Atoi(filepath.Base(dir))
		if err != nil {
			return 0, err
		}
		children = append(children, child)
	}
	if len(children) != 1 {
		return 0, fmt.Errorf("its children are %v", children)
	}
	return children[0], nil
}
