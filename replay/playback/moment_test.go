package playback_test

import (
	"strings"
	"testing"
	"time"

	"github.com/dogwatch/dogwatch/replay/playback"
)

func TestMoments(t *testing.T) {
	begin := time.Date(2026, 11, 23, 23, 50, 0, 500, time.UTC)
	s := playback.State{Begin: begin, End: begin.Add(time.Hour), Now: begin.Add(30 * time.Minute)}
	for text, want := range map[string]time.Time{
		"begin":                     begin,
		"end":                       s.End,
		"1m20s":                     begin.Add(80 * time.Second),
		"+30s":                      s.Now.Add(30 * time.Second),
		"-30s":                      s.Now.Add(-30 * time.Second),
		"23:55":                     time.Date(2026, 11, 23, 23, 55, 0, 0, time.UTC),
		"23:50:00":                  begin,
		"2026-11-23T23:50:00Z":      begin,
		"12:00":                     time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC), // it has none: that of its first day
		"00:10:05":                  time.Date(2026, 11, 24, 0, 10, 5, 0, time.UTC),
		"2026-11-24T01:00:00+01:00": time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC),
	} {
		m, err := playback.ParseMoment(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
		} else if got := m.In(s, time.UTC); !got.Equal(want) {
			t.Errorf("%s is %s, want %s", text, got, want)
		}
	}
}

func TestWhatIsNoMomentIsRefused(t *testing.T) {
	for _, text := range []string{"", "soon", "14", "25:00", "1m20", "14:02:3x"} {
		if m, err := playback.ParseMoment(text); err == nil || !strings.Contains(err.Error(), "1m20s") {
			t.Errorf("%q: %v, %v; want an error that says what is expected", text, m, err)
		}
	}
}
