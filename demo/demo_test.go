package demo

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dogwatch/dogwatch/replay/recording"
)

// promotions is the type that comes and goes.
const promotions recording.TypeName = "promotions.v1.shop.example"

// told is what the recording tells, in its order.
type told struct {
	// cells are the values that an object's column had, one after the other, by type, name and column.
	cells map[string][]string
	// columns are the heads of the promotions' columns each time that they changed; empty while they are not served.
	columns  [][]string
	managers map[string]bool
	first    time.Time
	early    int // changes in the first five seconds
}

func read(t *testing.T) *told {
	t.Helper()
	rec, err := Recording()
	if err != nil {
		t.Fatal(err)
	}
	story := &told{cells: map[string][]string{}, managers: map[string]bool{}, first: rec.Segments()[0].At}
	for _, s := range rec.Segments() {
		heads := story.declare(s.Types)
		err := s.Read(func(e *recording.Entry) error {
			if e.Kind == recording.Served {
				heads = story.declare(e.Types)
			}
			if e.Object == nil {
				return nil
			}
			if e.Kind != recording.Present && e.At.Sub(story.first) < 5*time.Second {
				story.early++
			}
			return story.hear(e, heads[e.Type])
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return story
}

// declare takes in the types that are served from now on, and gives the heads of their columns.
func (s *told) declare(types []recording.Type) map[recording.TypeName][]string {
	heads := map[recording.TypeName][]string{}
	for _, t := range types {
		for _, c := range t.Columns {
			heads[t.Name] = append(heads[t.Name], c.Name)
		}
	}
	if n := len(s.columns); n == 0 || !slices.Equal(s.columns[n-1], heads[promotions]) {
		s.columns = append(s.columns, heads[promotions])
	}
	return heads
}

func (s *told) hear(e *recording.Entry, heads []string) error {
	var object struct {
		Metadata struct {
			Name          string
			ManagedFields []struct{ Manager string }
		}
		Data map[string]string
	}
	if err := json.Unmarshal(e.Object, &object); err != nil {
		return err
	}
	for _, m := range object.Metadata.ManagedFields {
		s.managers[m.Manager] = true
	}
	if e.Type == "secrets.v1" {
		for key, value := range object.Data {
			if !strings.HasPrefix(value, "••••") {
				return fmt.Errorf("the secret %s tells its %s", object.Metadata.Name, key)
			}
		}
	}
	var cells []any
	if err := json.Unmarshal(e.Cells, &cells); err != nil {
		return err
	}
	if len(cells) != len(heads) {
		return fmt.Errorf("%d cells under %d columns: %s", len(cells), len(heads), e.Cells)
	}
	for i, head := range heads {
		key := strings.Join([]string{string(e.Type), object.Metadata.Name, head}, " ")
		value := fmt.Sprint(cells[i])
		if n := len(s.cells[key]); n == 0 || s.cells[key][n-1] != value {
			s.cells[key] = append(s.cells[key], value)
		}
	}
	return nil
}

// saw tells whether an object whose name begins with prefix had these values in a column, in this order, with any others
// in between.
func (s *told) saw(name recording.TypeName, prefix, column string, values ...string) bool {
	for key, had := range s.cells {
		fields := strings.SplitN(key, " ", 3)
		if fields[0] != string(name) || !strings.HasPrefix(fields[1], prefix) || fields[2] != column {
			continue
		}
		rest := values
		for _, v := range had {
			if len(rest) > 0 && v == rest[0] {
				rest = rest[1:]
			}
		}
		if len(rest) == 0 {
			return true
		}
	}
	return false
}

func TestWhatTheDemoPromisesHappens(t *testing.T) {
	story := read(t)
	for _, c := range []struct {
		what           string
		name           recording.TypeName
		prefix, column string
		values         []string
	}{
		{"a good release", "deployments.v1.apps", "web", "Up-to-date", []string{"8", "2", "8"}},
		{"a new pod", "pods.v1", "web-", "Status", []string{"ContainerCreating", "Running"}},
		{"an image that cannot be pulled", "pods.v1", "checkout-", "Status", []string{"ContainerCreating", "ErrImagePull", "ImagePullBackOff", "Terminating"}},
		{"a crash loop", "pods.v1", "fraud-scoring-", "Status", []string{"Running", "Error", "CrashLoopBackOff", "Running"}},
		{"a ConfigMap that is missing", "pods.v1", "search-", "Status", []string{"ContainerCreating", "CreateContainerConfigError", "Terminating"}},
		{"a release that waits for its ConfigMap", "deployments.v1.apps", "search", "Up-to-date", []string{"4", "2", "4"}},
		{"a claim that gets its volume late", "persistentvolumeclaims.v1", "invoice-archive", "Status", []string{"Pending", "Bound"}},
		{"a pod that waits for the claim", "pods.v1", "invoice-archive-", "Status", []string{"Pending", "ContainerCreating", "Running"}},
		{"a webhook that comes and lets nothing in", "validatingwebhookconfigurations.v1.admissionregistration.k8s.io", "image-policy", "Webhooks", []string{"1"}},
		{"a release that the webhook holds up", "deployments.v1.apps", "payments-api", "Up-to-date", []string{"4", "0", "4"}},
		{"too much memory", "pods.v1", "recommendations-", "Status", []string{"OOMKilled", "CrashLoopBackOff"}},
		{"a job that ends", "jobs.v1.batch", "ledger-reconcile", "Status", []string{"Running", "Complete"}},
		{"a job that fails", "jobs.v1.batch", "import-prices", "Status", []string{"Running", "Failed"}},
		{"a node that goes and comes back", "nodes.v1", "node-3", "Status", []string{"Ready", "NotReady", "Ready"}},
		{"an autoscaler that scales", "horizontalpodautoscalers.v2.autoscaling", "cart", "Replicas", []string{"3", "7", "3"}},
		{"what the autoscaler scales", "deployments.v1.apps", "cart", "Ready", []string{"3/3", "7/7", "3/3"}},
		{"a promotion that comes alive", promotions, "autumn-sale", "Phase", []string{"", "Active"}},
		{"a promotion that is used up", promotions, "vip-weekend", "Phase", []string{"Active", "Exhausted"}},
	} {
		if !story.saw(c.name, c.prefix, c.column, c.values...) {
			t.Errorf("%s: no %s of %s* in %s was %q", c.what, c.column, c.prefix, c.name, c.values)
		}
	}
	for _, manager := range []string{
		"argocd-controller", "helm", "kubectl-client-side-apply", "kubectl-edit", "kubectl-rollout", "kubectl-set",
		"kubectl-scale", "kubelet", "kube-controller-manager", "promotion-operator",
	} {
		if !story.managers[manager] {
			t.Errorf("%s changed nothing", manager)
		}
	}
	if story.early < 20 {
		t.Errorf("%d changes in the first five seconds: a newcomer sees a still picture", story.early)
	}
}

func TestPromotionsComeChangeAndGo(t *testing.T) {
	story := read(t)
	want := [][]string{
		nil,
		{"Name", "Code", "Discount", "Phase", "Age"},
		{"Name", "Code", "Discount", "Phase", "Redeemed", "Age"},
		nil,
	}
	if !slices.EqualFunc(want, story.columns, slices.Equal[[]string]) {
		t.Errorf("the promotions' columns were %q, want %q", story.columns, want)
	}
}

func TestRecordingIsWholeAndSmall(t *testing.T) {
	const most = 3 << 20
	if len(file) > most {
		t.Errorf("%d bytes, at most %d may be", len(file), most)
	}
	rec, err := Recording()
	if err != nil {
		t.Fatal(err)
	}
	info := rec.Info()
	if length := info.To.Sub(info.From); length < 3*time.Minute || length > 4*time.Minute {
		t.Errorf("it takes %s", length)
	}
	if len(rec.Problems()) > 0 || len(info.Broken) > 0 {
		t.Errorf("problems %q, broken %v", rec.Problems(), info.Broken)
	}
	for _, gap := range info.Gaps {
		if gap.Type != promotions {
			t.Errorf("a gap: %+v", gap)
		}
	}
	if info.Context != "shop-eu" {
		t.Errorf("the cluster is named %q", info.Context)
	}
}
