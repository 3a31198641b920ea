package playback

import (
	"testing"
	"time"
)

func TestGap(t *testing.T) {
	at := func(second int64) time.Time { return time.Unix(second, 0) }
	s := State{Gaps: []Gap{
		{From: at(1), To: at(9), Type: "pods.v1"},
		{From: at(2), To: at(8), Type: "nodes.v1"},
		{From: at(5), To: at(7)},
	}}
	for second, want := range map[int64]string{0: "none", 1: "pods.v1", 4: "pods.v1", 5: "", 7: "pods.v1", 9: "none"} {
		s.Now = at(second)
		got, ok := s.Gap()
		if !ok {
			got.Type = "none"
		}
		if got.Type != want {
			t.Errorf("second %d: gap of %q, want %q", second, got.Type, want)
		}
	}
}
