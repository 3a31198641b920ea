package faults

import (
	"net/http/httptest"
	"testing"
	"time"

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
