package apiserver_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/dynamic/dynamicinformer"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/tools/cache"

	"github.com/dogwatch/dogwatch/replay/apiserver"
	"github.com/dogwatch/dogwatch/replay/apiserver/sample"
)

// client-go's own informer is the strictest reader of a watch: here it must hold what the store holds, whichever way it lists.
func TestInformerFollowsTheStore(t *testing.T) {
	for _, streaming := range []bool{true, false} {
		t.Run(fmt.Sprintf("streaming=%v", streaming), func(t *testing.T) {
			w := start(t, 150, apiserver.Options{NoStreamingLists: !streaming})
			ctx, cancel := context.WithCancel(t.Context())
			informer := dynamicinformer.NewFilteredDynamicInformer(w.dynamic(), pods, "", 0, cache.Indexers{}, nil).Informer()
			var running sync.WaitGroup
			running.Go(func() { informer.RunWithContext(ctx) })
			defer running.Wait()
			defer cancel()
			if !cache.WaitForCacheSync(ctx.Done(), informer.HasSynced) {
				t.Fatal("never in sync")
			}
			if n := len(informer.GetStore().ListKeys()); n != 150 {
				t.Fatalf("%d pods after the list, want 150", n)
			}
			w.apply(pods, sample.Pod(150))
			w.delete(pods, "shop", "web-7c9d8f6b5d-00000")
			last := w.apply(pods, sample.Pod(5))
			w.ExpireWatches() // the informer has to list again
			final := w.apply(pods, sample.Pod(151))
			eventually(t, "the informer holds the store's pods", func() bool { return sameVersions(t, w, informer.GetStore()) })
			if last >= final {
				t.Errorf("versions %d, %d do not rise", last, final)
			}
			if got := usedStreaming(w); got != streaming {
				t.Errorf("streaming list used: %v, want %v", got, streaming)
			}
		})
	}
}

func sameVersions(t *testing.T, w *world, held cache.Store) bool {
	t.Helper()
	snapshot, err := w.st.Snapshot(pods, 0)
	if err != nil {
		t.Fatal(err)
	}
	objects := snapshot.Range("", "")
	if len(objects) != len(held.ListKeys()) {
		return false
	}
	for _, o := range objects {
		item, ok, err := held.GetByKey(o.Key())
		if err != nil || !ok {
			return false
		}
		m, err := meta.Accessor(item)
		if err != nil || m.GetResourceVersion() != fmt.Sprint(o.ResourceVersion) {
			return false
		}
	}
	return true
}

func usedStreaming(w *world) bool {
	for _, r := range w.Requests() {
		if r.Verb == "list" && r.Resource == pods {
			return false
		}
	}
	return true
}

func TestDynamicClientPages(t *testing.T) {
	w := start(t, 120, apiserver.Options{RequireToken: true})
	opts := metav1.ListOptions{Limit: 50}
	var names []string
	for pages := 1; ; pages++ {
		list, err := w.dynamic().Resource(pods).List(t.Context(), opts)
		if err != nil {
			t.Fatal(err)
		}
		for _, item := range list.Items {
			names = append(names, item.GetNamespace()+"/"+item.GetName())
		}
		if list.GetContinue() == "" {
			if pages != 3 || list.GetRemainingItemCount() != nil {
				t.Errorf("%d pages, want 3; remaining %v, want none", pages, list.GetRemainingItemCount())
			}
			break
		}
		if left := list.GetRemainingItemCount(); left == nil || int(*left) != 120-len(names) {
			t.Errorf("remaining %v after %d, want %d", left, len(names), 120-len(names))
		}
		opts.Continue = list.GetContinue()
	}
	if len(names) != 120 {
		t.Errorf("%d pods, want 120", len(names))
	}
}

func TestMetadataClient(t *testing.T) {
	w := start(t, 3, apiserver.Options{})
	client, err := metadata.NewForConfigAndClient(w.config, w.client)
	if err != nil {
		t.Fatal(err)
	}
	list, err := client.Resource(pods).List(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if len(list.Items) != 3 || list.Items[0].Labels["app"] == "" || list.Items[0].Kind != "PartialObjectMetadata" {
		t.Errorf("got %+v", list)
	}
	one, err := client.Resource(pods).Namespace("shop").Get(t.Context(), "web-7c9d8f6b5d-00000", metav1.GetOptions{})
	if err != nil || one.Name != "web-7c9d8f6b5d-00000" {
		t.Errorf("get: %v, %v", one, err)
	}
	watching, err := client.Resource(pods).Watch(t.Context(), metav1.ListOptions{ResourceVersion: list.ResourceVersion})
	if err != nil {
		t.Fatal(err)
	}
	defer watching.Stop()
	w.apply(pods, sample.Pod(9))
	if e := <-watching.ResultChan(); e.Type != "ADDED" || e.Object.(*metav1.PartialObjectMetadata).Name == "" {
		t.Errorf("event %v", e)
	}
}

func TestDiscoveryClient(t *testing.T) {
	for _, plain := range []bool{false, true} {
		t.Run(fmt.Sprintf("plain=%v", plain), func(t *testing.T) {
			w := start(t, 0, apiserver.Options{NoAggregatedDiscovery: plain})
			client, err := discovery.NewDiscoveryClientForConfigAndClient(w.config, w.client)
			if err != nil {
				t.Fatal(err)
			}
			version, err := client.ServerVersion()
			if err != nil || version.GitVersion != "v1.37.2" || version.Minor != "37" {
				t.Errorf("version %v, %v", version, err)
			}
			_, lists, err := client.ServerGroupsAndResources()
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range sample.Types() {
				if !discovered(lists, want.Resource, want.ShortNames[0]) {
					t.Errorf("%v is not discovered", want.Resource)
				}
			}
		})
	}
}

func discovered(lists []*metav1.APIResourceList, gvr schema.GroupVersionResource, short string) bool {
	for _, list := range lists {
		for _, r := range list.APIResources {
			if list.GroupVersion == gvr.GroupVersion().String() && r.Name == gvr.Resource && r.ShortNames[0] == short {
				return true
			}
		}
	}
	return false
}

// An aggregated API whose server is down hides itself and nothing else.
func TestDiscoveryOfAGroupThatIsDown(t *testing.T) {
	for _, plain := range []bool{false, true} {
		t.Run(fmt.Sprintf("plain=%v", plain), func(t *testing.T) {
			w := start(t, 0, apiserver.Options{NoAggregatedDiscovery: plain})
			w.st.SetDown(gauges.GroupVersion(), true)
			client, err := discovery.NewDiscoveryClientForConfigAndClient(w.config, w.client)
			if err != nil {
				t.Fatal(err)
			}
			_, lists, err := client.ServerGroupsAndResources()
			var failed *discovery.ErrGroupDiscoveryFailed
			if !errors.As(err, &failed) || len(failed.Groups) != 1 || failed.Groups[gauges.GroupVersion()] == nil {
				t.Errorf("error %v, want one about %v", err, gauges.GroupVersion())
			}
			if !discovered(lists, pods, "po") {
				t.Error("pods are hidden")
			}
			if _, err := w.dynamic().Resource(gauges).List(t.Context(), metav1.ListOptions{}); err == nil {
				t.Error("listed a type whose server is down")
			}
		})
	}
}
