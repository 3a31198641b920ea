package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dogwatch/dogwatch/replay/apiserver"
	"github.com/dogwatch/dogwatch/replay/apiserver/sample"
	"github.com/dogwatch/dogwatch/replay/apiserver/store"
	"github.com/dogwatch/dogwatch/replay/recording"
	"github.com/dogwatch/dogwatch/setup"
)

// patience is how long a test waits for what must come.
const patience = 60 * time.Second

// signals has a token whenever something is different.
type signals chan struct{}

func (s signals) send() {
	select {
	case s <- struct{}{}:
	default:
	}
}

// voice is what a command says, for one who waits for it.
type voice struct {
	changed signals
	mu      sync.Mutex
	text    strings.Builder
}

func (v *voice) Write(p []byte) (int, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	defer v.changed.send()
	return v.text.Write(p)
}

func (v *voice) String() string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.text.String()
}

// heard is an output that tells when there is more to read, and fails when it is told to.
type heard struct {
	recordOutput
	changed signals
	fail    *atomic.Pointer[error]
}

func (h heard) Flush() error {
	defer h.changed.send()
	if err := h.fail.Load(); err != nil {
		return *err
	}
	return h.recordOutput.Flush()
}

// recordBench is an API server that is being recorded.
type recordBench struct {
	*testing.T
	server     *apiserver.Server
	kubeconfig string
	file       string
	said       *voice
	changed    signals
	fail       atomic.Pointer[error] // what the next flush gives
	done       chan error
	cancel     func()
}

func startRecording(t *testing.T, args ...string) *recordBench {
	t.Helper()
	st, err := sample.Store(20)
	if err != nil {
		t.Fatal(err)
	}
	return startRecordingOf(t, st, args...)
}

func startRecordingOf(t *testing.T, st *store.Store, args ...string) *recordBench {
	t.Helper()
	b := serveForRecording(t, st)
	b.start(args...)
	t.Cleanup(func() {
		b.cancel()
		for range b.done { // closed when the recording has ended
		}
	})
	return b
}

// serveForRecording only starts the API server.
func serveForRecording(t *testing.T, st *store.Store) *recordBench {
	t.Helper()
	b := &recordBench{
		T: t, server: apiserver.New(st, apiserver.Options{}), changed: make(signals, 1),
		file: filepath.Join(t.TempDir(), "out.jsonl.zst"), kubeconfig: filepath.Join(t.TempDir(), "kubeconfig"),
	}
	if err := b.server.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.server.Close() })
	config, err := b.server.Kubeconfig("test")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(b.kubeconfig, config, 0o600); err != nil {
		t.Fatal(err)
	}
	return b
}

// start begins to record, also once more.
func (b *recordBench) start(args ...string) {
	ctx, cancel := context.WithCancel(b.Context())
	b.said, b.cancel, b.done = &voice{changed: b.changed}, cancel, make(chan error, 2)
	said, done := b.said, b.done
	command := newRecord("dogwatch", func(ctx context.Context, o *recordOptions, types []string) error {
		o.wrap = func(out recordOutput) recordOutput { return heard{out, b.changed, &b.fail} }
		return runRecord(ctx, o, types, said)
	})
	command.SilenceUsage, command.SilenceErrors = true, true
	command.SetArgs(append(args, "-A", "-o", b.file, "--kubeconfig", b.kubeconfig))
	go func() {
		done <- command.ExecuteContext(ctx)
		close(done)
		b.changed.send()
	}()
}

// stop ends the recording and gives what it said.
func (b *recordBench) stop() string {
	b.Helper()
	b.cancel()
	if err := <-b.done; err != nil {
		b.Errorf("recording: %v", err)
	}
	return b.said.String()
}

// contents are what a recording says is present at its end, by type and name.
type contents map[string]string

