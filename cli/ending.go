package cli

import (
	"context"
	"os"
	"time"

	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
)

// endLimit is how long a process that was told to end may take, whatever holds it up.
const endLimit = 10 * time.Second

// endAnyway exits after a signal if the process is not at its end by then: every step has a limit of its own, but a disk or a
// terminal may hold up a write for ever. stop says that the end is reached.
func endAnyway(ctx context.Context, limit time.Duration, caught func() os.Signal, exit func(code int)) (stop func()) {
	reached := make(chan struct{})
	forget := context.AfterFunc(ctx, func() {
		defer utilruntime.HandleCrash()
		if caught() == nil {
			return
		}
		late := time.NewTimer(limit)
		defer late.Stop()
		select {
		case <-reached:
		case <-late.C:
			code, _ := exitCode(caught(), nil)
			exit(code)
		}
	})
	return func() { close(reached); forget() }
}
