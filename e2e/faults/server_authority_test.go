package faults

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/dogwatch/dogwatch/e2e/controlplane"
	"github.com/dogwatch/dogwatch/informers"
)

// authorityFile makes a kubeconfig name a file that holds the server's authority.
func (p *place) authorityFile(kubeconfig string, content []byte) (file string) {
	p.Helper()
	file = filepath.Join(p.TempDir(), "ca.crt")
	p.replaceFile(file, content)
	config, err := clientcmd.LoadFromFile(kubeconfig)
	if err != nil {
		p.Fatal(err)
	}
	for _, c := range config.Clusters {
		c.CertificateAuthorityData, c.CertificateAuthority = nil, file
	}
	if err := clientcmd.WriteToFile(*config, kubeconfig); err != nil {
		p.Fatal(err)
	}
	return file
}

// replaceFile writes a file as a whole.
func (p *place) replaceFile(path string, content []byte) {
	p.Helper()
	if err := os.WriteFile(path+".half", content, 0o600); err != nil {
		p.Fatal(err)
	}
	if err := os.Rename(path+".half", path); err != nil {
		p.Fatal(err)
	}
}

// isDistrusted is the state while the server's certificate is signed by who is not trusted.
func isDistrusted(s informers.State) bool {
	return s.Phase == informers.Retrying && strings.Contains(s.Reason, "certificate signed by unknown authority")
}

// An authority that was replaced is trusted as soon as its file says so: where that comes after the server's new certificate,
// and, with both in the file, before.
func TestAuthorityIsReplaced(t *testing.T) {
	p := newPlace(t)
	p.pave()
	ctx, cancel := context.WithTimeout(t.Context(), 2*Patience)
	defer cancel()
	first, next := p.plane.Authorities()
	kubeconfig := p.kubeconfig(controlplane.Reader, &clientcmdapi.AuthInfo{Token: p.plane.Token(controlplane.Reader)})
	file := p.authorityFile(kubeconfig, first)
	began := time.Now()
	d := p.watch(func(o *Options) { o.Kubeconfig = kubeconfig })
	t.Cleanup(func() { // the place is everybody's
		back, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), Patience)
		defer cancel()
		if err := p.plane.RenewServingCertificate(back); err != nil {
			t.Error(err)
		}
	})
	if err := p.plane.ChangeAuthority(ctx); err != nil {
		t.Fatal(err)
	}
	p.changeSome() // over the connection that was made before
	p.oracle.Converge(t, d, time.Now())
	d.never(configMaps, began, "not live though its connection is", isPhase(informers.Retrying, informers.Gone))

	cut := time.Now()
	p.road.cut()
	shown := d.Await(configMaps, cut, "distrustful", isDistrusted)
	d.soon(cut, d.first(configMaps, cut))
	p.failuresSoon(d, cut)
	if !isDated(shown.State) {
		t.Errorf("its rows have no date: %s", shown)
	}
	p.changeSome()
	p.replaceFile(file, append(first, next...))
	replaced := time.Now()
	p.tell(shown.At.Sub(cut), p.oracle.Converge(t, d, replaced))

	if err := p.plane.RenewServingCertificate(ctx); err != nil { // by the first
		t.Fatal(err)
	}
	cut = time.Now()
	p.road.cut()
	p.changeSome()
	p.oracle.Converge(t, d, cut)
	d.never(configMaps, cut, "distrustful though both authorities are in the file", isDistrusted)
}

// Files of a login that are gone for a while, as while they are replaced, keep nobody from the truth for longer.
func TestFilesOfTheLoginAreTakenAwayAndGivenBack(t *testing.T) {
	p := newPlace(t)
	p.pave()
	token := filepath.Join(t.TempDir(), "token")
	p.replaceFile(token, []byte(p.plane.Token(controlplane.Reader)))
	kubeconfig := p.kubeconfig(controlplane.Reader, &clientcmdapi.AuthInfo{TokenFile: token})
	first, _ := p.plane.Authorities()
	authority := p.authorityFile(kubeconfig, first)
	d := p.watch(func(o *Options) { o.Kubeconfig = kubeconfig })
	for _, path := range []string{token, authority} {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		cut := time.Now()
		p.road.cut()
		d.soon(cut, d.first(configMaps, cut))
		p.changeSome()
		p.replaceFile(path, content)
		given := time.Now()
		t.Logf("%s is back: true again after %v", filepath.Base(path), p.oracle.Converge(t, d, given).Round(time.Millisecond))
		t.Logf("meanwhile it showed %v", d.Log(configMaps, cut))
	}
}
