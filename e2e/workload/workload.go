// Package workload fills a test cluster with what real clusters hold: nodes, deployments, jobs, custom
// resources, trouble of the usual kinds; and keeps it moving. kwok plays the nodes by the stages given here.
//
// No container runs anywhere. What a pod's life looks like is decided by its label [BehaviourLabel];
// stages.yaml describes the behaviours.
package workload

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/restmapper"
)

// BehaviourLabel is the label by which stages.yaml decides what becomes of a pod.
const BehaviourLabel = "e2e.dogwatch.dev/behaviour"

// fieldManager is the owner, in managedFields, of what [Workload.Apply] creates.
const fieldManager = "dogwatch-e2e"

//go:embed stages.yaml
var stages string

//go:embed manifests
var manifests embed.FS

// state is what stages.yaml calls STATE.
const state = `(.status.containerStatuses[0].state.waiting.reason // .status.containerStatuses[0].state.terminated.reason // .status.phase // "")`

// Stages returns kwok's configuration, by which [BehaviourLabel] decides.
func Stages() []byte { return StagesBy(`(.metadata.labels["` + BehaviourLabel + `"] // "usual")`) }

// StagesBy returns kwok's configuration, by which a jq expression decides what becomes of a pod. It yields one of the
// behaviours that stages.yaml describes, for any pod, and has no single quote in it.
func StagesBy(behaviour string) []byte {
	return []byte(strings.NewReplacer(`'BEHAVIOUR + " " + STATE'`, "'"+behaviour+` + " " + `+state+"'",
		"BEHAVIOUR ==", behaviour+" ==", "STATE ==", state+" ==").Replace(stages))
}

// Workload creates and changes objects in one cluster. Its methods may be called from any goroutine.
type Workload struct {
	client  kubernetes.Interface
	dynamic dynamic.Interface
	mapper  *restmapper.DeferredDiscoveryRESTMapper
}

// New returns a Workload that acts with the rights of config, which should be everything's.
func New(config *rest.Config) (*Workload, error) {
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("connecting the workload: %w", err)
	}
	dynamic, err := dynamic.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("connecting the workload: %w", err)
	}
	mapper := restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(client.Discovery()))
	return &Workload{client: client, dynamic: dynamic, mapper: mapper}, nil
}

// Apply creates the nodes and all that is in manifests/. It returns when the objects are stored; what the
// controllers and kwok make of them follows in the next seconds.
func (w *Workload) Apply(ctx context.Context, nodes int) error {
	if err := w.CreateNodes(ctx, nodes); err != nil {
		return err
	}
	files, err := fs.Glob(manifests, "manifests/*.yaml")
	if err != nil {
		return err
	}
	for _, file := range files {
		if err := w.applyFile(ctx, file); err != nil {
			return fmt.Errorf("applying %s: %w", file, err)
		}
	}
	return nil
}

func (w *Workload) applyFile(ctx context.Context, name string) error {
	file, err := manifests.Open(name)
	if err != nil {
		return err
	}
	defer file.Close()
	return w.each(ctx, file, func(ctx context.Context, resource dynamic.ResourceInterface, object *unstructured.Unstructured) error {
		_, err := resource.Apply(ctx, object.GetName(), object, metav1.ApplyOptions{FieldManager: fieldManager, Force: true})
		return err
	})
}

// Create creates the objects of a manifest (YAML documents), owned by a field manager. An object that exists already
// stays as it is.
func (w *Workload) Create(ctx context.Context, manifest io.Reader, manager string) error {
	return w.each(ctx, manifest, func(ctx context.Context, resource dynamic.ResourceInterface, object *unstructured.Unstructured) error {
		_, err := resource.Create(ctx, object, metav1.CreateOptions{FieldManager: manager})
		if apierrors.IsAlreadyExists(err) {
			return nil
		}
		return err
	})
}

// storeFunc stores one object in its resource.
type storeFunc func(context.Context, dynamic.ResourceInterface, *unstructured.Unstructured) error

func (w *Workload) each(ctx context.Context, manifest io.Reader, store storeFunc) error {
	documents := yaml.NewYAMLOrJSONDecoder(manifest, 4096)
	for {
		var object unstructured.Unstructured
		if err := documents.Decode(&object.Object); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if len(object.Object) == 0 {
			continue
		}
		if err := w.put(ctx, &object, store); err != nil {
			return fmt.Errorf("%s %s: %w", object.GetKind(), object.GetName(), err)
		}
	}
}

// put stores one object. A type that is not served yet gets some time: its definition came just before it.
func (w *Workload) put(ctx context.Context, object *unstructured.Unstructured, store storeFunc) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		mapping, err := w.mapper.RESTMapping(object.GroupVersionKind().GroupKind(), object.GroupVersionKind().Version)
		if err == nil {
			return store(ctx, w.dynamic.Resource(mapping.Resource).Namespace(object.GetNamespace()), object)
		}
		if !meta.IsNoMatchError(err) {
			return err
		}
		select {
		case <-tick.C:
			w.mapper.Reset()
		case <-ctx.Done():
			return errors.Join(err, context.Cause(ctx))
		}
	}
}
