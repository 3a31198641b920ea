package replay

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/watch"

	"github.com/dogwatch/dogwatch/e2e/suite"
	"github.com/dogwatch/dogwatch/replay/playback"
)

// TestKubectlWatchesWhatItSawLive plays the recording under "kubectl get pods --watch": it prints the same as one that ran
// while it was recorded. Both list first, the replay's at an earlier moment; so what is compared is each event after the
// resource version from which the live one's watch told everything: its type and the whole object, in the order in which
// those of one object came. Nothing may be missing, and a watch that ends would fail the test: kubectl ends with it.
func TestKubectlWatchesWhatItSawLive(t *testing.T) {
	replay := suite.Play(t, past.file, past.live.since)
	k := kubectl{past.cluster.KubectlPath(), replay.Kubeconfig(t), t.TempDir()}
	watching, err := start(context.Background(), k.env(), k.program, watchPods()...)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = watching.end(syscall.SIGKILL) }()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	err = until(ctx, "kubectl to watch", func(context.Context) error {
		if replay.Server.OpenWatches()[kindOf("pods").GroupVersionResource] == 0 {
			return errors.Join(errors.New("no watch is open"), watching.running())
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(replay.SetSpeed(ctx, playback.MaxSpeed), replay.SetPaused(ctx, false)); err != nil {
		t.Fatal(err)
	}
	last := past.seen.histories[kindOf("pods").name()].newest()
	err = until(ctx, "kubectl to see the last change", func(context.Context) error {
		return errors.Join(watching.running(), reached(watching.stdout.String(), last))
	})
	if err != nil {
		t.Fatal(err)
	}
	want, got := sequences(t, past.live.text), sequences(t, watching.stdout.String())
	if len(want) < 5 {
		t.Errorf("only %d pods changed", len(want))
	}
	if !reflect.DeepEqual(want, got) {
		t.Errorf("kubectl saw of the replay:\n%s", cmp.Diff(want, got))
	}
}

// sequences are the events of each pod after the live watch was complete, each as "TYPE object".
func sequences(t *testing.T, text string) map[string][]string {
	t.Helper()
	all, err := events(text)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string][]string{}
	for _, c := range all {
		if versionOf(c.object) > past.live.from {
			key := keyOf(c.object)
			seen[key] = append(seen[key], string(c.event)+" "+jsonOf(c.object))
		}
	}
	return seen
}

// watchPods are kubectl's arguments for watching all pods.
func watchPods() []string {
	return []string{"get", "pods", "-A", "--watch", "--output-watch-events", "-o", "json", "--show-managed-fields"}
}

// events reads what kubectl prints with these arguments, as far as it is printed.
func events(text string) ([]change, error) {
	var all []change
	in := json.NewDecoder(strings.NewReader(text))
	for {
		var e struct {
			Type   watch.EventType
			Object map[string]any
		}
		err := in.Decode(&e)
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return all, nil
		}
		if err != nil {
			return nil, fmt.Errorf("reading what kubectl watched: %w", err)
		}
		all = append(all, change{e.Type, &unstructured.Unstructured{Object: e.Object}})
	}
}

// reached returns nil if kubectl has printed this resource version or a later one.
func reached(text string, version uint64) error {
	all, err := events(text)
	if err != nil {
		return err
	}
	for _, c := range all {
		if versionOf(c.object) >= version {
			return nil
		}
	}
	return fmt.Errorf("%d events, none with resource version %d", len(all), version)
}
