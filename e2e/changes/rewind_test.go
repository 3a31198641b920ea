package changes

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"reflect"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/dogwatch/dogwatch/e2e/await"
	"github.com/dogwatch/dogwatch/e2e/faults"
	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/timeline"
	"github.com/dogwatch/dogwatch/workspace"
)

const (
	// seedEnv gives the seed again that a test has printed.
	seedEnv = "DOGWATCH_CHANGES_SEED"
	// instants is to how many moments the test goes, and enough how many changes there are to be.
	instants, enough = 40, 400
	churnPace        = 25 * time.Millisecond
)

// observed are the types that are rewound, with what an independent client asks for them.
func observed() map[string]string {
	return map[string]string{
		"pods": "/api/v1/pods", "configmaps": "/api/v1/configmaps", "events": "/api/v1/events",
		"deployments": "/apis/apps/v1/deployments", "replicasets": "/apis/apps/v1/replicasets", "jobs": "/apis/batch/v1/jobs",
	}
}

// At random instants the past shows exactly what an independent client saw: the same objects in the same versions, with the same cells
// and the same JSON. The instants are those of changes, so that no two clocks are compared.
//
// Each change of each type must be remembered by itself, in the order in which that client saw them, which is the server's. At
// an instant each type must be as it was for that client after as many changes as are remembered by then.
func TestRewindShowsWhatAnotherClientSaw(t *testing.T) {
	seed := rand.Uint64()
	if text := os.Getenv(seedEnv); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%s=%d", seedEnv, seed)
	if err := load.Apply(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	observers, types := map[string]*observer{}, []string{}
	for name, path := range observed() {
		observers[name], types = observe(t, path), append(types, name)
	}
	w := watch(t, types...)
	live := time.Now()
	stopChurn := churn(t, seed)
	await.Success(t, patience, "enough changes", func(context.Context) error {
		if n := w.history.Len(); n < enough {
			return fmt.Errorf("%d changes are remembered", n)
		}
		return nil
	})
	past, err := w.Workspace.BeginRewind(t.Context()) // the watches and the churn go on
	if err != nil {
		t.Fatal(err)
	}
	records := w.records(0)
	stopChurn()
	for past.State().End.Before(records[len(records)-1].At) {
		records = records[:len(records)-1] // they came behind the cut
	}
	for _, gap := range past.State().Gaps {
		if gap.To.After(live) { // its watch was live before the history heard of it
			live = gap.To
		}
	}
	records = slices.DeleteFunc(records, func(r timeline.Record) bool { return r.At.Before(live) }) // not all types were known by then
	if len(records) < enough/2 {
		t.Fatalf("only %d changes came while all types were known", len(records))
	}
	p := &pasts{watching: w, observers: observers, records: records, equal: map[string]bool{}}
	p.align()
	random := rand.New(rand.NewPCG(seed, 0))
	for range instants {
		at := records[random.IntN(len(records))].At
		if err := past.Seek(t.Context(), at); err != nil {
			t.Fatal(err)
		}
		p.compare(at)
	}
	if merged := w.Workspace.Snapshot().History.Merged; merged > 0 {
		t.Errorf("%d changes were merged", merged)
	}
	t.Logf("%d instants over %d changes of %d types", instants, len(records), len(types))
}

// churn changes the cluster until it is stopped.
func churn(t *testing.T, seed uint64) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	var churning sync.WaitGroup
	churning.Go(func() { load.Churn(ctx, churnPace, seed, func(err error) { t.Errorf("churning: %v", err) }) })
	stop = func() { cancel(); churning.Wait() }
	t.Cleanup(stop)
	return stop
}

// pasts compares the past with what was seen.
type pasts struct {
	*watching
	observers map[string]*observer
	records   []timeline.Record
	// skipped are how many events of each type were seen before the first that is remembered.
	skipped map[string]int
	equal   map[string]bool // texts that were found to be what was seen, behind their UID and version
}

