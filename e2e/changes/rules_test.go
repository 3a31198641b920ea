package changes

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/dogwatch/dogwatch/e2e/controlplane"
	"github.com/dogwatch/dogwatch/e2e/terminal"
)

// The rules that a configuration names are applied in the dashboard, and edits of them followed, in a file and in a ConfigMap.
func TestRulesOfAConfigurationAreFollowed(t *testing.T) {
	kubectl(t, configMap("furnace", "heat: high"), "", "create", "-f", "-")
	dir := t.TempDir()
	const config = "types: [configmaps]\nrules: [own.yaml]\n"
	for from, save := range map[string]func(rules string){
		filepath.Join(dir, "config.yaml"): func(rules string) {
			for name, content := range map[string]string{"own.yaml": rules, "config.yaml": config} {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
					t.Fatal(err)
				}
			}
		},
		"configmap:default/rules": func(rules string) {
			kubectl(t, fmt.Sprintf("{apiVersion: v1, kind: ConfigMap, metadata: {name: rules}, data: {config.yaml: %q, own.yaml: %q}}", config, rules), "", "apply", "-f", "-")
		},
	} {
		rule := func(name, title string) string {
			return fmt.Sprintf("rules: [{name: %s, types: [configmaps], when: 'object.?data.?heat.orValue(\"\") == \"high\"', signal: {type: Hot, severity: warning, title: %s}}]\n", name, title)
		}
		save(rule("hot", "It is hot"))
		tty := startHere(t, "--config", from)
		tty.WaitForText(t, patience, "1 live", "furnace")
		press(t, tty, "S")
		tty.WaitForText(t, patience, "signals", "default/furnace", "It is hot", "1 warning")
		save(rule("hotter", "It burns"))
		tty.WaitForText(t, patience, "default/furnace", "It burns", "It is hot", "1 over")
		save("rules: [{name: cold}]\n")
		tty.WaitForText(t, patience, "It burns", "1 warning", "own.yaml:1:", "rule \"cold\"")
		save("rules: []\n")
		tty.WaitForText(t, patience, "none open", "2 over", "when it was judged no longer")
		press(t, tty, "esc", "q")
	}
}

// A program of rules that hangs is no quiet cluster: that is said until it goes on, and what happened meanwhile is told then. To end dogwatch does not wait for it.
func TestRulesThatHangAreSaid(t *testing.T) {
	kubectl(t, "", "", "create", "namespace", "hanging")
	tty := startHere(t, "services", "--signals", "-n", "hanging")
	tty.WaitForText(t, patience, "1 live", "no services")
	press(t, tty, "S")
	tty.WaitForText(t, patience, "signals", "nothing to tell of what is watched")
	judge := child(t, tty.Pid())
	stop := func(s syscall.Signal) {
		t.Helper()
		if err := syscall.Kill(judge, s); err != nil {
			t.Fatal(err)
		}
	}
	stop(syscall.SIGSTOP)
	kubectl(t, deployment("late", "1", "web:1"), "", "-n", "hanging", "create", "-f", "-")
	kubectl(t, "", "", "-n", "hanging", "scale", "deployment/late", "--replicas=2")
	t.Log(tty.WaitForText(t, patience, "not judged", "nothing more is judged for 1", "nobody knows what there is to tell"))
	stop(syscall.SIGCONT)
	t.Log(tty.WaitForText(t, patience, "hanging/late", "It was scaled", "rules are applied again to what happens"))
	tty.WaitForNoText(t, patience, "nothing more is judged")
	press(t, tty, "S")
	stop(syscall.SIGSTOP)
	tty.WaitForText(t, patience, "rules do not go on (S says more)")
	press(t, tty, "q")
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if code, err := tty.Wait(ctx); err != nil || code != 0 {
		t.Errorf("it ends with %d, %v", code, err)
	}
	if err := syscall.Kill(judge, 0); !errors.Is(err, syscall.ESRCH) {
		t.Errorf("the program of rules is there yet: %v", err)
	}
}

// child is the only process that another one has begun.
func child(t *testing.T, of int) int {
	t.Helper()
	said, err := exec.Command("pgrep", "-P", strconv.Itoa(of)).Output()
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(said)))
	if err != nil {
		t.Fatal(err)
	}
	return pid
}

// startHere starts the dashboard on the cluster, with a home of its own.
func startHere(t *testing.T, args ...string) *terminal.Terminal {
	t.Helper()
	kubeconfig, err := cluster.Kubeconfig(controlplane.Reader, "default")
	if err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	tty, err := terminal.Start(t.Context(), terminal.Options{
		Path: program, Args: args, Width: 160, Height: 30, Env: []string{"HOME=" + home, "XDG_STATE_HOME=" + home, "KUBECONFIG=" + kubeconfig},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tty.Close)
	return tty
}

func press(t *testing.T, tty *terminal.Terminal, keys ...string) {
	t.Helper()
	for _, key := range keys {
		if err := tty.Press(key); err != nil {
			t.Fatal(err)
		}
	}
}
