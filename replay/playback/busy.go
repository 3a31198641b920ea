package playback

import (
	"slices"
	"time"
)

const (
	// together is how many of the buckets of Density are looked at as one, shortest how long that is at least: a burst is to be one moment and not
	// many, and times are told in seconds.
	together, shortest = 8, time.Second
	// busyTimes is how many times as many changes as usual make a time busy wherever it is.
	busyTimes = 3
)

// Busy finds the next busy moment, or the one before, that is in another second. The time is looked at in parts of eight buckets of Density, or a second,
// whose changes make hills and valleys: the busy moments are where parts begin that are the tops of hills. How high a top
// stands out is told from the deepest valleys on the way to higher ones, or to the ends; the less deep of them counts. A top
// is busy if it
//
//   - stands out at least half as high as the one that does most: on a steadily busy recording the highest are found, and
//     some are unless all parts have as many changes; or
//   - has three times as many changes as that valley, and as is usual, which is the median of the parts that have any: beside
//     a great burst the small ones are found too.
func (s State) Busy(to Direction) (at time.Time, ok bool) {
	var before time.Time
	now := s.Now.Truncate(time.Second)
	for _, i := range Peaks(s.Coarse()) {
		at := s.Begin.Add(time.Duration(i*s.together()) * s.BucketWidth(len(s.Density)))
		switch {
		case to == Forward && !at.Before(now.Add(time.Second)):
			return at, true
		case to == Back && at.Before(now):
			before = at
		}
	}
	return before, !before.IsZero()
}

// BucketWidth is the length of each of n equal parts of the time from Begin to End.
func (s State) BucketWidth(n int) time.Duration {
	return max(1, (s.End.Sub(s.Begin)+time.Duration(n)-1)/max(1, time.Duration(n)))
}

// together is how many of the buckets make a part.
func (s State) together() int {
	width := s.BucketWidth(len(s.Density))
	return max(together, int((shortest+width-1)/width))
}

// Coarse is the density in the parts that Busy looks at.
func (s State) Coarse() []uint32 {
	var sums []uint32
	for some := range slices.Chunk(s.Density, s.together()) {
		sum := uint32(0)
		for _, n := range some {
			sum += n
		}
		sums = append(sums, sum)
	}
	return sums
}

// Peaks are the parts that are busy moments, see State.Busy; of equal ones beside each other the first.
func Peaks(density []uint32) []int {
	usual, most := median(density), uint32(0)
	out := make([]uint32, len(density))
	for i := range density {
		out[i] = density[i] - valley(density, i)
		most = max(most, out[i])
	}
	var found []int
	for i, n := range density {
		half := 2*out[i] >= most
		times := n >= busyTimes*usual && n >= busyTimes*(n-out[i])
		if out[i] > 0 && (half || times) {
			found = append(found, i)
		}
	}
	return found
}

// valley is the lowest count between a part and a higher one, on the side where it is higher; before equal ones counts the
// first. What is no top is its own valley. A side that goes to the end without a valley does not count, unless both do.
func valley(density []uint32, i int) uint32 {
	n := density[i]
	left, right := n, n
	for j := i - 1; j >= 0 && density[j] < n; j-- {
		left = min(left, density[j])
	}
	j := i + 1
	for ; j < len(density) && density[j] <= n; j++ {
		right = min(right, density[j])
	}
	switch {
	case i == 0:
		return right
	case j == len(density) && right == n:
		return left
	}
	return max(left, right)
}

// median is that of the counts that are not 0.
func median(density []uint32) uint32 {
	counts := slices.DeleteFunc(slices.Clone(density), func(n uint32) bool { return n == 0 })
	if len(counts) == 0 {
		return 0
	}
	slices.Sort(counts)
	return counts[len(counts)/2]
}
