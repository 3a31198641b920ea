package stream

import (
	"errors"
	"strings"
	"testing"
	"time"
)

// An outage is said once, with its end; a reason that has become another is said, too, but not each of many.
func TestAnOutageIsSaidWithWhatItHasBecome(t *testing.T) {
	refused, wrong := errors.New("connection refused"), errors.New("401")
	begin := time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	var o outage
	var said []string
	for _, step := range []struct {
		after time.Duration
		err   error
	}{
		{0, refused},
		{time.Second, refused},
		{2 * time.Second, wrong},
		{time.Minute, refused},
		{61 * time.Second, wrong},
		{62 * time.Second, refused},
		{90 * time.Second, wrong},
		{4 * time.Minute, nil},
		{5 * time.Minute, nil},
		{6 * time.Minute, wrong},
	} {
		now := begin.Add(step.after)
		words := o.end
		if step.err != nil {
			words = func(now time.Time) string { return o.goOn(step.err, now) }
		}
		if got := words(now); got != "" {
			said = append(said, step.after.String()+" "+strings.TrimPrefix(got, "cannot send, trying again: "))
		}
	}
	if got, want := strings.Join(said, ", "), "0s connection refused, 1m1s 401, 4m0s sending again, after 4m0s, 6m0s 401"; got != want {
		t.Errorf("it says %s\nwanted  %s", got, want)
	}
}
