package canary

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/dogwatch/dogwatch/e2e/controlplane"
)

// TestCredentialsAreNowhere logs in in every way that a kubeconfig knows, with success and without, and looks for what is
// secret of it in the most verbose log, on the screen and in all files that the program leaves.
func TestCredentialsAreNowhere(t *testing.T) {
	token := Of(cluster.Token(controlplane.Reader))
	const live, refused = "1 live", "the server does not accept the login (401)"
	for name, c := range map[string]struct {
		secret Canary
		want   string
		change func(t *testing.T, secret string, to *clientcmdapi.Cluster, user *clientcmdapi.AuthInfo)
	}{
		"token": {token, live, func(*testing.T, string, *clientcmdapi.Cluster, *clientcmdapi.AuthInfo) {}},
		"token file": {token, live, func(t *testing.T, secret string, _ *clientcmdapi.Cluster, user *clientcmdapi.AuthInfo) {
			user.Token, user.TokenFile = "", write(t, "token", secret)
		}},
		"wrong token": {New(), refused, func(_ *testing.T, secret string, _ *clientcmdapi.Cluster, user *clientcmdapi.AuthInfo) {
			user.Token = secret
		}},
		"password": {New(), "system:anonymous", func(_ *testing.T, secret string, _ *clientcmdapi.Cluster, user *clientcmdapi.AuthInfo) {
			user.Token, user.Username, user.Password = "", "somebody", secret
		}},
		"plugin": {token, live, func(t *testing.T, secret string, _ *clientcmdapi.Cluster, user *clientcmdapi.AuthInfo) {
			usePlugin(t, user, `{"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": {"token": "`+secret+`"}}`)
		}},
		"plugin that prints no credential but a token": {New(), "the login plugin", func(t *testing.T, secret string, _ *clientcmdapi.Cluster, user *clientcmdapi.AuthInfo) {
			usePlugin(t, user, secret)
		}},
		"plugin with a token of another kind": {New(), "the login plugin", func(t *testing.T, secret string, _ *clientcmdapi.Cluster, user *clientcmdapi.AuthInfo) {
			usePlugin(t, user, `{"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": {"token": ["`+secret+`"]}}`)
		}},
		"password of a proxy": {New(), "cannot reach the proxy", func(_ *testing.T, secret string, to *clientcmdapi.Cluster, _ *clientcmdapi.AuthInfo) {
			to.ProxyURL = "http://somebody:" + secret + "@127.0.0.1:1"
		}},
		"password in the server's address": {New(), "", func(_ *testing.T, secret string, to *clientcmdapi.Cluster, _ *clientcmdapi.AuthInfo) {
			to.Server = strings.Replace(to.Server, "://", "://somebody:"+secret+"@", 1)
		}},
	} {
		t.Run(name, func(t *testing.T) { expectNoCredentials(t, c.secret, c.want, c.change) })
	}
	key, certificate := clientKey(t)
	t.Run("key of a certificate", func(t *testing.T) {
		line := strings.Split(string(key), "\n")[1]
		expectNoCredentials(t, Of(line[8:48]), refused, func(_ *testing.T, _ string, _ *clientcmdapi.Cluster, user *clientcmdapi.AuthInfo) {
			user.Token, user.ClientKeyData, user.ClientCertificateData = "", key, certificate
		})
	})
}

// expectNoCredentials changes the reader's kubeconfig, and uses the program with it until its first line tells what is wanted.
func expectNoCredentials(t *testing.T, secret Canary, want string, change func(*testing.T, string, *clientcmdapi.Cluster, *clientcmdapi.AuthInfo)) {
	config, err := clientcmd.LoadFromFile(kubeconfig(t))
	if err != nil {
		t.Fatal(err)
	}
	change(t, secret.core, config.Clusters["e2e"], config.AuthInfos[controlplane.Reader])
	path := filepath.Join(t.TempDir(), "kubeconfig")
	if err := clientcmd.WriteToFile(*config, path); err != nil {
		t.Fatal(err)
	}
	s := start(t, program, path, "configmaps")
	s.WaitFor(t, patience, want+" on the first line", func(screen string) bool {
		first, _, _ := strings.Cut(screen, "\n")
		return strings.Contains(first, want) && strings.Contains(screen, "configmaps")
	})
	s.press("ctrl+r", "ctrl+l")
	s.expect("dogwatch's own log")
	s.press("q")
	s.quit()
	log, err := os.ReadFile(filepath.Join(s.home, "log"))
	if err != nil || len(log) == 0 {
		t.Errorf("there is no log: %v", err)
	}
	if want == "1 live" && !strings.Contains(string(log), "curl -v -XGET") {
		t.Error("the log does not tell of the requests, so it proves nothing")
	}
	expectNotWritten(t, secret, s.home, s.printed.bytes())
}

func write(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

// usePlugin lets a user log in by a plugin that prints a text.
func usePlugin(t *testing.T, user *clientcmdapi.AuthInfo, prints string) {
	t.Helper()
	output := write(t, "output", prints)
	user.Token = ""
	user.Exec = &clientcmdapi.ExecConfig{
		APIVersion: "client.authentication.k8s.io/v1", InteractiveMode: clientcmdapi.NeverExecInteractiveMode,
		Command: write(t, "corp-login", fmt.Sprintf("#!/bin/sh\ncat '%s'\n", output)),
	}
}

// clientKey makes a key, and a certificate of it that no server knows.
func clientKey(t *testing.T) (key, certificate []byte) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	public, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	encoded, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: encoded}), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: public})
}
