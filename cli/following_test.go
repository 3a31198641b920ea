package cli

import (
	"testing"

	"github.com/dogwatch/dogwatch/follow"
)

// The last line is short: it says which file, not where, and all of what is in the cluster.
func TestWhatIsSaidOfTheConfiguration(t *testing.T) {
	for _, c := range []struct {
		from, problem string
		good          uint64
		want          string
	}{
		{"/home/me/dogwatch/c.yaml", "/home/me/dogwatch/c.yaml:2: theme: no", 0, "c.yaml:2: theme: no"},
		{"/home/me/dogwatch/c.yaml", "/home/me/dogwatch/c.yaml: there is no such file", 1, "c.yaml: there is no such file: what it said before goes on"},
		{"configmap:ops/dogwatch", "configmap:ops/dogwatch: there is no such object", 0, "configmap:ops/dogwatch: there is no such object"},
		{"c.yaml", "", 2, ""},
	} {
		o, marks := &options{}, 0
		o.ConfigFrom = c.from
		f := &following{opts: o, mark: func() { marks++ }}
		state := follow.State{Problem: c.problem, Good: c.good}
		if f.take(state); f.Problem() != c.want || f.now() != state || marks != 1 {
			t.Errorf("%s: %q, wanted %q, with %d marks", c.problem, f.Problem(), c.want, marks)
		}
	}
}
