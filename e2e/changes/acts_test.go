package changes

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dogwatch/dogwatch/e2e/await"
)

// What is told of a change is what was done: the path, the values, and who did it by which operation and through which subresource.
func TestWhatIsToldIsWhatWasDone(t *testing.T) {
	w := watch(t, "configmaps", "deployments", "replicasets", "pods", "horizontalpodautoscalers", "routers", "playlists")
	for _, act := range acts() {
		t.Run(act.name, func(t *testing.T) {
			w.prepare(t, act.there)
			_, since := w.history.Range()
			act.do(t)
			await.Success(t, patience, "what was done to be told", func(context.Context) error { return w.tells(since, &act) })
		})
	}
	if merged := w.Workspace.Snapshot().History.Merged; merged > 0 {
		t.Errorf("%d changes were merged", merged)
	}
}

var name = regexp.MustCompile(`kind: (\w+), metadata: {name: (\S+?)}`)

// prepare makes what is to be there, and waits until it is told and the controllers are content.
func (w *watching) prepare(t *testing.T, manifest string) {
	t.Helper()
	if manifest == "" {
		return
	}
	_, since := w.history.Range()
	kubectl(t, manifest, "", "create", "-f", "-")
	match := name.FindStringSubmatch(manifest)
	created := fmt.Sprintf("%ss/%s created by kubectl-create, Update", strings.ToLower(match[1]), match[2])
	await.Success(t, patience, created, func(context.Context) error { return w.among(since, []string{created}) })
	if match[1] == "Deployment" {
		kubectl(t, "", "", "rollout", "status", "deployment/"+match[2])
	}
}

// tells returns nil if exactly what is wanted of an act is told since a Seq.
func (w *watching) tells(since uint64, act *act) error {
	var got []string
	for _, r := range w.records(since) {
		lines := w.lines(&r)
		if slices.ContainsFunc(lines, act.isTheirs) {
			got = append(got, lines...)
		}
	}
	if diff := cmp.Diff(act.want, got); diff != "" {
		return fmt.Errorf("it is told otherwise (-want +got):\n%s", diff)
	}
	return w.among(since, act.among)
}

// isTheirs tells whether a line names one who is named in what is wanted, and the same object.
func (a *act) isTheirs(line string) bool {
	of, _, _ := strings.Cut(line, " ")
	_, by, _ := strings.Cut(line, " by ")
	return by != "nobody" && slices.ContainsFunc(a.want, func(want string) bool {
		return strings.HasPrefix(want, of+" ") && strings.HasSuffix(want, " by "+by)
	})
}

// among returns nil if all lines are told since a Seq.
func (w *watching) among(since uint64, lines []string) error {
	var got []string
	for _, r := range w.records(since) {
		got = append(got, w.lines(&r)...)
	}
	for _, line := range lines {
		if !slices.Contains(got, line) {
			return fmt.Errorf("%q is not among\n%s", line, strings.Join(got, "\n"))
		}
	}
	return nil
}
