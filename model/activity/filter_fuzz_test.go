package activity_test

import (
	"strings"
	"testing"

	"github.com/dogwatch/dogwatch/model/activity"
)

// FuzzParseFilter: what a user types is either refused or, typed once more, the same filter.
func FuzzParseFilter(f *testing.F) {
	for _, text := range []string{"type:po,deploy ns:shop obj:api by:kubelet path:image", "!", "!by:x type:", "TYPE:Pods,,x", "a:b ::", "\x1b[31m \u202e \xff", "ns:!x"} {
		f.Add(text)
	}
	aliases := map[string]string{"po": "pods"}
	f.Fuzz(func(t *testing.T, text string) {
		filter, err := activity.ParseFilter(text, aliases)
		if err != nil {
			if strings.TrimSpace(text) == "" {
				t.Errorf("nothing is refused: %v", err)
			}
			return
		}
		again, err := activity.ParseFilter(filter.String(), aliases)
		if err != nil || again.String() != filter.String() || again.IsZero() != filter.IsZero() {
			t.Errorf("%q is read as %q, and that as %q, %v", text, filter, again, err)
		}
	})
}