func (p *pasts) typeOf(r *timeline.Record) string {
	source, _ := p.history.Source(r.Source)
	return source.GVR.Resource
}

// align finds what is remembered among what was seen. From the first on, all must be there, in order.
func (p *pasts) align() {
	p.skipped = map[string]int{}
	ids := map[string][]string{}
	for i := range p.records {
		r := &p.records[i]
		s := sight{deleted: r.Type == model.Deleted}
		s.object.UID, s.object.ResourceVersion = r.UID, r.New
		ids[p.typeOf(r)] = append(ids[p.typeOf(r)], s.id())
	}
	for name, o := range p.observers {
		await.Success(p.t, patience, name+" to be seen as they are remembered", func(context.Context) error {
			sights, err := o.seen()
			if err != nil {
				p.t.Fatal(err)
			}
			var seen []string
			for i := range sights {
				seen = append(seen, sights[i].id())
			}
			p.skipped[name], err = find(seen, ids[name])
			return err
		})
	}
}

// find tells behind how many of all the others come, one after the other.
func find(all, others []string) (int, error) {
	if len(others) == 0 {
		return len(all), nil
	}
	for skipped := range all {
		if all[skipped] != others[0] {
			continue
		}
		for i, other := range others {
			if skipped+i >= len(all) {
				return 0, fmt.Errorf("only %d of %d are seen by now", i, len(others))
			}
			if all[skipped+i] != other {
				return 0, fmt.Errorf("%s was seen as change %d, %s is remembered", all[skipped+i], i, other)
			}
		}
		return skipped, nil
	}
	return 0, fmt.Errorf("%s was not seen", others[0])
}

// compare waits until the tabs show what was seen at an instant, and compares the JSON.
func (p *pasts) compare(at time.Time) {
	p.t.Helper()
	counts := map[string]int{}
	behind := false
	for i := range p.records {
		r := &p.records[i]
		if behind = behind || r.At.After(at); !r.At.After(at) {
			if behind {
				return // watches told of these in another order than that of their times: it may be shown as before or behind
			}
			counts[p.typeOf(r)]++
		}
	}
	for _, tab := range p.Workspace.Snapshot().Tabs {
		name := tab.Target.Types[0]
		rows, bodies, err := p.observers[name].state(p.skipped[name] + counts[name])
		if err != nil {
			p.t.Fatal(err)
		}
		var objects []*model.Object
		await.Success(p.t, patience, fmt.Sprintf("%s to be as they were after %d changes", name, counts[name]), func(context.Context) error {
			objects = shown(tab)
			got := faults.Rows{}
			for _, o := range objects {
				got.Hold(o)
			}
			return got.Difference(rows)
		})
		for _, o := range objects {
			if err := p.sameBody(o, bodies[o.Key]); err != nil {
				p.t.Errorf("%s after %d changes: %v", name, counts[name], err)
			}
		}
	}
}

func shown(tab workspace.Tab) []*model.Object {
	var objects []*model.Object
	for _, row := range tab.View.Window(0, 1<<20).Rows {
		if row.Mark != model.Gone {
			objects = append(objects, row.Object)
		}
	}
	return objects
}

// sameBody returns nil if an object is what was seen, but for managedFields.
func (p *pasts) sameBody(o *model.Object, seen []byte) error {
	text, err := o.JSON()
	if err != nil {
		return err
	}
	id := string(o.UID) + " " + o.ResourceVersion + " " + string(text)
	if p.equal[id] {
		return nil
	}
	var got, want map[string]any
	if err := json.Unmarshal(text, &got); err != nil {
		return err
	}
	if err := json.Unmarshal(seen, &want); err != nil {
		return err
	}
	if metadata, ok := want["metadata"].(map[string]any); ok {
		delete(metadata, "managedFields")
	}
	if !reflect.DeepEqual(got, want) {
		return fmt.Errorf("%s is\n%s\nand was\n%s", o.Key, text, seen)
	}
	p.equal[id] = true
	return nil
}
