package main

import (
	"fmt"
	"slices"
	"time"
)

// figures are measurements of one thing.
type figures []time.Duration

// quantile is the figure below which that part of them is; 0 of none.
func (f figures) quantile(part float64) time.Duration {
	if len(f) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(f))
	return sorted[min(int(part*float64(len(sorted))), len(sorted)-1)]
}

func (f figures) median() time.Duration { return f.quantile(0.5) }

// String gives the median and the ends.
func (f figures) String() string {
	return fmt.Sprintf("%s (of %d: %s to %s)", short(f.median()), len(f), short(f.quantile(0)), short(f.quantile(1)))
}

// spread gives what is said of many figures.
func (f figures) spread() string {
	return fmt.Sprintf("p50 %s, p99 %s, worst %s (of %d)", short(f.median()), short(f.quantile(0.99)), short(f.quantile(1)), len(f))
}

// short is a duration in three digits or so.
func short(d time.Duration) string {
	switch {
	case d >= 10*time.Second:
		return d.Round(100 * time.Millisecond).String()
	case d >= time.Second:
		return d.Round(10 * time.Millisecond).String()
	default:
		return d.Round(100 * time.Microsecond).String()
	}
}

// printRatio prints what ours took beside what the other way took, by the medians.
func printRatio(what string, ours figures, other string, theirs figures) {
	fmt.Printf("%s: dogwatch %s, %s %s: ratio %.2f\n", what, ours, other, theirs,
		float64(ours.median())/float64(max(theirs.median(), 1)))
}

func mega(n int64) float64 { return float64(n) / 1e6 }
