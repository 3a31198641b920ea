package dashboard

import (
	"path/filepath"
	"testing"

	"github.com/dogwatch/dogwatch/e2e/controlplane"
)

func TestWithoutKubeconfigItSaysWhatToDo(t *testing.T) {
	s := startWith(t, filepath.Join(t.TempDir(), "none"))
	s.expect("dogwatch: ", "kubeconfig")
	s.expectExit(1)
}

func TestUnknownContextIsNamed(t *testing.T) {
	s := start(t, bare, controlplane.Reader, "--context", "nowhere")
	s.expect("dogwatch: ", `"nowhere"`, controlplane.Reader)
	s.expectExit(1)
}

func TestUnknownFlagIsAUsageError(t *testing.T) {
	s := start(t, bare, controlplane.Reader, "--no-such-flag")
	s.expect("unknown flag: --no-such-flag", "dogwatch --help")
	s.expectExit(2)
}

func TestUnreachableServerIsRetriedOnScreen(t *testing.T) {
	s := start(t, bare, controlplane.Reader, "--server", "https://127.0.0.1:1", "pods")
	s.expectTop("no server answers at 127.0.0.1:1")
	s.expectTop("retry in")
	s.quit()
}

func TestUnknownTypeOffersTheNearest(t *testing.T) {
	s := start(t, bare, controlplane.Reader, "configmap", "secretz")
	s.expect("2 secretz")
	s.press("2")
	s.expect("secretz", "secrets")
	s.quit()
}
