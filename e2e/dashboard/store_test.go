package dashboard

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/dogwatch/dogwatch/e2e/controlplane"
	"github.com/dogwatch/dogwatch/e2e/faults"
	"github.com/dogwatch/dogwatch/e2e/workload"
	"github.com/dogwatch/dogwatch/informers"
)

const (
	manyPods = 3000
	// manyChanges is how many changes must have gone through the store before it is compared.
	manyChanges = 1500
	// churnPace is the pause between two changes of each of the churners.
	churnPace = 5 * time.Millisecond
)

// TestStoreEqualsFreshListAfterChurn watches thousands of pods that change from before the first list on. When
// they have come to rest the store holds what the server lists: the same keys, resource versions and cells. The
// workloads' own pods are left out: the server prints the time since a crash into their cells.
func TestStoreEqualsFreshListAfterChurn(t *testing.T) {
	load, err := workload.New(living.RESTConfig(controlplane.Admin))
	if err != nil {
		t.Fatal(err)
	}
	if err := load.Fill(t.Context(), manyPods); err != nil {
		t.Fatal(err)
	}
	stopChurn := churn(t, load)
	kubeconfig, err := living.Kubeconfig(controlplane.Reader, "")
	if err != nil {
		t.Fatal(err)
	}
	dogwatch := faults.Start(t, faults.Options{Kubeconfig: kubeconfig, Types: []string{"pods"}, LabelSelector: workload.FillLabel})
	dogwatch.AwaitPhase("pods", time.Time{}, informers.Live)
	pods := dogwatch.Watch("pods")
	countChanges(t, pods, manyChanges)
	stopChurn()

	oracle, err := faults.NewOracle(living.RESTConfig(controlplane.Admin))
	if err != nil {
		t.Fatal(err)
	}
	oracle.Converge(t, dogwatch, time.Now())
	if held := pods.Store().Len(); held < manyPods/2 {
		t.Errorf("only %d pods were compared", held)
	}
}

// churn changes the pods until the returned function is called.
func churn(t *testing.T, load *workload.Workload) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	var churning sync.WaitGroup
	for seed := range uint64(4) {
		churning.Go(func() {
			load.ChurnFill(ctx, manyPods, churnPace, seed, func(err error) { t.Errorf("churning: %v", err) })
		})
	}
	stop = func() {
		cancel()
		churning.Wait()
	}
	t.Cleanup(stop)
	return stop
}

// countChanges returns when so many changes have come after the first list.
func countChanges(t *testing.T, pods *informers.Watch, want int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	changes := pods.Subscribe(manyPods)
	defer changes.Close()
	for seen := 0; seen < want; {
		deltas, err := changes.Next(ctx)
		if err != nil {
			t.Fatalf("after %d changes: %v", seen, err)
		}
		for _, delta := range deltas {
			if !delta.Initial {
				seen++
			}
		}
	}
}
