package faults

import (
	"context"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/dogwatch/dogwatch/e2e/controlplane"
	"github.com/dogwatch/dogwatch/informers"
)

// The oracle itself: it must see what is wrong, or its silence proves nothing.
func TestOracleSeesEveryDifference(t *testing.T) {
	client, err := bare.Client()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"oracle-1", "oracle-2"} {
		configMap := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: name}}
		if _, err := client.CoreV1().ConfigMaps("default").Create(t.Context(), configMap, metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			_ = client.CoreV1().ConfigMaps("default").Delete(context.WithoutCancel(t.Context()), name, metav1.DeleteOptions{})
		})
	}
	kubeconfig, err := bare.Kubeconfig(controlplane.Reader, "")
	if err != nil {
		t.Fatal(err)
	}
	oracle, err := NewOracle(bare.RESTConfig(controlplane.Admin))
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	d := Start(t, Options{Kubeconfig: kubeconfig, Types: []string{"configmaps"}})
	oracle.Converge(t, d, began)
	w := d.Watch("configmaps")
	if got := d.AwaitPhase("configmaps", began, informers.Live); got.Resource != "configmaps" {
		t.Errorf("logged %s", got)
	}
	fresh, err := oracle.Rows(t.Context(), w)
	if err != nil {
		t.Fatal(err)
	}
	if len(fresh) < 2 {
		t.Fatalf("%d rows", len(fresh))
	}
	for what, change := range map[string]func(Rows){
		"1 rows are missing": func(rows Rows) {
			for key := range rows {
				if key.Name == "oracle-1" {
					delete(rows, key)
				}
			}
		},
		"1 too many": func(rows Rows) {
			for key, r := range rows {
				if key.Name == "oracle-1" {
					key.Name = "oracle-3"
					rows[key] = r
				}
			}
		},
		"1 different": func(rows Rows) {
			for key, r := range rows {
				if key.Name == "oracle-1" {
					r.version += "0"
					rows[key] = r
				}
			}
		},
	} {
		held := Held(w.Store())
		if err := held.Difference(fresh); err != nil {
			t.Fatalf("before: %v", err)
		}
		change(held)
		if err := held.Difference(fresh); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("want %q, got %v", what, err)
		}
	}
}
