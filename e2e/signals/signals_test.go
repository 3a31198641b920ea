package signals

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dogwatch/dogwatch/e2e/await"
	"github.com/dogwatch/dogwatch/signals"
)

// Each rule that dogwatch comes with opens once where it should, and is over once when that is mended.
func TestBuiltinRulesOnARealControlPlane(t *testing.T) {
	j := judge(t, faster)
	covered := map[string]bool{}
	var running sync.WaitGroup
	places := make(chan struct{}, 8) // each runs kubectl, and mostly waits
	for _, s := range stories() {
		var alike []innocent
		if !covered[s.rule] { // made twice at once it would be in two states
			alike = innocents()[s.rule]
		}
		covered[s.rule] = true
		running.Go(func() {
			places <- struct{}{}
			defer func() { <-places }()
			t.Run(s.rule, func(t *testing.T) { s.happen(t, j, alike) })
		})
	}
	running.Wait()
	// Each of them was told once, whatever happened to the others meanwhile.
	for _, s := range stories() {
		opened, over, last := j.of(s.rule, s.object)
		t.Logf("%s: %s", s.rule, last)
		for fingerprint, n := range opened {
			if n != 1 || over[fingerprint] != 1 {
				t.Errorf("%s of %s opened %d times and was over %d times: %s", s.rule, s.object, n, over[fingerprint], last)
			}
		}
	}
	for rule, all := range innocents() {
		for _, one := range all {
			if opened, _, last := j.of(rule, one.object); len(opened) > 0 {
				t.Errorf("%s tells of %s, which is well: %s", rule, one.object, last)
			}
		}
	}
	for _, wrong := range j.faults() {
		t.Error(wrong)
	}
	all, err := signals.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range all {
		if !covered[r.Name] {
			t.Errorf("nothing tests %s", r.Name)
		}
	}
}

// happen makes the trouble and mends it, and waits for both to be told. What only looks alike comes first.
func (s *story) happen(t *testing.T, j *judged, alike []innocent) {
	for _, one := range alike {
		for _, step := range one.make {
			do(t, step)
		}
	}
	for _, step := range s.make {
		do(t, step)
	}
	await.Success(t, patience, "the signal to open", func(context.Context) error {
		if opened, _, _ := j.of(s.rule, s.object); len(opened) == 0 {
			return errors.New("it did not")
		}
		return nil
	})
	for _, step := range s.mend {
		do(t, step)
	}
	await.Success(t, patience, "the signal to be over", func(context.Context) error {
		opened, over, last := j.of(s.rule, s.object)
		if len(over) < len(opened) {
			return fmt.Errorf("opened are %v, over %v: %s", opened, over, last)
		}
		return nil
	})
}

// A cluster in which all is well, and much goes on, raises no alarm. $DOGWATCH_HEALTHY says for how long; the long job does it for ten minutes.
func TestAHealthyBusyClusterRaisesNoAlarm(t *testing.T) {
	length := 20 * time.Second
	if asked := os.Getenv("DOGWATCH_HEALTHY"); asked != "" {
		var err error
		if length, err = time.ParseDuration(asked); err != nil {
			t.Fatal(err)
		}
	}
	do(t, shop())
	for _, name := range []string{"web", "catalog", "cart"} {
		do(t, "--namespace=shop rollout status deployment/"+name)
	}
	j := judge(t, 1)
	ctx, cancel := context.WithTimeout(t.Context(), length)
	defer cancel()
	var churn sync.WaitGroup
	churn.Go(func() {
		load.Churn(ctx, 200*time.Millisecond, 7, func(err error) { t.Log(err) })
	})
	churn.Wait()
	await.Success(t, patience, "signs of what went on", func(context.Context) error {
		if opened, _, _ := j.of("scaled", "shop/"); len(opened) == 0 {
			return errors.New("nothing was scaled, as far as is told")
		}
		return nil
	})
	for _, alarm := range j.alarms("shop/") {
		t.Error(alarm)
	}
	t.Logf("%d signals in %v", j.count(), length)
}

// do applies a manifest, or runs a command line of kubectl whose last argument may be JSON behind " -- ".
func do(t *testing.T, step string) {
	t.Helper()
	if strings.HasPrefix(step, "{") {
		await.Success(t, patience, "the manifest to be taken", func(ctx context.Context) error { return cluster.Apply(ctx, step) })
		return
	}
	line, patch, _ := strings.Cut(step, " -- ")
	args := strings.Fields(line)
	if patch != "" {
		args = append(args, "--type=merge", "-p", patch)
	}
	await.Success(t, patience, "kubectl "+step, func(ctx context.Context) error {
		_, err := cluster.Kubectl(ctx, args...)
		return err
	})
}
