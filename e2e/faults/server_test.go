package faults

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/dogwatch/dogwatch/e2e/controlplane"
	"github.com/dogwatch/dogwatch/informers"
)

// subject is a user whose rights the tests of the server's own faults give and take.
const subject = "subject"

// brittle is a control plane with a controller manager that tests may kill and take back in time. It is started for the
// first of them, and as it should be again after each.
var brittle = sync.OnceValues(func() (*controlplane.ControlPlane, error) {
	return tests.Start(controlplane.Options{ControllerManager: true, Users: []string{subject}})
})

// place is a world on the brittle control plane. Instead of a proxy that reads along it may have a road to the server,
// which can be cut.
type place struct {
	*world
	plane *controlplane.ControlPlane
	road  *network // nil until it is paved
}

func newPlace(t *testing.T) *place {
	t.Helper()
	plane, err := brittle()
	if err != nil {
		t.Fatal(err)
	}
	p := &place{world: &world{T: t, namespace: fmt.Sprintf("place-%04x", rand.Uint32N(1<<16))}, plane: plane}
	if p.client, err = plane.Client(); err != nil {
		t.Fatal(err)
	}
	if p.oracle, err = NewOracle(plane.RESTConfig(controlplane.Admin)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.startServer)
	p.settle()
	return p
}

// settle creates the namespace, and the objects in it.
func (p *place) settle() {
	p.Helper()
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: p.namespace}}
	p.eventually("a namespace to work in", func() bool {
		_, err := p.client.CoreV1().Namespaces().Create(p.Context(), namespace, metav1.CreateOptions{})
		return err == nil
	})
	for i := range objects {
		if err := p.create(p.Context(), i); err != nil {
			p.Fatal(err)
		}
	}
	p.eventually("what the controllers make in a namespace", func() bool {
		_, err := p.client.CoreV1().ConfigMaps(p.namespace).Get(p.Context(), "kube-root-ca.crt", metav1.GetOptions{})
		return err == nil
	})
}

// pave makes a road to the server, for the kubeconfigs from then on: it carries bytes, TLS stays between the ends.
func (p *place) pave() {
	p.Helper()
	road, err := listen()
	if err != nil {
		p.Fatal(err)
	}
	p.road = road
	var carrying sync.WaitGroup
	carrying.Go(func() {
		for {
			conn, err := road.Accept()
			if err != nil {
				return
			}
			carrying.Go(func() { carry(conn, strings.TrimPrefix(p.plane.URL(), "https://")) })
		}
	})
	p.Cleanup(func() {
		_ = road.Close()
		road.cut()
		carrying.Wait()
	})
}

// carry connects two ends until one of them closes.
func carry(client net.Conn, address string) {
	defer client.Close()
	server, err := net.Dial("tcp", address)
	if err != nil {
		return
	}
	defer server.Close()
	var back sync.WaitGroup
	back.Go(func() {
		_, _ = io.Copy(client, server)
		_ = client.Close()
	})
	_, _ = io.Copy(server, client)
	_ = server.Close()
	back.Wait()
}

// kubeconfig leads a user to the server, over the road if there is one.
func (p *place) kubeconfig(user string, login *clientcmdapi.AuthInfo) string {
	p.Helper()
	path := filepath.Join(p.TempDir(), "kubeconfig")
	if err := p.plane.WriteKubeconfig(path, user, p.namespace, login); err != nil {
		p.Fatal(err)
	}
	if p.road == nil {
		return path
	}
	config, err := clientcmd.LoadFromFile(path)
	if err != nil {
		p.Fatal(err)
	}
	for _, c := range config.Clusters {
		c.Server = "https://" + p.road.addr
	}
	if err := clientcmd.WriteToFile(*config, path); err != nil {
		p.Fatal(err)
	}
	return path
}

// watch starts a dogwatch of the reader, and returns it when it holds what the server has.
func (p *place) watch(change ...func(*Options)) *Dogwatch {
	p.Helper()
	options := Options{Types: []string{configMaps}, Namespace: p.namespace}
	for _, f := range change {
		f(&options)
	}
	if options.Kubeconfig == "" {
		options.Kubeconfig = p.kubeconfig(controlplane.Reader, &clientcmdapi.AuthInfo{Token: p.plane.Token(controlplane.Reader)})
	}
	d := Start(p.T, options)
	p.oracle.Converge(p, d, time.Now())
	return d
}

// startServer starts the API server again, unless it runs.
func (p *place) startServer() {
	p.Helper()
	if p.plane.Pids()["kube-apiserver"] != 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(p.Context()), Patience)
	defer cancel()
	if err := p.plane.StartAPIServer(ctx); err != nil {
		p.Error(err)
	}
}

// changeSome changes, replaces and creates objects, as many as there are.
func (p *place) changeSome() {
	p.Helper()
	for i := range objects {
		do := func(ctx context.Context) error { return p.change(ctx, i, fmt.Sprint(rand.Uint32())) }
		switch i % 4 {
		case 0:
			do = func(ctx context.Context) error { return p.replace(ctx, i) }
		case 1:
			do = func(ctx context.Context) error { return p.replace(ctx, i+objects) }
		}
		if err := do(p.Context()); err != nil {
			p.Fatal(err)
		}
	}
}

// tell writes what belongs into docs/reliability.md.
func (p *place) tell(noticed, truth time.Duration) {
	p.Logf("noticed after %v, true again after %v", noticed.Round(time.Millisecond), truth.Round(time.Millisecond))
}

// never fails the test if a watch has come into a state since a moment.
func (d *Dogwatch) never(resource string, from time.Time, what string, bad func(informers.State) bool) {
	d.tb.Helper()
	for _, t := range d.Log(resource, from) {
		if bad(t.State) {
			d.tb.Errorf("it was %s: %s", what, t)
		}
	}
}

func isPhase(phases ...informers.Phase) func(informers.State) bool {
	return func(s informers.State) bool {
		for _, p := range phases {
			if s.Phase == p {
				return true
			}
		}
		return false
	}
}

// dated checks that whatever a type's watch has shown since a moment was the present or had a date, and that the first date is from before
// a fact that ended the present, or the second in which that was known. There must have been such a date.
func (d *Dogwatch) dated(resource string, from, fact time.Time) {
	d.tb.Helper()
	dates := 0
	for _, t := range d.Log(resource, from) {
		switch {
		case t.Phase == informers.Live:
			continue
		case !isDated(t.State):
			d.tb.Errorf("its rows have no date: %s", t)
		case dates == 0 && t.LastHeard.After(heart.seconds(fact, 1)):
			d.tb.Errorf("its rows have the date %v, %v after they were the present: %s", t.LastHeard, t.LastHeard.Sub(fact), t)
		}
		dates++
	}
	if dates == 0 {
		d.tb.Error("it called itself live throughout")
	}
}

// isDated tells whether the rows of a watch that is not live carry a time.
func isDated(s informers.State) bool { return !s.LastHeard.IsZero() && s.Synced }
