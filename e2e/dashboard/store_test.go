package dashboard

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/cli-runtime/pkg/genericclioptions"

	"github.com/dogwatch/dogwatch/cluster"
	"github.com/dogwatch/dogwatch/e2e/await"
	"github.com/dogwatch/dogwatch/e2e/controlplane"
	"github.com/dogwatch/dogwatch/e2e/workload"
	"github.com/dogwatch/dogwatch/informers"
	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/workspace"
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
	pods := watchPods(t)
	countChanges(t, pods, manyChanges)
	stopChurn()

	var difference error
	await.Success(t, patience, "the store to equal a fresh list", func(ctx context.Context) error {
		fresh, err := listPods(ctx)
		if err != nil {
			return errors.Join(err, difference)
		}
		difference = compare(fresh, held(pods.Store()))
		return difference
	})
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

// watchPods watches the pods of all namespaces as dogwatch does, and gives the watch when it is live.
func watchPods(t *testing.T) *informers.Watch {
	t.Helper()
	kubeconfig, err := living.Kubeconfig(controlplane.Reader, "")
	if err != nil {
		t.Fatal(err)
	}
	flags := genericclioptions.NewConfigFlags(false)
	flags.KubeConfig = &kubeconfig
	manager := informers.NewManager(t.Context(), informers.Options{})
	ws, err := workspace.New(t.Context(), workspace.Options{
		Open:          func(name string) (*cluster.Cluster, error) { return cluster.Open(flags, name, cluster.Options{}) },
		Manager:       manager,
		AllNamespaces: true,
		LabelSelector: workload.FillLabel,
		Changed:       func() {},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := ws.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Errorf("closing the workspace: %v", err)
		}
	})
	if _, err := ws.Open(workspace.Target{Types: []string{"pods"}}); err != nil {
		t.Fatal(err)
	}
	var pods *informers.Watch
	await.Success(t, patience, "the watch to be live", func(context.Context) error {
		watches := manager.Watches()
		if len(watches) != 1 {
			return fmt.Errorf("there are %d watches", len(watches))
		}
		pods = watches[0]
		if state := pods.State(); state.Phase != informers.Live {
			return fmt.Errorf("it is %v: %s", state.Phase, state.Reason)
		}
		return nil
	})
	return pods
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

// row is what is compared of an object.
type row struct {
	version string
	cells   string
}

func held(store *model.Store) map[model.Key]row {
	rows := map[model.Key]row{}
	store.Each(func(o *model.Object) bool {
		rows[o.Key] = row{o.ResourceVersion, fmt.Sprintf("%q", o.Cells)}
		return true
	})
	return rows
}

// listPods asks the server for the Table that kubectl prints.
func listPods(ctx context.Context) (map[model.Key]row, error) {
	client, err := living.Client()
	if err != nil {
		return nil, err
	}
	body, err := client.CoreV1().RESTClient().Get().AbsPath("/api/v1/pods").Param("labelSelector", workload.FillLabel).
		SetHeader("Accept", "application/json;as=Table;v=v1;g=meta.k8s.io").DoRaw(ctx)
	if err != nil {
		return nil, fmt.Errorf("listing pods: %w", err)
	}
	var table metav1.Table
	if err := json.Unmarshal(body, &table); err != nil {
		return nil, fmt.Errorf("reading the list of pods: %w", err)
	}
	rows := map[model.Key]row{}
	for _, r := range table.Rows {
		var object metav1.PartialObjectMetadata
		if err := json.Unmarshal(r.Object.Raw, &object); err != nil {
			return nil, fmt.Errorf("reading the list of pods: %w", err)
		}
		key := model.Key{Namespace: object.Namespace, Name: object.Name}
		rows[key] = row{object.ResourceVersion, fmt.Sprintf("%q", printed(table.ColumnDefinitions, r.Cells, &object))}
	}
	return rows, nil
}

// printed are a row's cells as the store keeps them: an age as the moment that it is counted from.
func printed(columns []metav1.TableColumnDefinition, cells []any, object metav1.Object) []string {
	texts := make([]string, len(cells))
	for i, cell := range cells {
		if cell != nil {
			texts[i] = fmt.Sprint(cell)
		}
		if columns[i].Name == "Age" {
			texts[i] = strconv.FormatInt(object.GetCreationTimestamp().Unix(), 10)
		}
	}
	return texts
}

// compare returns an error that counts the differences and shows one of each kind.
func compare(fresh, held map[model.Key]row) error {
	var missing, surplus, different int
	var example string
	for key, want := range fresh {
		got, ok := held[key]
		switch {
		case !ok:
			missing++
		case got != want:
			different++
			example = fmt.Sprintf("%s is %v and should be %v", key, got, want)
		}
	}
	for key := range held {
		if _, ok := fresh[key]; !ok {
			surplus++
		}
	}
	if missing+surplus+different == 0 {
		return nil
	}
	return fmt.Errorf("%d are missing, %d too many, %d different: %s", missing, surplus, different, example)
}
