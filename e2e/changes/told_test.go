package changes

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/dogwatch/dogwatch/e2e/await"
	"github.com/dogwatch/dogwatch/e2e/controlplane"
	"github.com/dogwatch/dogwatch/e2e/faults"
	"github.com/dogwatch/dogwatch/informers"
	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/change"
	"github.com/dogwatch/dogwatch/model/timeline"
)

// watching is a dogwatch without its screen that remembers what changes.
type watching struct {
	*faults.Dogwatch
	t       *testing.T
	history *timeline.Timeline
}

// watch begins to watch some types in all namespaces, and returns when all of them are live.
func watch(t *testing.T, types ...string) *watching {
	t.Helper()
	kubeconfig, err := cluster.Kubeconfig(controlplane.Reader, "")
	if err != nil {
		t.Fatal(err)
	}
	return watchWith(t, faults.Options{Kubeconfig: kubeconfig, Types: types})
}

// watchWith begins to watch as options say, and remembers.
func watchWith(t *testing.T, options faults.Options) *watching {
	t.Helper()
	w := &watching{t: t, history: timeline.New(64 << 20)}
	options.History = w.history
	w.Dogwatch = faults.Start(t, options)
	await.Success(t, patience, "all types to be watched", func(context.Context) error {
		for _, watch := range w.Watches() {
			if s := watch.State(); s.Phase != informers.Live {
				return fmt.Errorf("%s is %s", watch.Identity(), s.Phase)
			}
		}
		if n := len(w.Watches()); n < len(options.Types) {
			return fmt.Errorf("%d of %d types are watched", n, len(options.Types))
		}
		return nil
	})
	return w
}

// records are what is remembered since a Seq, in order.
func (w *watching) records(since uint64) []timeline.Record {
	return slices.Collect(w.history.Forward(since, timeline.Filter{}))
}

// lines say what a record tells, a line for each field.
func (w *watching) lines(r *timeline.Record) []string {
	source, _ := w.history.Source(r.Source)
	of := source.GVR.Resource + "/" + withoutHash(r.Key.Name)
	switch r.Type {
	case model.Added:
		return []string{fmt.Sprintf("%s created by %s", of, spelled(r.By))}
	case model.Deleted:
		return []string{of + " deleted"}
	}
	lines := make([]string, len(r.Fields))
	for i, f := range r.Fields {
		what := fmt.Sprintf(": %s -> %s", short(f.Old), short(f.New))
		if f.IsMove() {
			what = " " + f.Moved()
		}
		lines[i] = fmt.Sprintf("%s %s%s by %s", of, f.Path, what, spelled(f.By))
	}
	return lines
}

func spelled(m change.Manager) string {
	if m == (change.Manager{}) {
		return "nobody"
	}
	return strings.TrimSpace(fmt.Sprintf("%s, %s %s", m.Name, m.Operation, m.Subresource))
}

// short is a value, or that it is a long one.
func short(value []byte) string {
	switch {
	case value == nil:
		return "nothing"
	case len(value) > 120:
		return "(long)"
	}
	return string(value)
}

// withoutHash leaves out of a name what a ReplicaSet's name and its pods' have after "rolling-" or "growing-".
func withoutHash(name string) string {
	for _, owner := range []string{"rolling", "growing"} {
		if rest, ok := strings.CutPrefix(name, owner+"-"); ok {
			return owner + strings.Repeat("-*", strings.Count(rest, "-")+1)
		}
	}
	return name
}

// kubectl runs kubectl in a namespace as the administrator, with what its standard input says and an editor.
func kubectl(t *testing.T, stdin, editor string, args ...string) {
	t.Helper()
	kubeconfig, err := cluster.Kubeconfig(controlplane.Admin, "default")
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), cluster.KubectlPath(), args...)
	command.Env = []string{"PATH=" + os.Getenv("PATH"), "KUBECONFIG=" + kubeconfig, "HOME=" + t.TempDir(), "KUBE_EDITOR=" + editor}
	command.Stdin = strings.NewReader(stdin)
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("kubectl %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}
