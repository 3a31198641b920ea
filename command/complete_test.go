package command

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/dogwatch/dogwatch/workspace"
)

func names() Candidates {
	return Candidates{
		Types: []workspace.TypeChoice{
			{Name: "pods", Kind: "Pod", ShortNames: []string{"po"}, Watched: true},
			{Name: "podtemplates", Kind: "PodTemplate"},
			{Name: "poddisruptionbudgets", Group: "policy", Kind: "PodDisruptionBudget", ShortNames: []string{"pdb"}},
			{Name: "services", Kind: "Service", ShortNames: []string{"svc"}, Watched: true},
			{Name: "services", Group: "serving.knative.dev", Kind: "Service", ShortNames: []string{"kservice"}},
			{Name: "namespaces", Kind: "Namespace", ShortNames: []string{"ns"}},
		},
		Namespaces: []string{"default", "kube-system", "shop"},
		Contexts:   []string{"kind-dev", "prod-eu", "prod-us"},
	}
}

func TestCompleteOffersWhatMayStandAtTheCursor(t *testing.T) {
	for _, tt := range []struct {
		line string // the cursor stands at |
		want string // the line with the first candidate in place
		all  string // all candidates
	}{
		{"po|", "pods", "pods podtemplates poddisruptionbudgets"},
		{"pdb|", "poddisruptionbudgets", "poddisruptionbudgets"},
		{"po,serv|", "po,services", "services services.serving.knative.dev"},
		{"po, serv|", "po, services", "services services.serving.knative.dev"},
		{"qu|", "quit", "quit"},
		{"po kube|", "po kube-system", "kube-system"},
		{"po |", "po all", "all default kube-system shop"},
		{"po shop |", "", ""},
		{"po /web sh|", "po /web shop", "shop"},
		{"po @prod|", "po @prod-eu", "prod-eu prod-us"},
		{"po @prod| shop", "po @prod-eu shop", "prod-eu prod-us"},
		{"po -n |", "po -n all", "all default kube-system shop"},
		{"po -|", "po -n", "-n -A -l --field-selector --context"},
		{"ns |", "ns all", "all default kube-system shop"},
		{"ns s|", "ns shop", "shop kube-system"},
		{"ctx kind|", "ctx kind-dev", "kind-dev"},
		{"drop |", "drop pods", "pods services"},
		{"drop po,|", "drop po,pods", "pods services"},
		{"why po|", "why pods", "pods podtemplates poddisruptionbudgets"},
		{"why po web |", "", ""},
		{"why po web -|", "why po web -n", "-n --namespace"},
		{"why po web -n |", "why po web -n default", "default kube-system shop"},
		{"why -n shop svc|", "why -n shop services", "services"},
		{"quit |", "", ""},
		{"po app=x |", "po app=x all", "all default kube-system shop"},
		{"ku| shop", "", ""},
	} {
		cursor := strings.IndexByte(tt.line, '|')
		line := tt.line[:cursor] + tt.line[cursor+1:]
		got := Complete(line, cursor, names())
		var all []string
		for _, c := range got.Candidates {
			all = append(all, c.Text)
		}
		if want := strings.Fields(tt.all); !slices.Equal(all, want) {
			t.Errorf("Complete(%q) offers %q, want %q", tt.line, all, want)
			continue
		}
		if len(all) == 0 {
			continue
		}
		if done := line[:got.Start] + all[0] + line[got.End:]; done != tt.want {
			t.Errorf("Complete(%q) makes %q, want %q", tt.line, done, tt.want)
		}
	}
}

func TestCompleteIsBounded(t *testing.T) {
	c := names()
	for range 1000 {
		c.Namespaces = append(c.Namespaces, "team")
	}
	if got := len(Complete("ns team", 7, c).Candidates); got != maxCandidates {
		t.Errorf("got %d candidates, want %d", got, maxCandidates)
	}
}

func TestCompleteKeepsTheLikeliestOfMany(t *testing.T) {
	c := Candidates{}
	for i := range 1000 {
		c.Namespaces = append(c.Namespaces, fmt.Sprintf("a-shop-%03d", i))
	}
	c.Namespaces = append(c.Namespaces, "shop", "shop-eu")
	got := Complete("ns SHOP", 7, c).Candidates
	if len(got) != maxCandidates {
		t.Fatalf("got %d candidates, want %d", len(got), maxCandidates)
	}
	for i, want := range []string{"shop", "shop-eu", "a-shop-000", "a-shop-001"} {
		if got[i].Text != want {
			t.Errorf("candidate %d is %s, want %s", i, got[i].Text, want)
		}
	}
}

// What is kept, and so what is allocated, must not grow with the cluster.
func TestCompleteAllocatesTheSameForMany(t *testing.T) {
	allocates := func(n int) float64 {
		c := Candidates{}
		for i := range n {
			c.Namespaces = append(c.Namespaces, fmt.Sprintf("team-%05d", i))
		}
		return testing.AllocsPerRun(5, func() { Complete("ns eam", 6, c) })
	}
	if few, many := allocates(100), allocates(20000); many > few {
		t.Errorf("%v allocations for 20000 namespaces, %v for 100", many, few)
	}
}
