package faults

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"k8s.io/client-go/rest"

	"github.com/dogwatch/dogwatch/replay/apiserver"
	"github.com/dogwatch/dogwatch/replay/apiserver/sample"
)

// TestListOf200000 watches a type with 200,000 small objects, and has all listed once more when the server has forgotten its
// history. The server is one in this process: a real one would take long to be filled.
func TestListOf200000(t *testing.T) {
	if !isLong() {
		t.Skip("takes long: make faults")
	}
	const many = 200_000
	st, err := sample.Store(0)
	if err != nil {
		t.Fatal(err)
	}
	gauges := sample.Gauges().Resource
	for i := range many {
		if _, err := st.Apply(gauges, sample.Gauge("many", fmt.Sprintf("gauge-%d", i), i)); err != nil {
			t.Fatal(err)
		}
	}
	server := apiserver.New(st, apiserver.Options{})
	if err := server.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	content, err := server.Kubeconfig("large")
	if err != nil {
		t.Fatal(err)
	}
	kubeconfig := filepath.Join(t.TempDir(), "kubeconfig")
	if err := os.WriteFile(kubeconfig, content, 0o600); err != nil {
		t.Fatal(err)
	}
	access := server.Access()
	oracle, err := NewOracle(&rest.Config{
		Host: access.Host, BearerToken: access.Token, TLSClientConfig: rest.TLSClientConfig{CAData: access.CA}, QPS: -1,
	})
	if err != nil {
		t.Fatal(err)
	}
	oracle.patience = 10 * time.Minute // it reads 400 pages itself
	began := time.Now()
	d := Start(t, Options{Kubeconfig: kubeconfig, Types: []string{"gauges"}})
	first := oracle.Converge(t, d, began)
	if n := d.Watch("gauges").Store().Len(); n < many {
		t.Fatalf("%d objects", n)
	}
	st.Expire()
	server.DropConnections()
	began = time.Now()
	if _, err := st.Apply(gauges, sample.Gauge("many", "gauge-1", 7)); err != nil {
		t.Fatal(err)
	}
	t.Logf("true after %v, and again after %v", first.Round(time.Millisecond), oracle.Converge(t, d, began).Round(time.Millisecond))
}
