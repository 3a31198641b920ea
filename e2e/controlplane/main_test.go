package controlplane_test

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/dogwatch/dogwatch/e2e/controlplane"
	"github.com/dogwatch/dogwatch/e2e/workload"
)

// patience is how long a test waits for what takes seconds at most on an idle machine.
const patience = 2 * time.Minute

// shared is the whole control plane that most tests use.
var shared *controlplane.ControlPlane

func TestMain(m *testing.M) {
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func run(m *testing.M) (code int, err error) {
	binaries, err := controlplane.Binaries(context.Background(), os.Stderr)
	if err != nil {
		return 1, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	shared, err = controlplane.Start(ctx, controlplane.Options{
		Binaries: binaries, ControllerManager: true, Scheduler: true, Stages: workload.Stages(), Users: []string{"extra"},
	})
	if err != nil {
		return 1, err
	}
	code = m.Run()
	return code, shared.Stop()
}
