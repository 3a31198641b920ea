package cli

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"k8s.io/client-go/tools/clientcmd"

	"github.com/dogwatch/dogwatch/demo"
	"github.com/dogwatch/dogwatch/replay/recording"
	"github.com/dogwatch/dogwatch/setup"
)

// playDemo plays the demo as its command line would, paused at a moment.
func playDemo(t *testing.T, at time.Duration) *replayRun {
	t.Helper()
	rec, err := demo.Recording()
	if err != nil {
		t.Fatal(err)
	}
	o := &replayOptions{options: options{Options: setup.New()}, from: at.String(), paused: true, loop: true}
	if err := o.validate(nil); err != nil {
		t.Fatal(err)
	}
	run, err := play(t.Context(), rec, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(run.Stop)
	return run
}

func TestDemoShowsItsMomentsWithoutACluster(t *testing.T) {
	t.Setenv("KUBECONFIG", "/nowhere")
	for _, c := range []struct {
		at      time.Duration
		reason  string
		present bool
	}{
		{0, "ImagePullBackOff", false},
		{80 * time.Second, "ImagePullBackOff", true},
		{80 * time.Second, "CrashLoopBackOff", true},
	} {
		config, err := clientcmd.RESTConfigFromKubeConfig(playDemo(t, c.at).Kubeconfig)
		if err != nil {
			t.Fatal(err)
		}
		code, body := get(t, config, http.MethodGet, "/api/v1/pods")
		var list struct{ Items []json.RawMessage }
		if err := json.Unmarshal(body, &list); err != nil || code != http.StatusOK || len(list.Items) < 60 {
			t.Fatalf("at %s: %d, %v, %d pods: %.200s", c.at, code, err, len(list.Items), body)
		}
		if got := strings.Contains(string(body), c.reason); got != c.present {
			t.Errorf("at %s, a pod with %s: %v, want %v", c.at, c.reason, got, c.present)
		}
	}
}

// Each tab of a demo without arguments has its type, though not all from the beginning.
func TestDemoHasTheTypesOfItsTabs(t *testing.T) {
	rec, err := demo.Recording()
	if err != nil {
		t.Fatal(err)
	}
	served := map[string]bool{}
	hear := func(types []recording.Type) {
		for _, typ := range types {
			resource, _, _ := strings.Cut(string(typ.Name), ".")
			for _, name := range append(typ.ShortNames, resource) {
				served[name] = true
			}
		}
	}
	for _, s := range rec.Segments() {
		hear(s.Types)
		if err := s.Read(func(e *recording.Entry) error { hear(e.Types); return nil }); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range demoTypes() {
		if !served[name] {
			t.Errorf("the demo has no %s", name)
		}
	}
}

func TestDemoRefuses(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"demo", "--at", "-1s"}, "is not in the recording"},
		{[]string{"demo", "--at", "1h"}, "is not in the recording"},
		{[]string{"demo", "--kubeconfig", "x"}, "unknown flag"},
		{[]string{"demo", "pods,"}, "missing beside a comma"},
		{[]string{"demo"}, "needs a terminal"},
	} {
		if code, stderr := execute(t, c.args...); code == setup.ExitOK || !strings.Contains(stderr, c.want) {
			t.Errorf("%q: exit %d and %q, want %q", c.args, code, stderr, c.want)
		}
	}
}

// BenchmarkDemoStarts measures what the demo adds to the start of a dashboard: until its server can be asked.
func BenchmarkDemoStarts(b *testing.B) {
	for b.Loop() {
		rec, err := demo.Recording()
		if err != nil {
			b.Fatal(err)
		}
		run, err := play(b.Context(), rec, &replayOptions{options: options{Options: setup.New()}, loop: true})
		if err != nil {
			b.Fatal(err)
		}
		run.Stop()
	}
}
