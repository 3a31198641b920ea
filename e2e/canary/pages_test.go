package canary

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestChangedSecretsAreOnNoPage opens the pages that tell what changed of a Secret, copies what they offer, and looks for its
// values in the program's memory and in all that it leaves.
func TestChangedSecretsAreOnNoPage(t *testing.T) {
	secret, control := New(), New()
	store(t, secret, control)
	s := start(t, dumping, kubeconfig(t), "secrets,configmaps")
	s.expect("applied", "registry", "large", "control")
	applySecret(t, "applied", secret.Value("second")+"-is-longer")
	apply(t, map[string]any{
		"apiVersion": "v1", "kind": "ConfigMap", "metadata": object("control"), "data": map[string]any{"value": control.Value("changed")},
	})
	kubectl(t, "delete", "secret", "deleted")
	s.expectGone("deleted")
	s.press("/")
	s.Type("applied")
	s.expectGone("registry")
	s.press("enter")

	s.press("H")
	s.expect("password")
	s.press("enter") // the difference, in all its forms
	s.expect("unified", "password: ••••")
	s.press("c", "u", "v", "d")
	s.expect("side by side")
	s.press("d")
	s.expect("whole")
	s.press("esc", "c", "u", "v")
	s.press("e")
	s.expect("no Events")
	expectNotInMemory(t, s.Pid(), s.home, secret, control)

	s.press("A")
	s.expect("data.password", "applied", "deleted")
	s.press("/")
	s.Type("obj:applied")
	s.press("enter")
	s.expectGone("control")
	s.press("enter")
	s.expect("applied changed", "••••")
	expectNotInMemory(t, s.Pid(), s.home, secret, control)
	s.press("A")
	s.quit()
	expectNotWritten(t, secret, s.home, s.printed.bytes())
}

// TestRevealedSecretIsNotRecorded reveals a Secret's values while all is recorded, remembered and logged.
func TestRevealedSecretIsNotRecorded(t *testing.T) {
	secret, control := New(), New()
	store(t, secret, control)
	s := start(t, program, kubeconfig(t), "secrets,configmaps")
	s.expect("applied", "registry", "control")
	s.press("R")
	s.expect("REC")
	s.press("y", "enter")
	s.expect("kind: Secret", "password: ••••")
	s.press("s")
	s.expect("password: " + secret.Value("first"))
	applySecret(t, "applied", secret.Value("second")) // while the first is on the screen
	s.press("down")
	s.expectGone(secret.Value("first"))
	s.press("H")
	s.expect("password")
	s.press("R")
	s.expectGone("REC")
	s.quit()
	if found, err := control.InFiles(s.home); err != nil || len(found) == 0 {
		t.Errorf("what is recorded and no secret is in no file: %v", err)
	}
	if log, err := os.ReadFile(filepath.Join(s.home, "log")); err != nil || !strings.Contains(string(log), "/api/v1/namespaces/default/secrets/applied") {
		t.Errorf("the log does not tell that the value was fetched (%v)", err)
	}
	expectNotWritten(t, secret, s.home, nil)
}
