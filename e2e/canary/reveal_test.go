package canary

import (
	"context"
	"testing"

	"github.com/dogwatch/dogwatch/e2e/await"
)

// TestRevealedSecretIsForgotten looks at a Secret's values, which are on the screen then, and expects that the program holds
// none of them after the next key.
func TestRevealedSecretIsForgotten(t *testing.T) {
	secret, control := New(), New()
	store(t, secret, control)
	s := start(t, dumping, kubeconfig(t), "secrets", "configmaps")
	s.expect("applied", "registry")
	s.press("y", "enter")
	s.expect("kind: Secret", "password: ••••")
	s.press("s")
	s.expect("password: " + secret.Value("first"))
	if found := secret.In("the memory in use", s.held()); len(found) == 0 {
		t.Error("what is on the screen is not found in the memory")
	}
	s.press("down")
	s.expect("password: ••••")
	s.expectGone(secret.Value("first"))
	if len(control.In("the memory in use", s.held())) == 0 {
		t.Error("what is watched and no secret is not found in the memory")
	}
	// The screen is drawn once more before its last lines are forgotten.
	await.Success(t, patience, "the values to be forgotten", func(context.Context) error {
		return told(secret.In("the memory in use", s.held()))
	})
	if found, err := secret.InMemory(s.Pid()); err == nil {
		t.Logf("in memory that is not in use there are %d copies, until it is used again", len(found))
	}
	s.quit()
	expectNotWritten(t, secret, s.home, nil)
}
