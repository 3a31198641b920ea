package replay

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/dynamic"

	"github.com/dogwatch/dogwatch/e2e/controlplane"
	"github.com/dogwatch/dogwatch/e2e/suite"
	"github.com/dogwatch/dogwatch/e2e/workload"
	"github.com/dogwatch/dogwatch/replay/recording"
)

const (
	// moments is how many random instants are noted while the recording runs.
	moments = 25
	// seed decides what is changed and when the moments are.
	seed = 4
	// churnPace is the pause between two changes of the cluster.
	churnPace = 50 * time.Millisecond
	// storyLimit is how long all of it may take.
	storyLimit = 4 * time.Minute
)

// moment is the writing of the ConfigMap shop/moment. Before it the recorder cannot have known of it; after it the
// recording file has it.
type moment struct{ before, after time.Time }

// story is a recorded time of a cluster, which then stands still, and what others saw of that time.
type story struct {
	cluster *controlplane.ControlPlane
	program string
	dir     string
	file    string // the recording
	info    recording.Info
	seen    *observer
	moments []moment
	live    live
}

// live is what "kubectl get pods --watch" saw.
type live struct {
	since time.Time // before it began
	from  uint64    // all changes after this resource version came through its watch
	text  string
}

// tell has the cluster change while dogwatch records it and others watch, until nothing changes any more.
func tell(s *suite.Suite, cluster *controlplane.ControlPlane, program string) (*story, error) {
	dir, err := os.MkdirTemp("", "dogwatch-e2e-replay-")
	if err != nil {
		return nil, err
	}
	s.AtEnd(func() error { return os.RemoveAll(dir) })
	p := &story{cluster: cluster, program: program, dir: dir, file: filepath.Join(dir, "past.jsonl.zst")}
	ctx, cancel := context.WithTimeout(context.Background(), storyLimit)
	defer cancel()
	client, err := dynamic.NewForConfig(cluster.RESTConfig(controlplane.Admin))
	if err != nil {
		return nil, err
	}
	// As kubectl apply leaves it: with a copy of its values in an annotation.
	if err := cluster.Apply(ctx, appliedSecret); err != nil {
		return nil, err
	}
	if p.seen, err = observe(ctx, client); err != nil {
		return nil, err
	}
	err = errors.Join(p.record(ctx), p.seen.stop())
	if err != nil {
		return nil, err
	}
	rec, err := recording.OpenPath(p.file)
	if err != nil {
		return nil, err
	}
	defer rec.Close()
	p.info = rec.Info()
	return p, nil
}

const appliedSecret = `{"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "applied", "namespace": "shop"},
"stringData": {"token": "sesame", "empty": ""}}`

// record runs dogwatch record from before the churn until all is at rest and recorded.
func (p *story) record(ctx context.Context) error {
	kubeconfig, err := p.cluster.Kubeconfig(controlplane.Reader, "")
	if err != nil {
		return err
	}
	args := []string{"record", "-A", "-o", p.file, "--kubeconfig", kubeconfig}
	for _, k := range kinds() {
		args = append(args, k.arg())
	}
	recorder, err := start(ctx, os.Environ(), p.program, args...)
	if err != nil {
		return err
	}
	err = until(ctx, "the recording to begin", func(context.Context) error {
		return errors.Join(recorder.running(), p.begun())
	})
	if err == nil {
		err = p.happen(ctx)
	}
	if err == nil {
		err = until(ctx, "all to be recorded", func(context.Context) error {
			return errors.Join(recorder.running(), p.complete())
		})
	}
	if err != nil {
		return errors.Join(fmt.Errorf("%w\n%s", err, p.cluster.Tail(10)), recorder.end(syscall.SIGTERM))
	}
	return recorder.end(syscall.SIGTERM)
}

