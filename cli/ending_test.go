package cli

import (
	"context"
	"os"
	"syscall"
	"testing"
	"time"
)

func TestAnEndThatIsHeldUpComesAnyway(t *testing.T) {
	for name, c := range map[string]struct {
		caught  os.Signal
		reached bool
		want    int // 0: the process is left alone
	}{
		"held up":          {syscall.SIGTERM, false, 143},
		"reached":          {syscall.SIGTERM, true, 0},
		"not by a signal":  {nil, false, 0},
		"of a closed line": {syscall.SIGHUP, false, 129},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			exited := make(chan int, 1)
			stop := endAnyway(ctx, time.Millisecond, func() os.Signal { return c.caught }, func(code int) { exited <- code })
			if c.reached {
				stop()
			}
			cancel()
			if c.want > 0 {
				if code := <-exited; code != c.want {
					t.Errorf("exit %d, want %d", code, c.want)
				}
			}
			if !c.reached {
				stop()
			}
			select {
			case code := <-exited:
				t.Errorf("exit %d", code)
			default:
			}
		})
	}
}
