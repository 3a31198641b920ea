package changes

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/dogwatch/dogwatch/e2e/controlplane"
	"github.com/dogwatch/dogwatch/e2e/terminal"
)

// What rules tell of a live cluster is on the page of signals at once, with who did it, and is gone into at its moment, though no tab has its type.
func TestSignalsAreToldWhereTheyHappen(t *testing.T) {
	kubectl(t, "", "", "create", "namespace", "told") // in which nothing else is to be told of
	kubectl(t, deployment("judged", "1", "web:1"), "", "-n", "told", "create", "-f", "-")
	kubectl(t, "", "", "-n", "told", "rollout", "status", "deployment/judged")
	kubeconfig, err := cluster.Kubeconfig(controlplane.Reader, "told")
	if err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	tty, err := terminal.Start(t.Context(), terminal.Options{
		Path: program, Args: []string{"services", "--signals"}, Width: 160, Height: 30,
		Env: []string{"HOME=" + home, "XDG_STATE_HOME=" + home, "KUBECONFIG=" + kubeconfig},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tty.Close)
	press := func(keys ...string) {
		t.Helper()
		for _, key := range keys {
			if err := tty.Press(key); err != nil {
				t.Fatal(err)
			}
		}
	}
	tty.WaitForText(t, patience, "1 live", "no services")
	press("S")
	tty.WaitForText(t, patience, "signals", "nothing to tell of what is watched") // what was there is judged
	kubectl(t, "", "", "-n", "told", "scale", "deployment/judged", "--replicas=3")
	screen := tty.WaitForText(t, patience, "told/judged", "It was scaled", "from 1 to 3", "spec.replicas 1 → 3 by kubectl")
	t.Log(screen)
	kubectl(t, "", "", "-n", "told", "scale", "deployment/judged", "--replicas=2")
	tty.WaitForText(t, patience, "from 3 to 2")
	press("down", "enter")
	tty.WaitForText(t, patience, " past ", "deployments.apps", "judged", "1/3")
	press("t", "S", "M")
	tty.WaitForText(t, patience, "muted: all signals of the rule scaled", "all is muted")
	if _, err := os.Stat(filepath.Join(home, "dogwatch", "mutes.json")); err != nil {
		t.Error(err)
	}
}