// read reads the recording as far as it is written.
func (b *recordBench) read() (at contents, segments []recording.Segment, kinds map[recording.Kind]int) {
	b.Helper()
	rec, err := recording.OpenPath(b.file)
	if err != nil {
		return nil, nil, nil // not begun yet
	}
	defer func() { _ = rec.Close() }()
	kinds = map[recording.Kind]int{}
	for _, s := range rec.Segments() {
		at = contents{}
		err := s.Read(func(e *recording.Entry) error {
			kinds[e.Kind]++
			switch e.Kind {
			case recording.Present, recording.Added, recording.Modified:
				at[keyOf(e)] = string(e.Object)
			case recording.Deleted:
				delete(at, keyOf(e))
			}
			return nil
		})
		var cut *recording.CutError
		if err != nil && !errors.As(err, &cut) {
			b.Fatal(err)
		}
	}
	return at, rec.Segments(), kinds
}

func keyOf(e *recording.Entry) string {
	var object struct {
		Metadata struct{ Namespace, Name string }
	}
	if err := json.Unmarshal(e.Object, &object); err != nil {
		return err.Error()
	}
	return fmt.Sprintf("%s %s/%s", e.Type, object.Metadata.Namespace, object.Metadata.Name)
}

// await reads until the recording is as wanted.
func (b *recordBench) await(what string, holds func(contents) bool) {
	b.Helper()
	b.awaitThat(what, func() bool {
		at, _, _ := b.read()
		return at != nil && holds(at)
	})
}

// awaitThat waits for a condition on what is written and said.
func (b *recordBench) awaitThat(what string, holds func() bool) {
	b.Helper()
	deadline := time.After(patience)
	for !holds() {
		select {
		case <-b.changed:
		case <-deadline:
			at, _, kinds := b.read()
			b.Fatalf("waited in vain for %s: %d objects, %v; said %s", what, len(at), kinds, b.said)
		}
	}
}

// served is what the server has of the types, in the form of read.
func (b *recordBench) served(names ...recording.TypeName) contents {
	b.Helper()
	all := contents{}
	for _, name := range names {
		gvr, err := name.Resource()
		if err != nil {
			b.Fatal(err)
		}
		snapshot, err := b.server.Store().Snapshot(gvr, 0)
		if err != nil {
			b.Fatal(err)
		}
		for _, o := range snapshot.Range("", "") {
			all[fmt.Sprintf("%s %s/%s", name, o.Namespace, o.Name)] = string(o.JSON)
		}
	}
	return all
}

func (b *recordBench) apply(object []byte) {
	b.Helper()
	if _, err := b.server.Store().Apply(sample.Pods().Resource, object); err != nil {
		b.Fatal(err)
	}
}

// infoSays checks what "recording info" prints of the file.
func (b *recordBench) infoSays(words ...string) {
	b.Helper()
	var out, errOut bytes.Buffer
	if code := Main([]string{"dogwatch", "recording", "info", b.file}, &out, &errOut); code != setup.ExitOK {
		b.Errorf("exit %d: %s", code, errOut.String())
	}
	for _, word := range words {
		if !strings.Contains(out.String(), word) {
			b.Errorf("info lacks %q:\n%s", word, out.String())
		}
	}
}

func pod(name, more string) []byte {
	return []byte(fmt.Sprintf(`{"metadata":{"namespace":"shop","name":%q,"managedFields":[{"manager":"kubectl"}]},"spec":{"note":%q}}`, name, more))
}

