package dashboard

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/dogwatch/dogwatch/e2e/controlplane"
)

// plugin is a credential plugin that a test decides on: without a token it fails, as a login that has expired does.
type plugin struct {
	t *testing.T
	// The files: the program, what it prints if it is there, and the kubeconfig that names the program.
	command, token, kubeconfig string
}

// complaint is what the plugin prints when it fails.
const complaint = "the session has ended, sign in with corp-login"

// newPlugin makes a plugin without a token, and a kubeconfig that uses it, on the bare server.
func newPlugin(t *testing.T) *plugin {
	t.Helper()
	dir := t.TempDir()
	p := &plugin{
		t: t, command: filepath.Join(dir, "corp-login"), token: filepath.Join(dir, "token"), kubeconfig: filepath.Join(dir, "kubeconfig"),
	}
	script := fmt.Sprintf("#!/bin/sh\ncat '%s' 2>/dev/null || { echo '%s' >&2; exit 1; }\n", p.token, complaint)
	if err := os.WriteFile(p.command, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	original, err := bare.Kubeconfig(controlplane.Viewer, "default")
	if err != nil {
		t.Fatal(err)
	}
	config, err := clientcmd.LoadFromFile(original)
	if err != nil {
		t.Fatal(err)
	}
	config.AuthInfos[controlplane.Viewer] = &clientcmdapi.AuthInfo{Exec: &clientcmdapi.ExecConfig{
		APIVersion: "client.authentication.k8s.io/v1", Command: p.command, InteractiveMode: clientcmdapi.NeverExecInteractiveMode,
	}}
	if err := clientcmd.WriteToFile(*config, p.kubeconfig); err != nil {
		t.Fatal(err)
	}
	return p
}

// logIn has the plugin yield a token from now on. It expires then, if that is not empty.
func (p *plugin) logIn(token, expires string) {
	p.t.Helper()
	if expires != "" {
		expires = fmt.Sprintf(`, "expirationTimestamp": %q`, expires)
	}
	credential := fmt.Sprintf(`{"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": {"token": %q%s}}`, token, expires)
	// Renamed into place, so that the plugin never prints half of it.
	half := p.token + ".half"
	if err := os.WriteFile(half, []byte(credential), 0o600); err != nil {
		p.t.Fatal(err)
	}
	if err := os.Rename(half, p.token); err != nil {
		p.t.Fatal(err)
	}
}

func TestRefusedTokenSaysHowToLogInAgain(t *testing.T) {
	s := start(t, bare, controlplane.Viewer, "--token", "worn-out", "configmaps")
	s.expectTop("the server does not accept the login (401)")
	s.expectTop("retry in")
	s.expect(`log in again (context "viewer", user "viewer")`)
	s.quit()
}

func TestFailingLoginPluginIsNamedAndAskedAgain(t *testing.T) {
	p := newPlugin(t)
	s := startWith(t, p.kubeconfig, "services")
	s.expectTop("retry in")
	s.expectTop(`the login plugin "corp-login" failed with exit code 1`)
	s.WaitFor(t, patience, "how to log in again", func(screen string) bool {
		// The sentence is broken into lines.
		return strings.Contains(strings.Join(strings.Fields(screen), " "), `log in again with "`+p.command)
	})
	if strings.Contains(s.Screen(), complaint) {
		t.Errorf("what the plugin printed is in the middle of the screen\n%s", s.Dump())
	}
	s.press("ctrl+l")
	s.expect(complaint)
	s.press("esc")
	s.expectGone(complaint)

	p.logIn(bare.Token(controlplane.Viewer), "")
	s.expectTop("1 live") // nothing is pressed
	s.expectRow("kubernetes", "ClusterIP")
	s.expectGone("corp-login")
	s.quit()
}

func TestExpiredTokenOfALoginPluginIsRenewed(t *testing.T) {
	p := newPlugin(t)
	p.logIn("worn-out", "2020-01-01T00:00:00Z")
	s := startWith(t, p.kubeconfig, "services")
	s.expectTop("the server does not accept the login (401)")
	s.expect(`log in again (context "viewer", user "viewer")`, "corp-login")

	p.logIn(bare.Token(controlplane.Viewer), "2099-01-01T00:00:00Z")
	s.expectTop("1 live")
	s.expectRow("kubernetes", "ClusterIP")
	s.quit()
}

func TestLoginThatEndsMeanwhileKeepsTheRows(t *testing.T) {
	p := newPlugin(t)
	p.logIn(bare.Token(controlplane.Viewer), "")
	s := startWith(t, p.kubeconfig, "services")
	s.expectTop("1 live")
	s.expectRow("kubernetes", "ClusterIP")

	bare.StopAPIServer()
	if err := bare.RenewToken(controlplane.Viewer); err != nil {
		t.Fatal(err)
	}
	if err := bare.StartAPIServer(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.expect("rows as of", "the login has expired")
	s.expectRow("kubernetes", "ClusterIP")
	s.expectGone("1 live")

	p.logIn(bare.Token(controlplane.Viewer), "")
	s.expectTop("1 live")
	s.expectGone("rows as of")
	s.quit()
}