// happen has the cluster live, under the eyes of kubectl, and come to rest.
func (p *story) happen(ctx context.Context) error {
	load, err := workload.New(p.cluster.RESTConfig(controlplane.Admin))
	if err != nil {
		return err
	}
	churning, stop := context.WithCancel(ctx)
	var churn sync.WaitGroup
	var failures failures
	churn.Go(func() { load.Churn(churning, churnPace, seed, failures.add) })
	stopChurn := func() { stop(); churn.Wait() }
	defer stopChurn()
	watching, err := p.watchLive(ctx)
	if err != nil {
		return err
	}
	err = p.note(ctx)
	stopChurn()
	p.cluster.StopControllers()
	if err == nil {
		err = until(ctx, "the cluster to be at rest", p.seen.atRest)
	}
	if err == nil {
		err = until(ctx, "kubectl to see the last change", func(context.Context) error {
			p.live.text = watching.stdout.String()
			return reached(p.live.text, p.seen.histories[kindOf("pods").name()].newest())
		})
	}
	_ = watching.end(syscall.SIGTERM) // it would not end by itself, so it is killed by it
	return errors.Join(err, failures.err())
}

// watchLive starts "kubectl get pods --watch", and returns when its watch sees everything.
func (p *story) watchLive(ctx context.Context) (*process, error) {
	k, err := p.kubectl(p.dir)
	if err != nil {
		return nil, err
	}
	p.live.since = time.Now()
	watching, err := start(ctx, k.env(), k.program, watchPods()...)
	if err != nil {
		return nil, err
	}
	err = until(ctx, "kubectl to have listed", func(context.Context) error {
		if watching.stdout.String() == "" {
			return errors.Join(errors.New("it has printed nothing"), watching.running())
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	list, err := p.seen.client.Resource(kindOf("pods").GroupVersionResource).List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, err
	}
	p.live.from, err = strconv.ParseUint(list.GetResourceVersion(), 10, 64)
	return watching, err
}

// kubectl is the program that asks the cluster, with its cache below dir.
func (p *story) kubectl(dir string) (kubectl, error) {
	kubeconfig, err := p.cluster.Kubeconfig(controlplane.Admin, "")
	return kubectl{p.cluster.KubectlPath(), kubeconfig, filepath.Join(dir, "home")}, err
}

// note writes the moments, each after a random number of changes.
func (p *story) note(ctx context.Context) error {
	random := rand.New(rand.NewPCG(seed, 1))
	config := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": "moment", "namespace": "shop"},
	}}
	configs := p.seen.client.Resource(kindOf("configmaps").GroupVersionResource).Namespace("shop")
	for n := range moments {
		if n == moments/2 {
			if err := p.comeLate(ctx); err != nil {
				return err
			}
		}
		enough := p.seen.len() + 1 + random.IntN(60)
		err := until(ctx, "the cluster to change", func(context.Context) error {
			if seen := p.seen.len(); seen < enough {
				return fmt.Errorf("%d changes of %d", seen, enough)
			}
			return nil
		})
		if err != nil {
			return err
		}
		_ = unstructured.SetNestedField(config.Object, strconv.Itoa(n), "data", "n")
		m := moment{before: time.Now()}
		if _, err := configs.Apply(ctx, "moment", config, metav1.ApplyOptions{FieldManager: "moment"}); err != nil {
			return fmt.Errorf("writing a moment: %w", err)
		}
		if err := until(ctx, "the moment to be recorded", func(context.Context) error { return p.noted(n) }); err != nil {
			return err
		}
		m.after = time.Now()
		p.moments = append(p.moments, m)
	}
	return nil
}

// comeLate defines the type that comes late, and has objects of it come, change and go.
func (p *story) comeLate(ctx context.Context) error {
	if err := p.cluster.Apply(ctx, widgetDefinition); err != nil {
		return err
	}
	widgets := kindOf("widgets")
	err := until(ctx, "the type to be served", func(ctx context.Context) error {
		_, err := p.seen.client.Resource(widgets.GroupVersionResource).List(ctx, metav1.ListOptions{})
		return err
	})
	if err != nil {
		return err
	}
	if err := p.seen.begin(widgets); err != nil {
		return err
	}
	return errors.Join(
		p.cluster.Apply(ctx, fmt.Sprintf(widget, "red", 1)),
		p.cluster.Apply(ctx, fmt.Sprintf(widget, "green", 2)),
		p.cluster.Apply(ctx, fmt.Sprintf(widget, "blue", 3)),
		p.cluster.Apply(ctx, fmt.Sprintf(widget, "red", 4)),
		p.seen.client.Resource(widgets.GroupVersionResource).Namespace("shop").Delete(ctx, "green", metav1.DeleteOptions{}),
	)
}

