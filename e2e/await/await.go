// Package await waits, in tests, for what becomes true on its own.
package await

import (
	"context"
	"testing"
	"time"
)

// pace is the pause between two checks.
const pace = 50 * time.Millisecond

// Success calls check until it returns nil. When timeout has passed it fails the test with the last error.
// The context that check gets ends with the timeout and with the test.
func Success(tb testing.TB, timeout time.Duration, what string, check func(context.Context) error) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), timeout)
	defer cancel()
	tick := time.NewTicker(pace)
	defer tick.Stop()
	for {
		err := check(ctx)
		if err == nil {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			tb.Fatalf("waited %v for %s: %v", timeout, what, err)
		}
	}
}
