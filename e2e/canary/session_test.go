package canary

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"

	"github.com/dogwatch/dogwatch/e2e/await"
	"github.com/dogwatch/dogwatch/e2e/controlplane"
	"github.com/dogwatch/dogwatch/e2e/terminal"
)

// session is a dogwatch with a home of its own, all that it prints, and the test that uses it.
type session struct {
	*terminal.Terminal
	t       *testing.T
	home    string
	printed printed
}

// printed is all that a program has printed.
type printed struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (p *printed) Write(text []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.Write(text)
}

func (p *printed) bytes() []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	return bytes.Clone(p.text.Bytes())
}

// start runs a program, which is a dogwatch, with the most verbose log that there is.
func start(t *testing.T, program, kubeconfig string, args ...string) *session {
	t.Helper()
	s := &session{t: t, home: t.TempDir()}
	args = append([]string{"--log-file", filepath.Join(s.home, "log"), "-v", "9"}, args...)
	tty, err := terminal.Start(t.Context(), terminal.Options{
		Path: program, Args: args, Width: 160, Height: 40, Dir: s.home, Output: &s.printed,
		Env: []string{"HOME=" + s.home, "KUBECONFIG=" + kubeconfig, "DOGWATCH_DUMP=" + filepath.Join(s.home, dumpFile)},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tty.Close)
	s.Terminal = tty
	return s
}

// kubeconfig is that of the user who may read everything.
func kubeconfig(t *testing.T) string {
	t.Helper()
	path, err := cluster.Kubeconfig(controlplane.Reader, "default")
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func (s *session) press(keys ...string) {
	s.t.Helper()
	if err := s.Press(keys...); err != nil {
		s.t.Fatal(err)
	}
}

func (s *session) expect(texts ...string) {
	s.t.Helper()
	s.WaitForText(s.t, patience, texts...)
}

func (s *session) expectGone(text string) {
	s.t.Helper()
	s.WaitForNoText(s.t, patience, text)
}

// quit ends the program with q.
func (s *session) quit() {
	s.t.Helper()
	s.press("q")
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	defer cancel()
	if code, err := s.Wait(ctx); err != nil || code != 0 {
		s.t.Errorf("dogwatch ended with %d, %v\n%s", code, err, s.Dump())
	}
}

// held is all memory that a process of the program dumping holds, without what is garbage.
func held(t *testing.T, pid int, home string) []byte {
	t.Helper()
	path := filepath.Join(home, dumpFile)
	if err := syscall.Kill(pid, syscall.SIGUSR1); err != nil {
		t.Fatal(err)
	}
	var content []byte
	await.Success(t, patience, "the memory to be written", func(context.Context) (err error) {
		content, err = os.ReadFile(path)
		return err
	})
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	return content
}

func (s *session) held() []byte { return held(s.t, s.Pid(), s.home) }

// remains is how many copies may be in all memory of a process, that which is not in use too. As a rule there are none; where a
// goroutine is switched while it copies, the runtime leaves the registers on its stack, up to 256 bytes of what is copied. Without
// care for it there are dozens.
const remains = 3

// expectNotInMemory waits until a process holds nothing of a secret, and hardly anything is left in memory that is not in use. Of
// the control it must hold something, or nothing would be proven.
func expectNotInMemory(t *testing.T, pid int, home string, secret, control Canary) {
	t.Helper()
	if len(control.In("the memory in use", held(t, pid, home))) == 0 {
		t.Fatal("what is watched and no secret is not found in the memory")
	}
	// What is shown may have been read a moment ago.
	await.Success(t, patience, "the memory to hold no secret", func(context.Context) error {
		return told(secret.In("the memory in use", held(t, pid, home)))
	})
	found, err := secret.InMemory(pid)
	if err != nil || len(found) > remains {
		t.Errorf("in all memory are %d copies: %v (%v)", len(found), told(found), err)
	}
	if len(found) > 0 {
		t.Logf("in memory that is not in use: %v", told(found))
	}
}

// told is an error that names the first few finds.
func told(found []Find) error {
	if len(found) == 0 {
		return nil
	}
	return fmt.Errorf("%d finds: %v", len(found), found[:min(len(found), 5)])
}

// expectNotWritten checks the files in a folder and what was printed.
func expectNotWritten(t *testing.T, secret Canary, dir string, output []byte) {
	t.Helper()
	found, err := secret.InFiles(dir)
	if err := errors.Join(err, told(append(found, secret.In("the output", output)...))); err != nil {
		t.Error(err)
	}
}

// apply stores an object as kubectl apply does, which leaves a copy of its values in an annotation.
func apply(t *testing.T, object map[string]any) {
	t.Helper()
	manifest, err := json.Marshal(object)
	if err != nil {
		t.Fatal(err)
	}
	if err := cluster.Apply(t.Context(), string(manifest)); err != nil {
		t.Fatal(err)
	}
}

func kubectl(t *testing.T, args ...string) string {
	t.Helper()
	out, err := cluster.Kubectl(t.Context(), args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}
