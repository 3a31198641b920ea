package dashboard

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/dogwatch/dogwatch/e2e/controlplane"
	"github.com/dogwatch/dogwatch/e2e/workload"
)

// patience is how long a test waits for what takes seconds on an idle machine.
const patience = 2 * time.Minute

// What the tests share. Only TestMain sets them.
var (
	// program is the dogwatch under test.
	program string
	// living is a whole control plane with workloads.
	living *controlplane.ControlPlane
	// bare is an API server that nobody watches but the program under test, so what it counts is exact.
	bare *controlplane.ControlPlane
)

func TestMain(m *testing.M) {
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func run(m *testing.M) (code int, err error) {
	dir, err := os.MkdirTemp("", "dogwatch-e2e-program-")
	if err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if program, err = build(dir); err != nil {
		return 1, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if living, err = startLiving(ctx); err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, living.Stop()) }()
	if bare, err = controlplane.Start(ctx, controlplane.Options{}); err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, bare.Stop()) }()

	code = m.Run()
	return code, errors.Join(onlyReads(living), onlyReads(bare))
}

// build builds dogwatch from the module that this one is part of.
func build(dir string) (path string, err error) {
	path = filepath.Join(dir, "dogwatch")
	cmd := exec.Command("go", "build", "-o", path, ".")
	cmd.Dir = filepath.Join("..", "..")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building dogwatch: %w\n%s", err, out)
	}
	return path, nil
}

// startLiving starts a control plane on which applications run.
func startLiving(ctx context.Context) (*controlplane.ControlPlane, error) {
	cluster, err := controlplane.Start(ctx, controlplane.Options{
		ControllerManager: true, Scheduler: true, Stages: workload.Stages(),
	})
	if err != nil {
		return nil, err
	}
	load, err := workload.New(cluster.RESTConfig(controlplane.Admin))
	if err == nil {
		err = load.Apply(ctx, 3)
	}
	if err != nil {
		return nil, errors.Join(err, cluster.Stop())
	}
	return cluster, nil
}
