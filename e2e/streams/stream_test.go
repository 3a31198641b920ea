package streams

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"github.com/dogwatch/dogwatch/e2e/await"
	"github.com/dogwatch/dogwatch/e2e/controlplane"
)

// event is what the tests read of one.
type event struct {
	ID, Change, Notice     string
	OldVersion, NewVersion string
	Listed                 bool
	Object                 struct{ Name, Namespace string }
}

// events reads lines of JSON, and leaves out what comes a second time.
func events(t *testing.T, text []byte) (all []event) {
	t.Helper()
	seen := map[string]bool{}
	for line := range bytes.Lines(text) {
		if !bytes.HasSuffix(line, []byte("\n")) {
			break // it is being written
		}
		var e event
		if err := json.Unmarshal(line, &e); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		if !seen[e.ID] {
			seen[e.ID] = true
			all = append(all, e)
		}
	}
	return all
}

// streaming is a stream at work, in a process of its own, and where its events are found.
type streaming struct {
	*testing.T
	text func() []byte
	said *speech // on standard error
	end  func()  // ends it
}

// speech is what a program says, as it says it.
type speech struct {
	mu   sync.Mutex
	text bytes.Buffer
	too  io.Writer
}

// Write implements io.Writer.
func (s *speech) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.text.Write(p)
	return s.too.Write(p)
}

func (s *speech) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// start is begin, and returns when it watches.
func start(t *testing.T, user string, text func() []byte, args ...string) *streaming {
	t.Helper()
	s := begin(t, user, text, args...)
	s.await("its watching", func(all []event) bool { return has(all, func(e event) bool { return e.Notice == "watching" }) })
	return s
}

// begin starts dogwatch stream for a user, until the end of the test.
func begin(t *testing.T, user string, text func() []byte, args ...string) *streaming {
	t.Helper()
	kubeconfig, err := cluster.Kubeconfig(user, "")
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command(program, append([]string{"stream", "--kubeconfig", kubeconfig, "--format", "json"}, args...)...)
	return run(t, command, text)
}

// run runs a command until the end of the test.
func run(t *testing.T, command *exec.Cmd, text func() []byte) *streaming {
	t.Helper()
	s := &streaming{T: t, text: text, said: &speech{too: t.Output()}}
	command.Stderr = s.said
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	s.end = sync.OnceFunc(func() {
		_ = command.Process.Signal(os.Interrupt)
		if err := command.Wait(); err != nil {
			t.Errorf("a stream ends with %v", err)
		}
	})
	t.Cleanup(s.end)
	return s
}

// intoFile is start for a stream into a file.
func intoFile(t *testing.T, user string, args ...string) *streaming {
	t.Helper()
	path := filepath.Join(t.TempDir(), "events")
	text := func() []byte {
		content, err := os.ReadFile(path)
		if err != nil && !os.IsNotExist(err) {
			t.Error(err)
		}
		return content
	}
	return start(t, user, text, append(args, "--to", "file:"+path)...)
}

func has(all []event, is func(event) bool) bool {
	for _, e := range all {
		if is(e) {
			return true
		}
	}
	return false
}

func (s *streaming) await(what string, holds func([]event) bool) {
	s.Helper()
	await.Success(s, patience, what, func(context.Context) error {
		if all := events(s.T, s.text()); !holds(all) {
			return fmt.Errorf("there are %d events", len(all))
		}
		return nil
	})
}

// namespace makes one, and gives a client.
func namespace(t *testing.T) (kubernetes.Interface, string) {
	t.Helper()
	client, err := cluster.Client()
	if err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprintf("streams-%06x", rand.Uint32N(1<<24))
	if _, err := client.CoreV1().Namespaces().Create(t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	return client, name
}

// made are the versions that each object had, by its name.
type made map[string][]string

// changer makes an object, or changes it for the nth time, and gives its version.
type changer func(ctx context.Context, name string, n int) (version string, err error)

// configMaps changes ConfigMaps.
func configMaps(client kubernetes.Interface, namespace string) changer {
	maps := client.CoreV1().ConfigMaps(namespace)
	return func(ctx context.Context, name string, n int) (string, error) {
		o := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: name}, Data: map[string]string{"n": fmt.Sprint(n)}}
		do := func() (*corev1.ConfigMap, error) { return maps.Update(ctx, o, metav1.UpdateOptions{}) }
		if n == 0 {
			do = func() (*corev1.ConfigMap, error) { return maps.Create(ctx, o, metav1.CreateOptions{}) }
		}
		changed, err := do()
		if err != nil {
			return "", err
		}
		return changed.ResourceVersion, nil
	}
}

// change changes ConfigMaps, each in each round, and notes their versions.
func (m made) change(t *testing.T, client kubernetes.Interface, namespace string, rounds int) {
	t.Helper()
	m.changeBy(t, configMaps(client, namespace), rounds)
}

// changeBy changes objects, each in each round, and notes their versions.
func (m made) changeBy(t *testing.T, by changer, rounds int) {
	t.Helper()
	const objects = 5
	for range rounds {
		for n := range objects {
			name := fmt.Sprintf("web-%d", n)
			version, err := by(t.Context(), name, len(m[name]))
			if err != nil {
				t.Fatal(err)
			}
			m[name] = append(m[name], version)
		}
	}
}

// last tells whether the last version of each object is told.
func (m made) last(all []event) bool {
	last := map[string]string{}
	for _, e := range all {
		if e.Change != "" {
			last[e.Object.Name] = e.NewVersion
		}
	}
	for name, versions := range m {
		if last[name] != versions[len(versions)-1] {
			return false
		}
	}
	return true
}

