package faults

import (
	"net/http/httptest"
	"testing"
	"time"

	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/dogwatch/dogwatch/e2e/controlplane"
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
	told := d.Await(configMaps, began, "other than live", isOtherThanLive)
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
	const user = controlplane.Nobody
	w := newWorld(t)
	err := bare.Grant(t.Context(), user, w.namespace,
		rbacv1.PolicyRule{Verbs: []string{"list", "watch"}, APIGroups: []string{""}, Resources: []string{secrets}})
	if err != nil {
		t.Fatal(err)
	}
	w.createSecret("before")
	d := w.watch(func(o *Options) {
		o.Kubeconfig, o.Types = w.proxy.Kubeconfig(bare.Token(user)), []string{secrets}
	})
	began := time.Now()
	w.proxy.swallow(true)
	w.createSecret("during")
	told := d.Await(secrets, began, "other than live", isOtherThanLive)
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
	w.eventually("streams that end, and more", func() bool { return w.asked(began) > 4 })
	d.never(configMaps, began, "not live though all is well", isOtherThanLive)
}

// TestDeadConnectionIsNoticedBesideOthersWithoutHTTP2 lets the packets of one connection vanish on such a path, which no question over
// another tells of.
func TestDeadConnectionIsNoticedBesideOthersWithoutHTTP2(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.proxy = NewProxy(t, bare.RESTConfig(controlplane.Admin), func(s *httptest.Server) { s.EnableHTTP2 = false })
	d := w.watch()
	w.eventually("streams that end", func() bool { return w.asked(time.Time{}) > 3 })
	var stream Request // the last
	for _, r := range w.proxy.Requests(time.Time{}) {
		if w.isOurs(r) {
			stream = r
		}
	}
	stopChurn := w.churn(9)
	began := time.Now()
	w.proxy.lose(stream.Client)
	told := d.Await(configMaps, began, "other than live", isOtherThanLive)
	if limit := heart.seconds(began, 30); told.At.After(limit) {
		t.Errorf("noticed after %v, with %v allowed: %s", told.At.Sub(began), limit.Sub(began), told)
	}
	ended := time.Now()
	stopChurn()
	took := w.oracle.Converge(t, d, ended)
	t.Logf("told of after %v, true again after %v", told.At.Sub(began).Round(time.Millisecond), took.Round(time.Millisecond))
}
