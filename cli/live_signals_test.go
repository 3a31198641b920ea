package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/dogwatch/dogwatch/model/signal"
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
	if err := l.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
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

func TestARecordingHasNoFurtherTypes(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	l := newLiveSignals(nil, true, true, func() {})
	if _, err := l.ToggleTypes(); err == nil {
		t.Error("what was not recorded is watched")
	}
}
