package cli

import (
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/util/duration"
)

// count is a number of things in words: "1 change", "2 changes".
func count[N int | int64 | uint64](n N, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// span is a length of time in words, to the second: "3m", "2m59s".
func span(d time.Duration) string { return duration.HumanDuration(d.Round(time.Second)) }

// clockTime is a moment as all commands say it: in local time, with the zone, and as --from, --to and --at take it.
func clockTime(t time.Time) string { return t.Local().Format(time.RFC3339) }