func TestRecordingHoldsWhatTheServerHad(t *testing.T) {
	b := startRecording(t, "pods", "po,deploy")
	pods := recording.NameOf(sample.Pods().Resource)
	b.await("the first state", func(s contents) bool { return len(s) == 21 })
	b.apply(pod("first", "1"))
	b.apply(pod("second", "1"))
	b.apply(pod("first", "2"))
	if _, err := b.server.Store().Delete(sample.Pods().Resource, "shop", "second"); err != nil {
		t.Fatal(err)
	}
	b.apply(pod("last", "1"))
	b.await("the last change", func(s contents) bool { return s[string(pods)+" shop/last"] != "" })
	said := b.stop()
	b.infoSays("pods.v1", "20", "server", "v1.37.2", "all namespaces")

	got, segments, kinds := b.read()
	if diff := cmp.Diff(b.served(pods, "deployments.v1.apps"), got); diff != "" {
		t.Errorf("the recording's end differs from the server (-server +recording):\n%s", diff)
	}
	if !strings.Contains(got[string(pods)+" shop/first"], `"manager":"kubectl"`) {
		t.Error("managedFields are missing")
	}
	// Two watches see the pods: each object and change is written once.
	want := map[recording.Kind]int{recording.Present: 21, recording.Added: 3, recording.Modified: 1, recording.Deleted: 1}
	for kind, n := range want {
		if kinds[kind] != n {
			t.Errorf("%d entries %s, want %d; %v", kinds[kind], kind, n, kinds)
		}
	}
	if len(segments) != 1 || segments[0].ServerVersion != "v1.37.2" || len(segments[0].Types) != 2 {
		t.Fatalf("%d segments; %+v", len(segments), segments[0].Header)
	}
	if names := namesIn(segments[0].Types); !cmp.Equal(names, []recording.TypeName{"pods.v1", "deployments.v1.apps"}) {
		t.Errorf("types in the order %q, want that of the command line", names)
	}
	if columns := segments[0].Types[0].Columns; len(columns) == 0 || columns[0].Name != "Name" || columns[0].Format != "name" {
		t.Errorf("columns %+v", columns)
	}
	if !strings.Contains(said, "recorded 5 changes") {
		t.Errorf("said %q", said)
	}
	if info, err := os.Stat(b.file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

// Lists that come again, as after an outage, make a new state, and what was not seen is said.
func TestRecordingSaysWhenItWasBlind(t *testing.T) {
	b := startRecording(t, "pods", "no-such-type")
	b.await("the first state", func(s contents) bool { return len(s) == 20 })
	b.server.DropConnections()
	b.server.ExpireWatches()
	b.apply(pod("after", "1"))
	b.await("what came after", func(s contents) bool { return s["pods.v1 shop/after"] != "" })
	said := b.stop()
	if diff := cmp.Diff(b.served("pods.v1"), func() contents { s, _, _ := b.read(); return s }()); diff != "" {
		t.Error(diff)
	}
	if !strings.Contains(said, `no-such-type: not recording: the server has no type "no-such-type"`) {
		t.Errorf("said %q", said)
	}
}

func TestRecordRefuses(t *testing.T) {
	existing := filepath.Join(t.TempDir(), "there")
	if err := os.WriteFile(existing, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	kubeconfig := filepath.Join(t.TempDir(), "kubeconfig")
	content := `{apiVersion: v1, kind: Config, current-context: c, contexts: [{name: c, context: {cluster: c}}], clusters: [{name: c, cluster: {server: "https://127.0.0.1:1"}}]}`
	if err := os.WriteFile(kubeconfig, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"record", "po"}, "-o FILE"},
		{[]string{"record", "-o", "x", "--for", "-1s"}, "0 or more"},
		{[]string{"record", "-o", "x", "--redact", "cm:..data"}, "allowed are"},
		{[]string{"record", "-o", "x", "--keep", "5s"}, "at least 1m"},
		{[]string{"record", "-o", "x", "--max-size", "many"}, "such as 500Mi"},
		{[]string{"record", "-o", "x", "--max-size", "5k"}, "at least 1Mi"},
		{[]string{"record", "-o", existing, "--keep", "24h", "--kubeconfig", kubeconfig}, "not a directory"},
		{[]string{"record", "-o", t.TempDir(), "--force", "--kubeconfig", kubeconfig}, "to be a directory"},
		{[]string{"record", "-o", "x", "po,"}, "missing beside a comma"},
		{[]string{"record", "-o", existing, "--kubeconfig", kubeconfig}, "exists already"},
		{[]string{"record", "-o", filepath.Join(existing, "x"), "--kubeconfig", kubeconfig}, "not a directory"},
	} {
		if code, stderr := execute(t, c.args...); code == setup.ExitOK || !strings.Contains(stderr, c.want) {
			t.Errorf("%q: exit %d and %q, want %q", c.args, code, stderr, c.want)
		}
	}
	for _, args := range [][]string{{"recording", "info", existing}, {"recording", "info", t.TempDir()}, {"recording", "info", "missing"}, {"recording", "info"}, {"recording"}} {
		if code, stderr := execute(t, args...); code == setup.ExitOK || stderr == "" {
			t.Errorf("%q: exit %d and %q", args, code, stderr)
		}
	}
	if left, err := os.ReadFile(existing); err != nil || string(left) != "mine" {
		t.Errorf("the file holds %q, %v", left, err)
	}
}
