package cluster

import (
	"testing"
	"time"
)

// talk lets a clock see n answers of a server that is ahead by skew, each
// delayed by delay on its way back.
func talk(c *serverClock, n int, skew, delay time.Duration) {
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range n {
		sent := at.Add(time.Duration(i) * 1370 * time.Millisecond)
		c.observe(sent.Add(skew).Truncate(time.Second), sent, sent.Add(delay))
	}
}

func TestClockFindsTheServersTime(t *testing.T) {
	for _, skew := range []time.Duration{time.Hour, -time.Hour, 5 * time.Second, -90 * time.Minute} {
		var clock serverClock
		talk(&clock, 20, skew, 30*time.Millisecond)
		if off := (clock.offset() - skew).Abs(); off > 150*time.Millisecond {
			t.Errorf("skew %v: estimate is %v off", skew, off)
		}
	}
}

func TestClockIgnoresDelayedAnswers(t *testing.T) {
	var clock serverClock
	talk(&clock, 20, time.Hour, 20*time.Millisecond)
	before := clock.offset()
	talk(&clock, 20, time.Hour, 40*time.Second)
	if clock.offset() != before {
		t.Errorf("offset went from %v to %v", before, clock.offset())
	}
}

func TestClockLeavesARightClockAlone(t *testing.T) {
	var clock serverClock
	talk(&clock, 20, 0, 20*time.Millisecond)
	if clock.offset() != 0 {
		t.Errorf("offset = %v", clock.offset())
	}
}

func TestClockFollowsAClockThatWasSet(t *testing.T) {
	var clock serverClock
	talk(&clock, 20, time.Hour, 20*time.Millisecond)
	talk(&clock, 20, -time.Minute, 20*time.Millisecond)
	if off := (clock.offset() + time.Minute).Abs(); off > 150*time.Millisecond {
		t.Errorf("estimate is %v off", off)
	}
}
