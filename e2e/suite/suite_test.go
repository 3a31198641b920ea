package suite

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestEverythingIsUndoneWhateverHappens(t *testing.T) {
	for name, c := range map[string]struct {
		setUpErr, endErr error
		testsCode        int
		want             int
		wantSteps        []string
	}{
		"all is well":    {want: 0, wantSteps: []string{"tests", "second", "first"}},
		"a test fails":   {testsCode: 3, want: 3, wantSteps: []string{"tests", "second", "first"}},
		"set-up fails":   {setUpErr: errors.New("no etcd"), want: 1, wantSteps: []string{"second", "first"}},
		"an ending does": {endErr: errors.New("it had ended"), want: 1, wantSteps: []string{"tests", "second", "first"}},
	} {
		t.Run(name, func(t *testing.T) {
			var steps []string
			step := func(name string, err error) func() error {
				return func() error { steps = append(steps, name); return err }
			}
			var stderr strings.Builder
			code := run(func() int { steps = append(steps, "tests"); return c.testsCode }, func(s *Suite) error {
				s.AtEnd(step("first", nil))
				s.AtEnd(step("second", c.endErr))
				return c.setUpErr
			}, &stderr)
			if code != c.want || !slices.Equal(steps, c.wantSteps) {
				t.Errorf("exit %d after %q, want %d after %q", code, steps, c.want, c.wantSteps)
			}
			if err := errors.Join(c.setUpErr, c.endErr); err != nil && !strings.Contains(stderr.String(), err.Error()) {
				t.Errorf("it printed %q, which does not say %q", stderr.String(), err)
			}
		})
	}
}
