package changes

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dogwatch/dogwatch/e2e/await"
	"github.com/dogwatch/dogwatch/e2e/controlplane"
	"github.com/dogwatch/dogwatch/e2e/faults"
	"github.com/dogwatch/dogwatch/e2e/suite"
	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/timeline"
	"github.com/dogwatch/dogwatch/model/versions"
	"github.com/dogwatch/dogwatch/replay/recording"
)

const (
	// stuck is a pod that no node can take.
	stuck = `{apiVersion: v1, kind: Pod, metadata: {name: stuck}, spec: {nodeSelector: {zone: nowhere}, containers: [{name: stuck, image: "stuck:1"}]}}`
	// replaySpeed is how many times as fast as it happened a recording is played.
	replaySpeed = 8
)

// recordedTypes are those that are recorded, and watched live and in the recording.
func recordedTypes() []string { return []string{"deployments", "replicasets", "pods", "configmaps"} }

// A recording tells what was told live, played or opened at its end: the same changes of the same fields by the same managers, the same problems, the same relations.
func TestARecordingTellsWhatWasToldLive(t *testing.T) {
	live := watch(t, recordedTypes()...)
	file := filepath.Join(t.TempDir(), "past.jsonl.zst")
	stop := record(t, file)
	_, since := live.history.Range()
	kubectl(t, deployment("rolling-recorded", "1", "web:1"), "", "create", "-f", "-")
	kubectl(t, "", "", "rollout", "status", "deployment/rolling-recorded")
	kubectl(t, stuck, "", "create", "-f", "-")
	kubectl(t, "", "", "set", "image", "deployment/rolling-recorded", "web=web:2")
	kubectl(t, "", "", "rollout", "status", "deployment/rolling-recorded")
	for _, of := range []string{"replicasets", "deployments"} {
		kubectl(t, "", "", "wait", "--for=jsonpath={.status.terminatingReplicas}=0", of, "--all", "--timeout=60s")
	}
	await.Success(t, patience, "the rollout and the trouble to be told", func(context.Context) error {
		if len(live.troubles()) == 0 {
			return fmt.Errorf("there is no trouble")
		}
		wanted := []string{
			"pods/rolling-*-*-* deleted", `deployments/rolling-* status.conditions[Progressing].reason: "ReplicaSetUpdated" -> "NewReplicaSetAvailable" by kube-controller-manager, Update status`,
		}
		const terminating = "deployments/rolling-* status.terminatingReplicas: %s by kube-controller-manager, Update status"
		if live.among(since, []string{fmt.Sprintf(terminating, "0 -> 1")}) == nil { // else it was over before the controller looked
			wanted = append(wanted, fmt.Sprintf(terminating, "1 -> 0")) // the last that comes of it
		}
		return live.among(since, wanted)
	})
	want := live.toldOf(since)
	troubles, relations := live.troubles(), live.relations()
	await.Success(t, patience, "all to be recorded", func(context.Context) error { return isRecorded(file, live.records(since)) })
	stop()

	opened := open(t, file, time.Now()) // which is behind the end, where nothing is played
	await.Success(t, patience, "the recording that is opened at its end to tell the same", func(context.Context) error {
		if diff := cmp.Diff(want, opened.toldOf(0)); diff != "" {
			return fmt.Errorf("changes (-live +recorded):\n%s", diff)
		}
		return nil
	})
	replayed, play := replay(t, file)
	play()
	await.Success(t, patience, "the recording to tell the same", func(context.Context) error {
		if diff := cmp.Diff(want, replayed.toldOf(0)); diff != "" {
			return fmt.Errorf("changes (-live +recorded):\n%s", diff)
		}
		if diff := cmp.Diff(troubles, replayed.troubles()); diff != "" {
			return fmt.Errorf("problems (-live +recorded):\n%s", diff)
		}
		return nil
	})
	if diff := cmp.Diff(relations, replayed.relations()); diff != "" {
		t.Errorf("relations (-live +recorded):\n%s", diff)
	}
	t.Logf("%d types, problems %q, relations %q", len(want), troubles, relations)
}

