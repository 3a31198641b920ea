package recorded

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/dogwatch/dogwatch/demo"
	"github.com/dogwatch/dogwatch/replay/recording"
	"github.com/dogwatch/dogwatch/signals"
)

func openDemo(t *testing.T) *recording.Recording {
	t.Helper()
	rec, err := demo.Recording()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = rec.Close() })
	return rec
}

func builtin(t *testing.T) []*signals.Rule {
	t.Helper()
	rules, err := signals.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	return rules
}

// What the demo's story promises is told, and ends where the story mends it.
func TestBuiltinRulesTellTheDemosStory(t *testing.T) {
	var told []signals.Signal
	judge, err := Run(t.Context(), openDemo(t), Rules{Builtin: builtin(t)}, func(s signals.Signal) { told = append(told, s) })
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range judge.Faults() {
		t.Errorf("rule %s cannot be applied to %s %s (%d times): %v", f.Rule, f.Of.Type, f.Of.Key, f.Count, f.Err)
	}
	checkOrder(t, told)
	for _, want := range []struct {
		kind, workload string
		mended         bool
		text, edit, by string // parts of the message, the path of the edit before, and who made it
	}{
		{kind: "Rollout", workload: "eshop/catalog", mended: true, text: "shop/catalog:2.8.0"},
		{kind: "CrashLoop", workload: "payments/fraud-scoring", mended: true, text: "exit code 1", edit: "image", by: "kubectl-set"},
		{kind: "ImagePullFailing", workload: "eshop/checkout", mended: true, text: "shop/checkout:4.3.0", edit: "image", by: "argocd-controller"},
		{kind: "RolloutStuck", workload: "eshop/checkout", mended: true, text: "timed out progressing"},
		{kind: "OutOfMemory", workload: "eshop/recommendations", mended: true, text: "recommendations", edit: "image", by: "helm"},
		{kind: "JobFailed", workload: "eshop/import-prices", text: "BackoffLimitExceeded"},
		{kind: "NodeNotReady", workload: "node-3", mended: true, text: "Kubelet stopped posting"},
		{kind: "Scaled", workload: "eshop/catalog", mended: true, text: "from 4 to 6", edit: "spec.replicas", by: "kubectl-scale"},
		{kind: "ConfigChanged", workload: "eshop/web-settings", mended: true, text: "pods: web-"},
		{kind: "CannotStart", workload: "eshop/search", mended: true, text: "search-synonyms"},
		{kind: "Unschedulable", workload: "payments/invoice-archive", mended: true, text: "PersistentVolumeClaims"},
		{kind: "CreationRefused", workload: "payments/payments-api", mended: true, text: "webhook"},
		{kind: "DefinitionAdded", workload: "promotions.shop.example", mended: true},
		{kind: "DefinitionRemoved", workload: "promotions.shop.example", mended: true},
	} {
		found, mended := false, true
		open := map[string]bool{}
		for _, s := range told {
			if s.Type != want.kind || s.Workload.String() != want.workload || !strings.Contains(s.Message, want.text) {
				continue
			}
			if want.edit != "" && (s.Edit == nil || !strings.Contains(string(s.Edit.Path), want.edit) || !strings.Contains(s.Edit.By.Name, want.by)) {
				continue
			}
			found = true
			open[s.Fingerprint] = s.IsOpen()
		}
		for _, still := range open {
			mended = mended && !still
		}
		if !found || mended != want.mended {
			t.Errorf("%s of %s: told %v, all of it over %v; wanted %+v", want.kind, want.workload, found, mended, want)
		}
	}
}

// checkOrder checks that each signal opens before it is resolved, once, and that time never goes back.
func checkOrder(t *testing.T, told []signals.Signal) {
	t.Helper()
	open := map[string]bool{}
	var last signals.Signal
	for _, s := range told {
		at, before := s.Opened, last.Opened
		if !s.IsOpen() {
			at = s.Resolved
		}
		if !last.IsOpen() {
			before = last.Resolved
		}
		if at.Before(before) {
			t.Errorf("%s of %s is told before %s", s.Type, s.Subject.Key, last.Type)
		}
		last = s
		switch {
		case s.Moment:
		case s.IsOpen() == open[s.Fingerprint]:
			t.Errorf("%s of %s is told twice (open: %v)", s.Type, s.Subject.Key, s.IsOpen())
		default:
			open[s.Fingerprint] = s.IsOpen()
		}
	}
}

// A pod that crashes again and again is one signal until it is mended.
func TestCrashLoopIsOneSignal(t *testing.T) {
	opened := map[string]int{}
	_, err := Run(t.Context(), openDemo(t), Rules{Builtin: builtin(t)}, func(s signals.Signal) {
		if s.Type == "CrashLoop" && s.IsOpen() {
			opened[s.Subject.Name]++
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, n := range opened {
		if n != 1 {
			t.Errorf("%s: %d signals", name, n)
		}
	}
}

func TestRunIsTheSameEachTime(t *testing.T) {
	var runs [2][]string
	for i := range runs {
		_, err := Run(t.Context(), openDemo(t), Rules{Builtin: builtin(t)}, func(s signals.Signal) {
			runs[i] = append(runs[i], s.Fingerprint+s.Opened.String()+s.Resolved.String()+s.Message+s.Workload.Name)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if a, b := strings.Join(runs[0], "\n"), strings.Join(runs[1], "\n"); a != b {
		t.Errorf("%s\n\nand then\n\n%s", a, b)
	}
}

func TestRunStops(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Run(ctx, openDemo(t), Rules{Builtin: builtin(t)}, func(signals.Signal) { t.Error("it went on") }); !errors.Is(err, context.Canceled) {
		t.Errorf("it ended with %v", err)
	}
}
