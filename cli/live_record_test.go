package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/dogwatch/dogwatch/replay/apiserver"
	"github.com/dogwatch/dogwatch/replay/apiserver/sample"
	"github.com/dogwatch/dogwatch/replay/apiserver/store"
	"github.com/dogwatch/dogwatch/replay/recording"
	"github.com/dogwatch/dogwatch/setup"
)

var podsGVR = schema.GroupVersionResource{Version: "v1", Resource: "pods"}

// liveBench is a dashboard without its screen.
type liveBench struct {
	testing.TB
	store *store.Store
	live  *liveRecorder
}

func newLiveBench(t testing.TB) *liveBench {
	t.Helper()
	return newLiveBenchOf(t, apiserver.Options{})
}

func newLiveBenchOf(t testing.TB, opts apiserver.Options) *liveBench {
	t.Helper()
	st, err := sample.Store(20)
	if err != nil {
		t.Fatal(err)
	}
	b := &liveBench{TB: t, store: st}
	b.apply("first", `"managedFields":[{"manager":"before"}]`)
	server := apiserver.New(st, opts)
	if err := server.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	config, err := kubeconfigOfTwo(server, "prod/eu one", "other")
	if err != nil {
		t.Fatal(err)
	}
	kubeconfig := filepath.Join(t.TempDir(), "kubeconfig")
	if err := os.WriteFile(kubeconfig, config, 0o600); err != nil {
		t.Fatal(err)
	}
	o := options{Options: setup.New()}
	o.Kube.Kubeconfig, o.AllNamespaces = kubeconfig, true
	ctx, cancel := context.WithCancel(context.Background())
	b.live = newLiveRecorder(func() {})
	ws, err := o.Workspace(ctx, b.live.mark)
	if err != nil {
		t.Fatal(err)
	}
	b.live.use(ws)
	t.Cleanup(func() {
		cancel()
		if err := ws.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	if err := setup.OpenTabs(ws, []string{"pods"}, setup.DefaultTypes()); err != nil {
		t.Fatal(err)
	}
	b.eventually("the pods", func() bool {
		watches := ws.Watches()
		return len(watches) == 1 && watches[0].Watch.State().Synced
	})
	return b
}

// kubeconfigOfTwo has two names for one server; the first is current.
func kubeconfigOfTwo(server *apiserver.Server, first, second string) ([]byte, error) {
	text, err := server.Kubeconfig(first)
	if err != nil {
		return nil, err
	}
	config, err := clientcmd.Load(text)
	if err != nil {
		return nil, err
	}
	config.Contexts[second] = config.Contexts[first]
	return clientcmd.Write(*config)
}

// apply creates or changes a pod.
func (b *liveBench) apply(name, metadata string) {
	b.Helper()
	object := fmt.Sprintf(`{"apiVersion":"v1","kind":"Pod","metadata":{"namespace":"default","name":%q,%s},"spec":{}}`, name, metadata)
	if _, err := b.store.Apply(podsGVR, []byte(object)); err != nil {
		b.Fatal(err)
	}
}

func (b *liveBench) eventually(what string, holds func() bool) {
	b.Helper()
	eventually(b, what, holds, func() string { return fmt.Sprintf("%+v", b.live.State()) })
}

// eventually looks until it holds; found says what there is where it never does.
func eventually(t testing.TB, what string, holds func() bool, found func() string) {
	t.Helper()
	look := time.NewTicker(5 * time.Millisecond)
	defer look.Stop()
	late := time.After(patience)
	for !holds() {
		select {
		case <-look.C:
		case <-late:
			t.Fatalf("waited in vain for %s:\n%s", what, found())
		}
	}
}

// states are what the segments of a recording begin with, by name.
func (b *liveBench) states(file string) (states []map[string]string) {
	b.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		b.Fatal(err)
	}
	rec, err := recording.Open(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return nil // not begun yet
	}
	for _, segment := range rec.Segments() {
		state := map[string]string{}
		err := segment.Read(func(e *recording.Entry) error {
			if e.Kind == recording.Present {
				state[keyOf(e)] = string(e.Object)
			}
			return nil
		})
		var cut *recording.CutError
		if err != nil && !errors.As(err, &cut) {
			b.Fatal(err)
		}
		states = append(states, state)
	}
	return states
}

func TestWhatTheDashboardWatchesIsRecorded(t *testing.T) {
	b := newLiveBench(t)
	t.Chdir(t.TempDir())
	if err := b.live.Start(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	file := b.live.State().File
	if name := filepath.Base(file); !strings.HasPrefix(name, "dogwatch-prod-eu-one-2") || !filepath.IsAbs(file) {
		t.Errorf("records into %s", file)
	}
	const first = "pods.v1 default/first"
	b.eventually("a state with whole objects", func() bool {
		states := b.states(file)
		return len(states) == 2 && strings.Contains(states[1][first], `"manager":"before"`)
	})
	if states := b.states(file); len(states[0]) != 21 || len(states[1]) != 21 {
		t.Errorf("the states hold %d and %d objects", len(states[0]), len(states[1]))
	}
	b.apply("second", `"labels":{"a":"b"}`)
	b.eventually("the change", func() bool { return b.live.State().Changes == 1 })
	said, err := b.live.Stop(t.Context())
	if err != nil || !strings.Contains(said, "recorded 1 change in") || !strings.Contains(said, file) {
		t.Errorf("said %q, %v", said, err)
	}
	if state := b.live.State(); state.File != "" || state.Err != nil {
		t.Errorf("after the end: %+v", state)
	}
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	rec, err := recording.Open(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	if info := rec.Info(); len(info.Broken) != 0 || info.Context != "prod/eu one" {
		t.Errorf("the recording: %+v", info)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file's mode: %v, %v", info.Mode(), err)
	}
}

// A recording ends where its cluster is left, and does not say that all types went.
func TestASwitchOfContextEndsTheRecording(t *testing.T) {
	b := newLiveBench(t)
	file := filepath.Join(t.TempDir(), "out.zst")
	if err := b.live.Start(t.Context(), file); err != nil {
		t.Fatal(err)
	}
	b.eventually("a state with whole objects", func() bool { return len(b.states(file)) == 2 })
	if err := b.live.ws.SetContext("other"); err != nil {
		t.Fatal(err)
	}
	b.eventually("its end", func() bool { return b.live.State().Err != nil })
	if err := b.live.State().Err; !errors.Is(err, errOtherContext) || !strings.Contains(err.Error(), "out.zst holds what came before") {
		t.Errorf("said %q", err)
	}
	rec, err := recording.OpenPath(file)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rec.Close() }()
	for _, s := range rec.Segments() {
		if s.Objects != 21 || len(s.Types) != 1 {
			t.Errorf("a state of %d objects of %d types", s.Objects, len(s.Types))
		}
		err := s.Read(func(e *recording.Entry) error {
			if e.Kind == recording.Served || e.Kind == recording.Deleted {
				t.Errorf("%s at the end", e.Kind)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
}

// The screen asks for the state while it is drawn: it does not wait for a disk.
func TestTheStateDoesNotWaitForTheFile(t *testing.T) {
	b := newLiveBench(t)
	opening, open := make(chan struct{}), make(chan error)
	b.live.create = func(string) (*os.File, error) {
		close(opening)
		return nil, <-open
	}
	started := make(chan error)
	go func() { started <- b.live.Start(t.Context(), "slow") }()
	<-opening
	if state := b.live.State(); state.File != "" {
		t.Errorf("records: %+v", state)
	}
	late := errors.New("late")
	open <- late
	if err := <-started; !errors.Is(err, late) {
		t.Error(err)
	}
}

func TestAFileIsNeverReplacedByTheKey(t *testing.T) {
	b := newLiveBench(t)
	file := filepath.Join(t.TempDir(), "mine")
	if err := os.WriteFile(file, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := b.live.Start(t.Context(), file); err == nil || !strings.Contains(err.Error(), "exists already") {
		t.Errorf("started over a file: %v", err)
	}
	if err := b.live.Start(t.Context(), filepath.Join(t.TempDir(), "no", "folder")); err == nil {
		t.Error("started in no folder")
	}
	if state := b.live.State(); state.File != "" {
		t.Errorf("records: %+v", state)
	}
}

func TestAFullDiskEndsTheRecordingAndSaysSo(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("needs /dev/full")
	}
	b := newLiveBench(t)
	full := filepath.Join(t.TempDir(), "full")
	if err := os.Symlink("/dev/full", full); err != nil {
		t.Fatal(err)
	}
	b.live.create = func(string) (*os.File, error) { return os.OpenFile(full, os.O_WRONLY, 0) }
	if err := b.live.Start(t.Context(), full); err != nil {
		t.Fatal(err)
	}
	b.eventually("its end", func() bool { return b.live.State().Err != nil })
	if err := b.live.State().Err; err.Error() != "the recording ended: no space left on device; full holds nothing" {
		t.Errorf("said %q", err)
	}
	var said bytes.Buffer
	b.live.close(t.Context(), &said)
	if said.Len() > 0 {
		t.Errorf("says %q though nothing is recorded", &said)
	}
}

func TestTheEndOfTheDashboardEndsTheRecording(t *testing.T) {
	b := newLiveBench(t)
	file := filepath.Join(t.TempDir(), "out.zst")
	ctx, signal := context.WithCancel(t.Context())
	if err := b.live.Start(ctx, file); err != nil {
		t.Fatal(err)
	}
	if err := b.live.Start(ctx, file); err == nil || !strings.Contains(err.Error(), "already recording") {
		t.Errorf("started twice: %v", err)
	}
	signal() // it is close that ends the recording, and tells where it is
	var said bytes.Buffer
	b.live.close(t.Context(), &said)
	if !strings.Contains(said.String(), "recorded 0 changes") {
		t.Errorf("said %q", &said)
	}
	if states := b.states(file); len(states) == 0 || len(states[0]) != 21 {
		t.Errorf("%d states", len(states))
	}
	late := filepath.Join(t.TempDir(), "late.zst")
	if err := b.live.Start(ctx, late); err == nil {
		t.Error("started after the end")
	}
	if _, err := os.Stat(late); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file is left: %v", err)
	}
}
