package cli

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"github.com/spf13/cobra"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/setup"
)

// execute runs a command line that is not to get as far as a screen.
func execute(t *testing.T, args ...string) (code int, stderr string) {
	t.Helper()
	var out, errOut bytes.Buffer
	code = Main(append([]string{"dogwatch"}, args...), &out, &errOut)
	return code, errOut.String()
}

func TestBadCommandLinesSayWhatIsWrong(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"-l", "a in"}, "--selector"},
		{[]string{"--field-selector", "a"}, "--field-selector"},
		{[]string{"--resync", "-1s"}, "0 or more"},
		{[]string{"po,"}, "missing beside a comma"},
		{[]string{"pods/web"}, "not a type and a name"},
		{[]string{"--no-such-flag"}, "unknown flag"},
		{[]string{"--request-timeout", "abc"}, "--request-timeout"},
	} {
		code, stderr := execute(t, c.args...)
		if code != setup.ExitUsage || !strings.Contains(stderr, c.want) || !strings.Contains(stderr, "dogwatch --help") {
			t.Errorf("dogwatch %q: exit %d and %q, want exit %d and %q", c.args, code, stderr, setup.ExitUsage, c.want)
		}
	}
}

// A bad command line names the help of its own command.
func TestBadCommandLinesNameTheirHelp(t *testing.T) {
	for want, args := range map[string][]string{
		"dogwatch record --help":         {"record", "po"},
		"dogwatch replay --help":         {"replay", "--what"},
		"dogwatch demo --help":           {"demo", "--at", "soon"},
		"dogwatch recording --help":      {"recording", "foo"},
		"dogwatch recording info --help": {"recording", "info"},
		"dogwatch recording cut --help":  {"recording", "cut"},
	} {
		if code, said := execute(t, args...); code != setup.ExitUsage || !strings.Contains(said, "See '"+want+"'") {
			t.Errorf("%q: exit %d, %q", args, code, said)
		}
	}
}

func TestWithoutATerminalItSaysSo(t *testing.T) {
	code, stderr := execute(t, "po")
	if code != setup.ExitError || !strings.Contains(stderr, "needs a terminal") {
		t.Errorf("exit %d and %q", code, stderr)
	}
}

func TestTerminalThatCannotShowAScreenIsRefused(t *testing.T) {
	for _, c := range []struct {
		interactive    bool
		goos, termName string
		want           string // "" for a terminal that will do
	}{
		{true, "linux", "xterm-256color", ""},
		{true, "windows", "", ""},
		{false, "linux", "xterm-256color", "needs a terminal"},
		{true, "linux", "dumb", "TERM=dumb"},
		{true, "windows", "dumb", "TERM=dumb"},
		{true, "linux", "", "TERM is not set"},
	} {
		err := checkTerminal(c.interactive, c.goos, c.termName)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

// What a server says goes to the terminal as text.
func TestReportedErrorsAreHarmless(t *testing.T) {
	const hostile = "\x1b]52;c;aGk=\x07\u009b2Jpod\u202edop\u200b"
	for name, err := range map[string]error{
		"a server's":     apierrors.NewForbidden(schema.GroupResource{Resource: hostile}, hostile, errors.New(hostile)),
		"another's":      errors.New(hostile),
		"this machine's": setup.Local(errors.New(hostile)),
	} {
		var stderr bytes.Buffer
		setup.Report(err, "dogwatch", &cobra.Command{}, &stderr)
		harmful := func(r rune) bool { return r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r)) }
		if said := stderr.String(); strings.ContainsFunc(said, harmful) || !strings.Contains(said, "pod<U+202E>dop") {
			t.Errorf("%s: %q", name, said)
		}
	}
}

// kubectl lets --all-namespaces win; the namespace is then what 0 goes back to.
func TestAllNamespacesWinOverOne(t *testing.T) {
	kubeconfig := filepath.Join(t.TempDir(), "kubeconfig")
	content := `{apiVersion: v1, kind: Config, current-context: c, contexts: [{name: c, context: {cluster: c}}], clusters: [{name: c, cluster: {server: "https://127.0.0.1:1"}}]}`
	if err := os.WriteFile(kubeconfig, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	command := newRoot("dogwatch", func(_ context.Context, o *options, _ []string) error {
		ws, err := o.Workspace(t.Context(), func() {})
		if err != nil {
			return err
		}
		if got := ws.Snapshot().Namespace; got != "" {
			t.Errorf("the namespace is %q, want all", got)
		}
		ws.ToggleAllNamespaces()
		if got := ws.Snapshot().Namespace; got != "shop" {
			t.Errorf("all namespaces go back to %q, want shop", got)
		}
		return ws.Close(context.WithoutCancel(t.Context()))
	})
	command.SetArgs([]string{"--kubeconfig", kubeconfig, "-A", "-n", "shop"})
	if err := command.ExecuteContext(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestPluginIsNamedAsKubectlCallsIt(t *testing.T) {
	for arg0, want := range map[string]string{
		"/usr/bin/kubectl-dogwatch": "kubectl dogwatch",
		"kubectl-dogwatch.exe":      "kubectl dogwatch",
		"./dogwatch":                "dogwatch",
		"/tmp/go-build1/exe/main":   "dogwatch",
	} {
		if got := commandName(arg0); got != want {
			t.Errorf("%s is called %q, want %q", arg0, got, want)
		}
	}
	root := newRoot("kubectl dogwatch", func(context.Context, *options, []string) error { return nil })
	if usage := root.UsageString(); !strings.Contains(usage, "kubectl dogwatch po,rs") {
		t.Errorf("the examples do not name the plugin:\n%s", usage)
	}
}
