package faults

import (
	"net/http/httptest"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/dogwatch/dogwatch/e2e/controlplane"
	"github.com/dogwatch/dogwatch/informers"
)

// TestDeadConnectionIsNoticedWithoutHTTP2 lets packets vanish behind a proxy that speaks HTTP/1.1 only, where connections cannot be
// asked for signs of life: 25 s later the server has not answered a question of its own.
func TestDeadConnectionIsNoticedWithoutHTTP2(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.proxy = NewProxy(t, bare.RESTConfig(controlplane.Admin), func(s *httptest.Server) { s.EnableHTTP2 = false })
	d := w.watch()
	stopChurn := w.churn(8)
	w.proxy.swallow(true)
	began := time.Now()
	told := d.Await(configMaps, began, "other than live", func(s informers.State) bool { return s.Phase != informers.Live })
	if limit := heart.seconds(began, 30); told.At.After(limit) {
		t.Errorf("noticed after %v, with %v allowed: %s", told.At.Sub(began), limit.Sub(began), told)
	}
	w.eventually("further failures", func() bool { return d.count(configMaps, began, retrying("")) >= 2 })
	ended := time.Now()
	w.neverLive(d, told.At, ended)
	w.proxy.swallow(false)
	stopChurn()
	took := w.oracle.Converge(t, d, ended)
	t.Logf("told of after %v, true again after %v", told.At.Sub(began).Round(time.Millisecond), took.Round(time.Millisecond))
}

// TestDeadConnectionOfSecretsAloneIsNoticed lets packets vanish while only Secrets are watched, by a user who may watch nothing else:
// their connection speaks HTTP/1.1, and there is no other that HTTP/2 would ask for signs of life.
func TestDeadConnectionOfSecretsAloneIsNoticed(t *testing.T) {
	t.Parallel()
	const user, secrets = controlplane.Nobody, "secrets"
	w := newWorld(t)
	err := bare.Grant(t.Context(), user, w.namespace,
		rbacv1.PolicyRule{Verbs: []string{"list", "watch"}, APIGroups: []string{""}, Resources: []string{secrets}})
	if err != nil {
		t.Fatal(err)
	}
	create := func(name string) {
		secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: name}, StringData: map[string]string{"key": "value"}}
		if _, err := w.client.CoreV1().Secrets(w.namespace).Create(t.Context(), secret, metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	create("before")
	d := w.watch(func(o *Options) {
		o.Kubeconfig, o.Types = w.proxy.Kubeconfig(bare.Token(user)), []string{secrets}
	})
	began := time.Now()
	w.proxy.swallow(true)
	create("during")
	told := d.Await(secrets, began, "other than live", func(s informers.State) bool { return s.Phase != informers.Live })
	if limit := heart.seconds(began, 30); told.At.After(limit) {
		t.Errorf("noticed after %v, with %v allowed: %s", told.At.Sub(began), limit.Sub(began), told)
	}
	ended := time.Now()
	w.proxy.swallow(false)
	took := w.oracle.Converge(t, d, ended)
	t.Logf("told of after %v, true again after %v", told.At.Sub(began).Round(time.Millisecond), took.Round(time.Millisecond))
}

// TestQuietConnectionIsKeptWithoutHTTP2 lets nothing happen on such a connection for longer than a dead one is given.
func TestQuietConnectionIsKeptWithoutHTTP2(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.proxy = NewProxy(t, bare.RESTConfig(controlplane.Admin), func(s *httptest.Server) { s.EnableHTTP2 = false })
	d := w.watch()
	began := time.Now()
	pinged := func() int {
		n := 0
		for _, r := range w.proxy.Requests(began) {
			if r.Path == "/version" {
				n++
			}
		}
		return n
	}
	w.eventually("two questions for a sign of life", func() bool { return pinged() >= 2 })
	d.never(configMaps, began, "not live though all is well", func(s informers.State) bool { return s.Phase != informers.Live })
}
