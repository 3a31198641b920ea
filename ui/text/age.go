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
