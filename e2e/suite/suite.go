// Package suite is what the packages of end-to-end tests share around their tests: it starts control planes before
// the first test, and stops them after the last one, whatever happened in between.
package suite

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/dogwatch/dogwatch/e2e/controlplane"
	"github.com/dogwatch/dogwatch/e2e/workload"
)

// startLimit is how long a control plane may take to start, or its workloads to be stored: seconds on an idle machine.
const startLimit = 2 * time.Minute

// nodes is how many nodes a living cluster has.
const nodes = 3

// Suite is the life of one package's tests. It is used by one goroutine.
type Suite struct {
	endings []func() error
}

// Main is the body of a package's TestMain: it calls setUp, runs the tests, undoes what setUp did in reverse order,
// and exits. The exit code is not 0 if any of that fails. When setUp fails no test runs.
func Main(m *testing.M, setUp func(*Suite) error) { os.Exit(run(m.Run, setUp, os.Stderr)) }

func run(tests func() int, setUp func(*Suite) error, stderr io.Writer) (code int) {
	s := &Suite{}
	err := setUp(s)
	if err == nil {
		code = tests()
	}
	if err := errors.Join(err, s.end()); err != nil {
		fmt.Fprintln(stderr, err)
		return max(code, 1)
	}
	return code
}

func (s *Suite) end() error {
	var errs []error
	for _, ending := range slices.Backward(s.endings) {
		errs = append(errs, ending())
	}
	return errors.Join(errs...)
}

// AtEnd has ending called after the last test. An error of it fails the package.
func (s *Suite) AtEnd(ending func() error) { s.endings = append(s.endings, ending) }

// Start starts a control plane that is stopped at the end, when it must have been asked for nothing but reads; see
// [OnlyReads]. The programs are built first if need be, for which there
// is no time limit but that of go test.
func (s *Suite) Start(options controlplane.Options) (*controlplane.ControlPlane, error) {
	var err error
	if options.Binaries, err = controlplane.Binaries(context.Background(), os.Stderr); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), startLimit)
	defer cancel()
	cluster, err := controlplane.Start(ctx, options)
	if err != nil {
		return nil, err
	}
	s.AtEnd(cluster.Stop)
	s.AtEnd(func() error { return OnlyReads(cluster) })
	return cluster, nil
}

// StartWhole starts a control plane with all components, and with further users who have no rights yet.
func (s *Suite) StartWhole(users ...string) (*controlplane.ControlPlane, error) {
	return s.Start(controlplane.Options{
		ControllerManager: true, Scheduler: true, Stages: workload.Stages(), Users: users,
	})
}

// StartLiving starts a whole control plane on which the workloads are stored. They come to life within seconds.
func (s *Suite) StartLiving() (*controlplane.ControlPlane, error) {
	cluster, err := s.StartWhole()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), startLimit)
	defer cancel()
	load, err := workload.New(cluster.RESTConfig(controlplane.Admin))
	if err != nil {
		return nil, err
	}
	return cluster, load.Apply(ctx, nodes)
}

// Build builds dogwatch, from the module in the folder that this module is in, with further arguments of go build,
// and returns the program's path. It is removed at the end.
func (s *Suite) Build(args ...string) (path string, err error) {
	dir, err := os.MkdirTemp("", "dogwatch-e2e-program-")
	if err != nil {
		return "", fmt.Errorf("building dogwatch: %w", err)
	}
	s.AtEnd(func() error { return os.RemoveAll(dir) })
	path = filepath.Join(dir, "dogwatch")
	cmd := exec.Command("go", slices.Concat([]string{"build", "-o", path}, args, []string{"."})...)
	// Tests run in their package's folder, which is two below dogwatch's.
	cmd.Dir = filepath.Join("..", "..")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building dogwatch: %w\n%s", err, out)
	}
	return path, nil
}

// BuildSignals builds the program that applies rules, beside the one that Build has built, with further arguments of go build.
func (s *Suite) BuildSignals(program string, args ...string) error {
	path := filepath.Join(filepath.Dir(program), "dogwatch-signals")
	cmd := exec.Command("go", slices.Concat([]string{"build", "-o", path}, args, []string{"./cmd/dogwatch-signals"})...)
	cmd.Dir = filepath.Join("..", "..")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("building dogwatch-signals: %w\n%s", err, out)
	}
	return nil
}

// BuildWith is Build with one more file of the main package, which is in the tests' folder testdata: what only tests need
// does not have to be in the program.
func (s *Suite) BuildWith(name string) (path string, err error) {
	overlay, remove, err := overlay(".", name)
	if err != nil {
		return "", err
	}
	defer remove()
	return s.Build("-overlay", overlay)
}

// BuildSignalsWith is BuildSignals with one more file.
func (s *Suite) BuildSignalsWith(program, name string) error {
	overlay, remove, err := overlay(filepath.Join("cmd", "dogwatch-signals"), name)
	if err != nil {
		return err
	}
	defer remove()
	return s.BuildSignals(program, "-overlay", overlay)
}

// overlay says to go build that a file of the tests' folder testdata is in a package of dogwatch, which is in a folder. remove takes away what
// says so.
func overlay(folder, name string) (path string, remove func(), err error) {
	source, err := filepath.Abs(filepath.Join("testdata", name))
	if err != nil {
		return "", nil, fmt.Errorf("building dogwatch with %s: %w", name, err)
	}
	place := filepath.Join(source, "..", "..", "..", "..", folder, name)
	content, err := json.Marshal(map[string]any{"Replace": map[string]string{place: source}})
	if err != nil {
		return "", nil, fmt.Errorf("building dogwatch with %s: %w", name, err)
	}
	dir, err := os.MkdirTemp("", "dogwatch-e2e-overlay-")
	if err != nil {
		return "", nil, fmt.Errorf("building dogwatch with %s: %w", name, err)
	}
	remove = func() { _ = os.RemoveAll(dir) }
	path = filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		remove()
		return "", nil, fmt.Errorf("building dogwatch with %s: %w", name, err)
	}
	return path, remove, nil
}