const widgetDefinition = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {kind: Widget, listKind: WidgetList, plural: widgets, singular: widget, shortNames: [wd], categories: [all]}
  versions:
  - name: v1
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
    additionalPrinterColumns:
    - {name: Size, type: integer, jsonPath: .spec.size}
    - {name: Weight, type: number, jsonPath: .spec.weight}
    - {name: Glad, type: boolean, jsonPath: .spec.glad}
    - {name: Parts, type: string, jsonPath: .spec.parts, priority: 1}
    - {name: Seen, type: date, jsonPath: .spec.seen}
`

const widget = `{"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": %q, "namespace": "shop", "labels": {"app": "web"}},
"spec": {"size": %d, "weight": 1.50, "glad": true, "parts": [{"a": "<&>"}, 2], "seen": "2026-01-15T08:00:00Z", "huge": 12345678901234567}}`

// each gives all lines that the recording has so far.
func (p *story) each(f func(*recording.Line) error) error {
	rec, err := recording.OpenPath(p.file)
	if err != nil {
		return err
	}
	defer rec.Close()
	for _, s := range rec.Segments() {
		for line, err := range s.Lines() {
			if err != nil {
				break // more is being written
			}
			if err := f(line); err != nil {
				return err
			}
		}
	}
	return nil
}

// begun returns nil when all types are being recorded.
func (p *story) begun() error {
	live := map[recording.TypeName]bool{}
	err := p.each(func(line *recording.Line) error {
		if line.Kind != recording.Watch {
			return nil
		}
		e, err := line.Entry()
		if err == nil {
			live[e.Type] = e.Live
		}
		return err
	})
	for _, k := range kinds() {
		if err == nil && !live[k.name()] && !k.late {
			err = fmt.Errorf("%s is not recorded", k.arg())
		}
	}
	return err
}

// noted returns nil when the recording has the moment n.
func (p *story) noted(n int) error {
	last := ""
	err := p.each(func(line *recording.Line) error {
		if line.Type != kindOf("configmaps").name() || (line.Kind != recording.Added && line.Kind != recording.Modified) {
			return nil
		}
		object, err := objectOf(line)
		if err == nil && object.GetName() == "moment" {
			last, _, _ = unstructured.NestedString(object.Object, "data", "n")
		}
		return err
	})
	if err == nil && last != strconv.Itoa(n) {
		err = fmt.Errorf("it has moment %q, not %d", last, n)
	}
	return err
}

// complete returns nil when the recording has all that was seen.
func (p *story) complete() error {
	newest := map[recording.TypeName]uint64{}
	err := p.each(func(line *recording.Line) error {
		if !slices.Contains([]recording.Kind{recording.Present, recording.Added, recording.Modified, recording.Deleted}, line.Kind) {
			return nil
		}
		object, err := objectOf(line)
		if err == nil {
			newest[line.Type] = max(newest[line.Type], versionOf(object))
		}
		return err
	})
	for name, h := range p.seen.histories {
		if err == nil && newest[name] < h.newest() {
			err = fmt.Errorf("%s is recorded up to version %d, not %d", name, newest[name], h.newest())
		}
	}
	return err
}

func objectOf(line *recording.Line) (*unstructured.Unstructured, error) {
	e, err := line.Entry()
	if err != nil {
		return nil, err
	}
	object := &unstructured.Unstructured{}
	return object, object.UnmarshalJSON(e.Object)
}

// failures are errors of several goroutines.
type failures struct {
	mu  sync.Mutex
	all []error
}

func (f *failures) add(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.all = append(f.all, err)
}

func (f *failures) err() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return errors.Join(f.all...)
}
