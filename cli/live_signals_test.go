package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/klog/v2"

	"github.com/dogwatch/dogwatch/logbuffer"
	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/relation"
	"github.com/dogwatch/dogwatch/model/signal"
	"github.com/dogwatch/dogwatch/replay/apiserver"
	"github.com/dogwatch/dogwatch/state"
)

// sayer makes a program that says some lines, as dogwatch-signals does, and then listens until its input ends.
func sayer(t *testing.T, lines ...string) string {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("there is no shell")
	}
	path := filepath.Join(t.TempDir(), "sayer")
	script := "#!/bin/sh\n"
	for _, line := range lines {
		script += "echo '" + line + "'\n"
	}
	if err := os.WriteFile(path, []byte(script+"exec cat >/dev/null\n"), 0o700); err != nil { //nolint:gosec // it is to be run
		t.Fatal(err)
	}
	return path
}

// The types that the user's rules are about are watched with them, those of the other rules when that is asked for, and none any more at the end.
func TestTypesOfRulesAreWatchedWhileTheyAreApplied(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	b := newLiveBench(t)
	l := newLiveSignals(nil, false, false, func() {})
	l.use(b.live.ws)
	l.find = func() (string, error) {
		return sayer(t, `{"wanted":{"own":["deployments.apps","pod"],"builtin":["nodes","gone.acme.io"]}}`, `{"fault":{"rule":"limit","error":"it asks who makes the request"}}`), nil
	}
	watched := func() string {
		var names []string
		for _, w := range b.live.ws.Watches() {
			names = append(names, w.Resource.GVR.Resource)
		}
		slices.Sort(names)
		return strings.Join(names, " ")
	}
	await := func(want string) {
		t.Helper()
		eventually(t, "watches of "+want, func() bool { return watched() == want }, watched)
	}
	l.Start(t.Context())
	await("deployments pods")
	eventually(t, "the fault", func() bool { return len(l.State().Faults) == 1 }, func() string { return fmt.Sprintf("%+v", l.State()) })
	eventually(t, "what is not served", func() bool { return slices.Equal(l.State().Unserved, []string{"pod (pods?)"}) }, func() string { return fmt.Sprintf("%+v", l.State()) })
	if got := l.State().Unwatched; !slices.Equal(got, []string{"nodes", "gone.acme.io"}) {
		t.Errorf("it says that %q are not watched", got)
	}
	for _, want := range []string{"deployments nodes pods", "deployments pods"} {
		if _, err := l.ToggleTypes(); err != nil {
			t.Fatal(err)
		}
		await(want)
		if all := strings.Contains(want, "nodes"); all != (len(l.State().Unwatched) == 0) {
			t.Errorf("with %s it says that %q are not watched", want, l.State().Unwatched)
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	l.close(ctx)
	await("pods")
}

// What may not be watched is logged, each type once, so that all of them can be read somewhere; and it is told that there is nothing to see.
func TestTypesOfRulesThatMayNotBeWatchedAreLogged(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	logged := capturedLog(t)
	b := newLiveBenchOf(t, apiserver.Options{Policy: func(_, _ string, r schema.GroupVersionResource, _ string) bool { return r.Resource != "nodes" }})
	l := newLiveSignals(nil, false, true, func() {})
	l.use(b.live.ws)
	l.find = func() (string, error) {
		return sayer(t, `{"wanted":{"own":["gone.acme.io"],"builtin":["nodes"]}}`), nil
	}
	l.Start(t.Context())
	for _, line := range []string{"signals: you may not watch nodes: rules tell nothing of that", "signals: there is no type gone.acme.io"} {
		eventually(t, line, func() bool { l.mark(); return strings.Contains(logged(), line) }, logged)
	}
	if l.State().SeesNothing {
		t.Error("it sees nothing, and pods are watched")
	}
	b.live.ws.CloseTab(b.live.ws.Snapshot().Tabs[0].ID)
	eventually(t, "nothing to see", func() bool { return l.State().SeesNothing }, func() string { return fmt.Sprintf("%+v", l.State()) })
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	l.close(ctx)
	if n := strings.Count(logged(), "may not watch nodes"); n != 1 {
		t.Errorf("it is logged %d times:\n%s", n, logged())
	}
}

// capturedLog gives what is logged in the test.
func capturedLog(t *testing.T) func() string {
	t.Helper()
	before := klog.CaptureState()
	t.Cleanup(before.Restore)
	log := logbuffer.New(1000, 1<<20, func() {})
	klog.LogToStderr(false)
	klog.SetOutput(io.Discard)
	klog.SetOutputBySeverity("INFO", log) // which has those of all others, too
	return func() string {
		klog.Flush()
		first, end := log.Range()
		return strings.Join(log.Lines(first, int(end-first)), "\n")
	}
}

// One that is muted with its rule is not muted by itself, too, which nobody would see.
func TestWhatIsMutedWithItsRuleIsSaid(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	l := newLiveSignals(nil, true, true, func() {})
	s := &signal.Signal{Fingerprint: "f", Rule: "r"}
	muting := func(rule bool, want signal.Muting, wrong string) {
		t.Helper()
		_, err := l.Mute(s, rule)
		if got := l.muting(s); got != want || (err == nil) != (wrong == "") || err != nil && err.Error() != wrong {
			t.Errorf("it is %d (%v), want %d (%s)", got, err, want, wrong)
		}
	}
	muting(true, signal.MutedByRule, "")
	muting(false, signal.MutedByRule, "all signals of the rule r are muted: unmute the rule")
	muting(true, signal.NotMuted, "")
	muting(false, signal.MutedItself, "")
	muting(false, signal.NotMuted, "")
}

// What is muted is so in one cluster, signals and rules alike. Rules that were muted everywhere, as they were once, stay so until they are unmuted.
func TestWhatIsMutedIsOfItsCluster(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	l := newLiveSignals(nil, true, true, func() {})
	s := &signal.Signal{Fingerprint: "f", Rule: "r", Type: "Evicted", Subject: signal.Subject{ID: relation.ID{Key: model.Key{Namespace: "shop", Name: "a\x1b[2J"}}}}
	mute := func(rule bool, want string) {
		t.Helper()
		if said, err := l.Mute(s, rule); err != nil || said != want {
			t.Errorf("it says %q, %v; want %q", said, err, want)
		}
	}
	in := func(context string, want signal.Muting) {
		t.Helper()
		if l.of = context; l.muting(s) != want {
			t.Errorf("in %s it is %d, want %d", context, l.muting(s), want)
		}
	}
	for rule, how := range map[bool]signal.Muting{false: signal.MutedItself, true: signal.MutedByRule} {
		name := map[bool]string{false: "Evicted of shop/a␛[2J", true: "all signals of the rule r"}[rule]
		l.of = "test"
		mute(rule, "muted: "+name)
		in("prod", signal.NotMuted)
		in("test", how)
		mute(rule, "no longer muted: "+name)
	}
	if err := l.mutes.Set(state.Mute{Rule: "r"}, true); err != nil {
		t.Fatal(err)
	}
	in("prod", signal.MutedByRule)
	in("test", signal.MutedByRule)
	mute(true, "no longer muted: all signals of the rule r")
	in("prod", signal.NotMuted)
}

func TestARecordingHasNoFurtherTypes(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	l := newLiveSignals(nil, true, true, func() {})
	if _, err := l.ToggleTypes(); err == nil {
		t.Error("what was not recorded is watched")
	}
}