// record runs dogwatch record, and returns when all types are being recorded.
func record(t *testing.T, file string) (stop func()) {
	t.Helper()
	kubeconfig, err := cluster.Kubeconfig(controlplane.Reader, "")
	if err != nil {
		t.Fatal(err)
	}
	recorder := exec.CommandContext(t.Context(), program, append([]string{"record", "-A", "-o", file, "--kubeconfig", kubeconfig}, recordedTypes()...)...)
	recorder.Env = []string{"HOME=" + t.TempDir()}
	if err := recorder.Start(); err != nil {
		t.Fatal(err)
	}
	await.Success(t, patience, "the recording to begin", func(context.Context) error {
		begun := map[recording.TypeName]bool{}
		err := eachLine(file, func(line *recording.Line) error {
			if line.Kind != recording.Watch {
				return nil
			}
			e, err := line.Entry()
			if err == nil && e.Live {
				begun[e.Type] = true
			}
			return err
		})
		if err == nil && len(begun) < len(recordedTypes()) {
			err = fmt.Errorf("only %d types are recorded", len(begun))
		}
		return err
	})
	return func() {
		_ = recorder.Process.Signal(syscall.SIGTERM)
		_ = recorder.Wait() // it ends with the signal's code
	}
}

// eachLine reads what is written by now.
func eachLine(file string, f func(*recording.Line) error) error {
	rec, err := recording.OpenPath(file)
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

// isRecorded returns nil if each version that is remembered is in the recording.
func isRecorded(file string, records []timeline.Record) error {
	var text strings.Builder
	err := eachLine(file, func(line *recording.Line) error {
		e, err := line.Entry()
		text.Write(e.Object)
		return err
	})
	for _, r := range records {
		if err == nil && !strings.Contains(text.String(), `"resourceVersion":"`+r.New+`"`) && r.Type != model.Deleted {
			err = fmt.Errorf("version %s of %s is not recorded", r.New, r.Key)
		}
	}
	return err
}

// replay watches a recording, which stands still at its beginning until play is called.
func replay(t *testing.T, file string) (w *watching, play func()) {
	t.Helper()
	p := suite.Play(t, file, time.Time{})
	w = watchWith(t, faults.Options{Kubeconfig: p.Kubeconfig(t), Types: recordedTypes(), Past: p.Player})
	return w, func() {
		if err := p.SetSpeed(t.Context(), replaySpeed); err != nil {
			t.Fatal(err)
		}
		if err := p.SetPaused(t.Context(), false); err != nil {
			t.Fatal(err)
		}
	}
}

// open watches a recording that stands still at a moment.
func open(t *testing.T, file string, at time.Time) *watching {
	t.Helper()
	p := suite.Play(t, file, at)
	return watchWith(t, faults.Options{Kubeconfig: p.Kubeconfig(t), Types: recordedTypes(), Past: p.Player})
}

// toldOf are the lines of the test's own objects, by type, each in order.
func (w *watching) toldOf(since uint64) map[string][]string {
	told := map[string][]string{}
	for _, r := range w.records(since) {
		source, _ := w.history.Source(r.Source)
		if strings.HasPrefix(r.Key.Name, "rolling-recorded") || r.Key.Name == "stuck" {
			told[source.GVR.Resource] = append(told[source.GVR.Resource], w.lines(&r)...)
		}
	}
	return told
}

// troubles are what is told of the pod that is stuck.
func (w *watching) troubles() []string {
	var all []string
	for _, p := range w.Workspace.Problems().Window(0, 1000).Problems {
		if p.Name == "stuck" {
			all = append(all, fmt.Sprintf("%s %s since %s: %s: %s", p.Kind, p.Key, p.Since.UTC(), p.Reason, p.Message))
		}
	}
	return all
}

// relations are what the Deployment relates to, of the types that are recorded.
func (w *watching) relations() []string {
	w.t.Helper()
	id := w.Watch("deployments").Identity()
	of := versions.Object{Cluster: id.Cluster, GVR: id.GVR, Key: model.Key{Namespace: "default", Name: "rolling-recorded"}}
	relations, err := w.Workspace.WatchRelations(of, "Deployment")
	if err != nil {
		w.t.Fatal(err)
	}
	defer relations.Close()
	var all []string
	await.Success(w.t, patience, "the relations to reach the pod", func(context.Context) error {
		tree, err := relations.Read()
		all = nil
		for _, r := range tree {
			if slices.Contains(recordedTypes(), r.ID.Type.Resource) {
				all = append(all, fmt.Sprintf("%d %s %s %d", r.Depth, r.ID.Type, r.ID.Name, r.Presence))
			}
		}
		if err == nil && len(all) < 4 { // itself, two ReplicaSets and a Pod
			err = fmt.Errorf("they are only %q", all)
		}
		return err
	})
	return all
}
