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
	"time"

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
var stages []byte

//go:embed manifests
var manifests embed.FS

// Stages returns kwok's configuration.
func Stages() []byte { return stages }

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
	documents := yaml.NewYAMLOrJSONDecoder(file, 4096)
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
		if err := w.apply(ctx, &object); err != nil {
			return fmt.Errorf("%s %s: %w", object.GetKind(), object.GetName(), err)
		}
	}
}

// apply stores one object. A type that is not served yet gets some time: its definition came just before it.
func (w *Workload) apply(ctx context.Context, object *unstructured.Unstructured) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		mapping, err := w.mapper.RESTMapping(object.GroupVersionKind().GroupKind(), object.GroupVersionKind().Version)
		if err == nil {
			resource := w.dynamic.Resource(mapping.Resource).Namespace(object.GetNamespace())
			options := metav1.ApplyOptions{FieldManager: fieldManager, Force: true}
			_, err = resource.Apply(ctx, object.GetName(), object, options)
			return err
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
