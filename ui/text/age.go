package text

import (
	"time"

	"k8s.io/apimachinery/pkg/util/duration"
)

// skew is how far in the future a moment may lie and still count as now:
// clocks of a cluster's machines differ by this much.
const skew = 5 * time.Second

// Age writes d as kubectl does: "3h12m", "11d". What lies in the future (the
// end of a certificate) is written "in 89d".
func Age(d time.Duration) string {
	switch {
	case d >= 0:
		return duration.HumanDuration(d)
	case d > -skew:
		return "0s"
	default:
		return "in " + duration.HumanDuration(-d)
	}
}

// AgeLasts is how long what Age says of d stays true at least: a second for an
// age in seconds, up to a day for one in days. It is always above zero.
func AgeLasts(d time.Duration) time.Duration {
	switch {
	case d >= 0:
		unit := ageUnit(d)
		return unit - d%unit
	case d > -skew:
		return time.Second - d
	default:
		return -d%ageUnit(-d) + 1
	}
}

// ageUnit is the smallest unit that kubectl writes for an age of d.
func ageUnit(d time.Duration) time.Duration {
	const day = 24 * time.Hour
	switch {
	case d < 10*time.Minute:
		return time.Second
	case d < 8*time.Hour:
		return time.Minute
	case d < 8*day:
		return time.Hour
	default:
		return day
	}
}
