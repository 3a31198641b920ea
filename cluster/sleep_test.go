package cluster

import (
	"context"
	"testing"
	"time"

	"github.com/dogwatch/dogwatch/replay/apiserver"
)

func TestSleepIsNoticed(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	ticks, times := make(chan time.Time), make(chan time.Time, 1)
	slept, done := make(chan struct{}, 10), make(chan struct{})
	began := time.Now()
	times <- began
	go func() {
		defer close(done)
		noticeSleep(ctx, ticks, func() time.Time { return <-times }, func() { slept <- struct{}{} })
	}()
	for _, step := range []struct {
		after time.Duration
		want  int
	}{
		{time.Second, 0},
		{3 * time.Second, 0},
		{2*time.Minute + 3*time.Second, 1},
		{2*time.Minute + 4*time.Second, 1},
		{time.Minute, 1},
		{time.Hour, 2}, // a clock that is set back is no sleep
	} {
		ticks <- time.Time{}
		times <- began.Add(step.after)
		ticks <- time.Time{} // taken when the step before is done
		times <- began.Add(step.after)
		if got := len(slept); got != step.want {
			t.Errorf("after %s it was called %d times, want %d", step.after, got, step.want)
		}
	}
	cancel()
	<-done
}

func TestConnectionsAreBrokenAndOpenedAnew(t *testing.T) {
	t.Parallel()
	server, c := startServer(t, apiserver.Options{})
	eventually(t, "the types are watched", func() bool { return server.OpenWatches()[definitions] == 1 })
	before := watchRequests(server)
	c.life.breakAll(afterSleep)
	eventually(t, "the types are watched again", func() bool {
		return watchRequests(server) >= before+2 && server.OpenWatches()[definitions] == 1
	})
}

func watchRequests(server *apiserver.Server) int {
	n := 0
	for _, r := range server.Requests() {
		if r.Verb == "watch" {
			n++
		}
	}
	return n
}
