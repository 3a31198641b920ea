package faults

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/dogwatch/dogwatch/e2e/controlplane"
	"github.com/dogwatch/dogwatch/informers"
)

// isLoggedOut is the state while the server does not accept the login.
func isLoggedOut(s informers.State) bool {
	return s.Phase == informers.Retrying && apierrors.IsUnauthorized(s.Err) && s.Reason == "not logged in, or the login has expired"
}

// awaitRefusal waits until the server does not accept a login any longer.
func (p *place) awaitRefusal(login func(*rest.Config)) {
	p.Helper()
	p.eventually("the server to refuse the login", func() bool {
		config := rest.AnonymousClientConfig(p.plane.RESTConfig(controlplane.Reader))
		login(config)
		client, err := kubernetes.NewForConfig(config)
		if err != nil {
			p.Fatal(err)
		}
		_, err = client.CoreV1().ConfigMaps(p.namespace).List(p.Context(), metav1.ListOptions{Limit: 1})
		return apierrors.IsUnauthorized(err)
	})
}

// token makes a token of a service account, and what has the server refuse it.
func (p *place) token(account string) (token string, expire func()) {
	p.Helper()
	secrets := p.client.CoreV1().Secrets(p.namespace)
	bound, err := secrets.Create(p.Context(), &corev1.Secret{ObjectMeta: metav1.ObjectMeta{GenerateName: "bound-"}}, metav1.CreateOptions{})
	if err != nil {
		p.Fatal(err)
	}
	request := &authenticationv1.TokenRequest{Spec: authenticationv1.TokenRequestSpec{
		BoundObjectRef: &authenticationv1.BoundObjectReference{Kind: "Secret", APIVersion: "v1", Name: bound.Name, UID: bound.UID},
	}}
	made, err := p.client.CoreV1().ServiceAccounts(p.namespace).CreateToken(p.Context(), account, request, metav1.CreateOptions{})
	if err != nil {
		p.Fatal(err)
	}
	return made.Status.Token, func() {
		p.Helper()
		if err := secrets.Delete(p.Context(), bound.Name, metav1.DeleteOptions{}); err != nil {
			p.Fatal(err)
		}
		p.awaitRefusal(func(c *rest.Config) { c.BearerToken = made.Status.Token })
	}
}

func TestTokenExpiresAndIsRenewed(t *testing.T) {
	for name, login := range map[string]func(dir string) *clientcmdapi.AuthInfo{
		"plugin": func(dir string) *clientcmdapi.AuthInfo {
			return &clientcmdapi.AuthInfo{Exec: &clientcmdapi.ExecConfig{
				APIVersion: "client.authentication.k8s.io/v1", Command: "/bin/cat", Args: []string{filepath.Join(dir, "credential")},
				InteractiveMode: clientcmdapi.NeverExecInteractiveMode,
			}}
		},
		"file": func(dir string) *clientcmdapi.AuthInfo {
			return &clientcmdapi.AuthInfo{TokenFile: filepath.Join(dir, "token")}
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPlace(t)
			p.pave()
			account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: "robot"}}
			if _, err := p.client.CoreV1().ServiceAccounts(p.namespace).Create(t.Context(), account, metav1.CreateOptions{}); err != nil {
				t.Fatal(err)
			}
			p.allow("system:serviceaccount:" + p.namespace + ":robot")
			dir := t.TempDir()
			first, expire := p.token("robot")
			writeToken(t, dir, first)
			d := p.watch(func(o *Options) { o.Kubeconfig = p.kubeconfig("robot", login(dir)) })
			expire()
			p.changeSome() // a watch that was allowed goes on
			p.oracle.Converge(t, d, time.Now())

			cut := time.Now()
			p.road.cut()
			shown := d.Await(configMaps, cut, "logged out", isLoggedOut)
			d.soon(cut, d.first(configMaps, cut))
			p.failuresSoon(d, cut)
			if !isDated(shown.State) {
				t.Errorf("its rows have no date: %s", shown)
			}
			p.changeSome()
			second, _ := p.token("robot")
			writeToken(t, dir, second)
			renewed := time.Now()
			p.tell(shown.At.Sub(cut), p.oracle.Converge(t, d, renewed))
		})
	}
}

// writeToken puts a token where the logins look for it.
func writeToken(t *testing.T, dir, token string) {
	t.Helper()
	credential := fmt.Sprintf(`{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":%q}}`, token)
	for name, content := range map[string]string{"token": token, "credential": credential} {
		half := filepath.Join(dir, name+".half")
		if err := os.WriteFile(half, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(half, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
}

// shortLife is how long the first client certificate is good: until a dogwatch is live by it, and some more.
const shortLife = 15 * time.Second

func TestCertificatesAreRenewed(t *testing.T) {
	p := newPlace(t)
	p.pave()
	dir := t.TempDir()
	issue := func(life time.Duration) {
		t.Helper()
		if err := p.plane.IssueClientCertificate(dir, controlplane.Reader, time.Now().Add(life)); err != nil {
			t.Fatal(err)
		}
	}
	issue(shortLife)
	files := &clientcmdapi.AuthInfo{
		ClientCertificate: filepath.Join(dir, "reader.crt"), ClientKey: filepath.Join(dir, "reader.key"),
	}
	began := time.Now()
	d := p.watch(func(o *Options) { o.Kubeconfig = p.kubeconfig(controlplane.Reader, files) })
	ctx, cancel := context.WithTimeout(t.Context(), Patience)
	defer cancel()
	if err := p.plane.RenewServingCertificate(ctx); err != nil {
		t.Fatal(err)
	}
	p.changeSome()
	p.oracle.Converge(t, d, time.Now())
	d.never(configMaps, began, "not live though only the server's certificate is new", isPhase(informers.Retrying, informers.Gone))

	expired := tlsFiles(t, dir) // a copy: client-go shares what it makes of files
	p.awaitRefusal(func(c *rest.Config) { c.CertData, c.KeyData = expired[0], expired[1] })
	cut := time.Now()
	p.road.cut()
	shown := d.Await(configMaps, cut, "logged out", isLoggedOut)
	d.soon(cut, d.first(configMaps, cut))
	p.failuresSoon(d, cut)
	p.changeSome()
	issue(time.Hour)
	renewed := time.Now()
	p.tell(shown.At.Sub(cut), p.oracle.Converge(t, d, renewed))
}

func tlsFiles(t *testing.T, dir string) (files [2][]byte) {
	t.Helper()
	for i, name := range []string{"reader.crt", "reader.key"} {
		content, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		files[i] = content
	}
	return files
}
