package changes

import (
	"slices"
	"strings"
	"testing"

	"github.com/dogwatch/dogwatch/e2e/controlplane"
	"github.com/dogwatch/dogwatch/e2e/terminal"
)

// The page Activity shows on one line what somebody did, what was there before and what is there now, and by whom.
func TestActivityShowsWhatWasDone(t *testing.T) {
	kubectl(t, deployment("shown", "0", "web:1"), "", "create", "-f", "-")
	kubeconfig, err := cluster.Kubeconfig(controlplane.Reader, "default")
	if err != nil {
		t.Fatal(err)
	}
	tty, err := terminal.Start(t.Context(), terminal.Options{
		Path: program, Args: []string{"deployments"}, Width: 200, Height: 40, Env: []string{"HOME=" + t.TempDir(), "KUBECONFIG=" + kubeconfig},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tty.Close)
	tty.WaitForText(t, patience, "1 live", "shown")
	if err := tty.Press(":"); err != nil {
		t.Fatal(err)
	}
	tty.Type("activity")
	if err := tty.Press("enter"); err != nil {
		t.Fatal(err)
	}
	kubectl(t, "", "", "set", "image", "deployment/shown", "web=web:2")
	words := []string{"kubectl-set", "deployments", "shown", "spec.template.spec.containers[web].image", "web:1 → web:2"}
	screen := tty.WaitFor(t, patience, "a line with "+strings.Join(words, ", "), func(screen string) bool {
		return slices.ContainsFunc(strings.Split(screen, "\n"), func(line string) bool {
			return !slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(line, word) })
		})
	})
	t.Log(screen)
}
