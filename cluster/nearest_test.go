package cluster

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestNearest(t *testing.T) {
	names := []string{"pods", "podtemplates", "deployments", "services", "nodes", "ingresses", "poddisruptionbudgets"}
	tests := []struct {
		arg  string
		want []string
	}{
		{"pdos", []string{"pods"}},
		{"pod", []string{"pods", "podtemplates"}},
		{"deploymnet", []string{"deployments"}},
		{"DEPLOY", []string{"deployments"}},
		{"servcies", []string{"services"}},
		{"disrupt", []string{"poddisruptionbudgets"}},
		{"zebra", nil},
		{"", nil},
	}
	for _, test := range tests {
		if diff := cmp.Diff(test.want, Nearest(test.arg, names, 2)); diff != "" {
			t.Errorf("Nearest(%q): %s", test.arg, diff)
		}
	}
}

// A name of any length is compared only with those that may be near: who sends it may send megabytes.
func TestLongNamesAreNearNothing(t *testing.T) {
	long, names := strings.Repeat("x", 1<<20), []string{"pods", "deployments", "services"}
	if allocs := testing.AllocsPerRun(10, func() {
		if got := Nearest(long, names, 2); got != nil {
			t.Errorf("near are %v", got)
		}
	}); allocs > 0 {
		t.Errorf("edits are counted, in %v allocations", allocs)
	}
}

func TestEditDistance(t *testing.T) {
	tests := []struct {
		a, b string
		want int
	}{
		{"", "", 0},
		{"", "abc", 3},
		{"abc", "abc", 0},
		{"abc", "acb", 1},
		{"abc", "ab", 1},
		{"abc", "xbc", 1},
		{"kitten", "sitting", 3},
	}
	for _, test := range tests {
		if got := editDistance(test.a, test.b); got != test.want {
			t.Errorf("editDistance(%q, %q) = %d, want %d", test.a, test.b, got, test.want)
		}
		if got := editDistance(test.b, test.a); got != test.want {
			t.Errorf("editDistance(%q, %q) = %d, want %d", test.b, test.a, got, test.want)
		}
	}
}
