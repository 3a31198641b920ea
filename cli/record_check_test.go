package cli

import (
	"errors"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/dogwatch/dogwatch/replay/apiserver"
	"github.com/dogwatch/dogwatch/replay/apiserver/sample"
	"github.com/dogwatch/dogwatch/replay/apiserver/store"
	"github.com/dogwatch/dogwatch/replay/recording"
)

// withConfigMaps has pods, deployments and ConfigMaps.
func withConfigMaps(t *testing.T) *store.Store {
	t.Helper()
	st, err := sample.Store(3)
	if err != nil {
		t.Fatal(err)
	}
	if err := st.AddType(configMaps()); err != nil {
		t.Fatal(err)
	}
	return st
}

// What would record nothing, or not hide what it was told to, ends at once, and leaves things as they were.
func TestRecordEndsWhereItCannotDoAsToldTo(t *testing.T) {
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"no type":                              {[]string{"nosuch", "neither"}, `nothing was recorded: the server has no type "nosuch"`},
		"a rule for no type":                   {[]string{"pods", "--redact", "foo:.data.*"}, `--redact foo:.data.*: the server has no type "foo"; nothing was recorded`},
		"a rule for a near one":                {[]string{"pods", "--redact", "configmap:.data", "--redact", "configmas:.data"}, `--redact configmas:.data: the server has no type "configmas"; did you mean configmaps?`},
		"a rule and no types":                  {[]string{"pods", "nosuch", "--redact", "nosuchh:.spec"}, `the server has no type "nosuchh"`},
		"a rule for several":                   {[]string{"pods", "--redact", "all:.spec"}, `--redact all:.spec: "all" is the name of several types: give one of them`},
		"a rule that a pattern stands not for": {[]string{"pods", "*.acme.io", "--redact", "foo.acme.com:.spec"}, `the server has no type "foo.acme.com"`},
	} {
		b := serveForRecording(t, withConfigMaps(t))
		b.start(c.args...)
		if err := <-b.done; err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
		if _, err := os.Stat(b.file); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: a file is left: %v", name, err)
		}
		if err := os.WriteFile(b.file, []byte("mine"), 0o600); err != nil {
			t.Fatal(err)
		}
		b.start(append(c.args, "--force")...)
		if err := <-b.done; err == nil {
			t.Errorf("%s: no error", name)
		}
		holds(t, b.file, "mine")
	}
}

// Where the server never answers, the end is an error, and nothing is left.
func TestRecordOfAServerThatDoesNotAnswer(t *testing.T) {
	for name, path := range map[string]string{"nothing": "/", "no lists": "/api/v1/pods"} {
		b := serveForRecording(t, withConfigMaps(t))
		b.server.SetFaults(func(r *http.Request) *apiserver.Fault {
			if !strings.HasPrefix(r.URL.Path, path) {
				return nil
			}
			return &apiserver.Fault{Status: http.StatusServiceUnavailable}
		})
		b.start("pods", "--for", "1h")
		b.awaitThat("word of it", func() bool { return strings.Contains(b.said.String(), "pods: not recording") })
		b.cancel()
		if err := <-b.done; err == nil || !strings.Contains(err.Error(), "nothing was recorded: ") {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := os.Stat(b.file); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: a file is left: %v", name, err)
		}
	}
}

// A recording is as long as was asked for: what it took to begin does not count.
func TestRecordingIsAsLongAsAskedFor(t *testing.T) {
	const length = time.Second
	b := serveForRecording(t, withConfigMaps(t))
	b.start("pods", "--for", length.String())
	if err := <-b.done; err != nil {
		t.Fatal(err)
	}
	rec, err := recording.OpenPath(b.file)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rec.Close() }()
	if from, to := rec.Span(); to.Sub(from) < length-time.Millisecond {
		t.Errorf("it is %s long, want %s", to.Sub(from), length)
	}
}

func TestCounts(t *testing.T) {
	for n, want := range map[int]string{0: "0 changes", 1: "1 change", 2: "2 changes"} {
		if got := count(n, "change"); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	for d, want := range map[time.Duration]string{179600 * time.Millisecond: "3m", 1400 * time.Millisecond: "1s"} {
		if got := span(d); got != want {
			t.Errorf("%s is %q, want %q", d, got, want)
		}
	}
}