// check finds a change that is missing, comes in another order or was not made. What a list brought after a break may be several in one.
func (m made) check(t *testing.T, what string, all []event) {
	t.Helper()
	told := map[string]int{} // how many versions of each object are told
	for _, e := range all {
		versions, ok := m[e.Object.Name]
		if e.Change == "" || !ok {
			continue
		}
		from := told[e.Object.Name]
		if from > 0 && e.OldVersion != versions[from-1] {
			t.Errorf("%s: %+v follows version %s", what, e, versions[from-1])
		}
		to := from
		for to < len(versions) && versions[to] != e.NewVersion {
			to++
		}
		if to == len(versions) || to > from && !e.Listed {
			t.Errorf("%s: %+v is told where version %d of %v is to", what, e, from, versions)
			return
		}
		told[e.Object.Name] = to + 1
	}
	for name, versions := range m {
		if told[name] != len(versions) {
			t.Errorf("%s: of %s %d versions are told of %d", what, name, told[name], len(versions))
		}
	}
}

// fickle takes events, and fails at random: before it took them, or after.
type fickle struct {
	mu     sync.Mutex
	random *rand.Rand // the first time it fails all the same
	got    bytes.Buffer
	failed int
}

func (f *fickle) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	fate := f.random.IntN(6)
	if f.failed == 0 {
		fate = 1
	}
	if fate > 0 {
		f.got.Write(body)
	}
	if fate < 2 {
		f.failed++
		panic(http.ErrAbortHandler)
	}
}

func (f *fickle) text() []byte {
	f.mu.Lock()
	defer f.mu.Unlock()
	return bytes.Clone(f.got.Bytes())
}

// All that changes is told, once what came twice is left out, into a file and to a server that fails at random, while the API server is started anew.
func TestEachChangeIsToldThroughARestartOfTheServer(t *testing.T) {
	client, in := namespace(t)
	to := &fickle{random: rand.New(rand.NewPCG(9, 10))}
	server := httptest.NewServer(to)
	defer server.Close()
	streams := map[string]*streaming{
		"file": intoFile(t, controlplane.Admin, "configmaps", "-n", in),
		"http": start(t, controlplane.Admin, to.text, "configmaps", "-n", in, "--to", server.URL, "--batch", "20", "--spool", t.TempDir()),
	}
	all := made{}
	all.change(t, client, in, 20)
	cluster.StopAPIServer()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := cluster.StartAPIServer(ctx); err != nil {
		t.Fatal(err)
	}
	all.change(t, client, in, 5) // before or after it is watched again
	for _, s := range streams {
		s.await("what happened meanwhile", all.last)
	}
	all.change(t, client, in, 20)
	for what, s := range streams {
		s.await("the last changes", all.last)
		all.check(t, what, events(t, s.text()))
	}
	if to.failed == 0 {
		t.Error("the sink did not fail")
	}
}

// Three shards, each with no rights but those that "dogwatch rbac" prints, tell each change, and none what another tells. The server leaves out the others' objects.
func TestShardsOfARealCluster(t *testing.T) {
	client, in := namespace(t)
	kubeconfig, err := cluster.Kubeconfig(controlplane.Admin, "")
	if err != nil {
		t.Fatal(err)
	}
	role, err := exec.Command(program, "rbac", "cm", "--name", "watcher", "--kubeconfig", kubeconfig).Output()
	if err != nil {
		t.Fatal(err)
	}
	if err := cluster.Apply(t.Context(), string(role)); err != nil {
		t.Fatal(err)
	}
	if _, err := cluster.Kubectl(t.Context(), "create", "clusterrolebinding", "watcher", "--clusterrole", "watcher", "--user", watcher); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := cluster.Kubectl(context.Background(), "delete", "clusterrolebinding", "watcher"); err != nil {
			t.Error(err)
		}
	})
	for _, other := range []string{"list secrets", "list pods", "delete configmaps", "update configmaps"} { // it is of nothing else
		if said, err := cluster.Kubectl(t.Context(), append(strings.Fields("auth can-i --as "+watcher), strings.Fields(other)...)...); err == nil {
			t.Errorf("%s: %s", other, said)
		}
	}
	const shards = 3
	var streams []*streaming
	for n := range shards {
		streams = append(streams, intoFile(t, watcher, "configmaps", "-A", "--shard", fmt.Sprintf("%d/%d", n, shards)))
	}
	all := made{}
	all.change(t, client, in, 10)
	var whole []event
	await.Success(t, patience, "all changes", func(context.Context) error {
		whole = nil
		for _, s := range streams {
			whole = append(whole, events(t, s.text())...)
		}
		if !all.last(whole) {
			return fmt.Errorf("there are %d events", len(whole))
		}
		return nil
	})
	all.check(t, "shards", whole)
	seen := map[string]bool{}
	for _, e := range whole {
		if e.Change != "" && seen[e.ID] {
			t.Errorf("%+v is told twice", e)
		}
		seen[e.ID] = true
	}
	asked, err := cluster.AuditEvents(func(e controlplane.AuditEvent) bool {
		return e.User.Name == watcher && e.Object.Resource == "configmaps" && strings.Contains(e.RequestURI, "shardSelector=")
	})
	if err != nil || len(asked) < shards {
		t.Errorf("the server is asked %d times for a shard, %v", len(asked), err)
	}
}
