package replay

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"go.uber.org/goleak"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/dynamic/dynamicinformer"
	"k8s.io/client-go/features"
	featurestesting "k8s.io/client-go/features/testing"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"

	"github.com/dogwatch/dogwatch/e2e/suite"
)

// client-go's informers, as anybody makes them, follow a replay: they hold what is served at a moment, what was played since,
// and after each change of place what is there. Typed ones and dynamic ones of a custom type; with streaming lists and without.
func TestInformersFollowTheReplay(t *testing.T) {
	for _, streaming := range []bool{true, false} {
		t.Run(fmt.Sprintf("%s=%v", features.WatchListClient, streaming), func(t *testing.T) {
			featurestesting.SetFeatureDuringTest(t, features.WatchListClient, streaming)
			defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
			t.Run("follow", followByInformers)
		})
	}
}

func followByInformers(t *testing.T) {
	replay := suite.Play(t, past.file, past.info.To)
	config := replay.Config()
	transport, err := rest.HTTPClientFor(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(transport.CloseIdleConnections)
	typed, err := kubernetes.NewForConfigAndClient(config, transport)
	if err != nil {
		t.Fatal(err)
	}
	untyped, err := dynamic.NewForConfigAndClient(config, transport)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	factory := informers.NewSharedInformerFactory(typed, 0)
	custom := dynamicinformer.NewDynamicSharedInformerFactory(untyped, 0)
	held := map[kind]cache.Store{
		kindOf("pods"):         factory.Core().V1().Pods().Informer().GetStore(),
		kindOf("configmaps"):   factory.Core().V1().ConfigMaps().Informer().GetStore(),
		kindOf("secrets"):      factory.Core().V1().Secrets().Informer().GetStore(),
		kindOf("deployments"):  factory.Apps().V1().Deployments().Informer().GetStore(),
		kindOf("certificates"): custom.ForResource(kindOf("certificates").GroupVersionResource).Informer().GetStore(),
	}
	factory.Start(ctx.Done())
	custom.Start(ctx.Done())
	var ending sync.WaitGroup
	defer ending.Wait()
	defer ending.Go(func() { <-ctx.Done(); factory.Shutdown(); custom.Shutdown() })
	defer cancel()

	agree := func(when string) {
		t.Helper()
		err := until(ctx, "the informers to hold what is served "+when, func(ctx context.Context) error {
			var errs []error
			for k, store := range held {
				errs = append(errs, holds(ctx, store, untyped, k))
			}
			return errors.Join(errs...)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	agree("at first")
	for k, store := range held {
		if len(store.ListKeys()) == 0 {
			t.Errorf("there are no %s at the end of the recording", k.arg())
		}
	}
	// Once only: client-go waits longer each time before it lists again.
	if err := replay.Seek(ctx, past.info.From); err != nil {
		t.Fatal(err)
	}
	agree("at the beginning")
	if err := errors.Join(replay.SetSpeed(ctx, 64), replay.SetPaused(ctx, false)); err != nil {
		t.Fatal(err)
	}
	err = until(ctx, "the end", func(context.Context) error {
		if now := replay.State(); !now.Paused {
			return fmt.Errorf("the replay is at %s", now.Now)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	agree("at the end")
	if err := holdsAll(held[kindOf("pods")], past.seen.histories[kindOf("pods").name()]); err != nil {
		t.Error(err)
	}
}

// holds returns nil if the informer's store has the versions of all objects that the server lists.
func holds(ctx context.Context, store cache.Store, client dynamic.Interface, k kind) error {
	list, err := client.Resource(k.GroupVersionResource).List(ctx, metav1.ListOptions{})
	if err != nil {
		return err
	}
	return holdsState(store, stateOf(list.Items))
}

// holdsAll returns nil if it has what the cluster had at the end.
func holdsAll(store cache.Store, h *history) error { return holdsState(store, h.at(h.len())) }

func holdsState(store cache.Store, want state) error {
	if n := len(store.ListKeys()); n != len(want) {
		return fmt.Errorf("it holds %d objects, want %d", n, len(want))
	}
	for key, o := range want {
		item, ok, err := store.GetByKey(key)
		if err != nil || !ok {
			return errors.Join(err, fmt.Errorf("it does not hold %s", key))
		}
		got, err := meta.Accessor(item)
		if err != nil {
			return err
		}
		if got.GetUID() != o.GetUID() || got.GetResourceVersion() != o.GetResourceVersion() {
			return fmt.Errorf("it holds %s at version %s, want %s", key, got.GetResourceVersion(), o.GetResourceVersion())
		}
	}
	return nil
}
