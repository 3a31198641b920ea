// Command demo starts a control plane with living workloads and runs a program on it:
//
//	go run ./cmd/demo -- dogwatch pods
//
// The program has the terminal, and KUBECONFIG names the control plane. When it ends, so does everything.
// With --hold nothing is run: demo prints where the kubeconfigs are and waits for SIGINT or SIGTERM.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/dogwatch/dogwatch/e2e/controlplane"
	"github.com/dogwatch/dogwatch/e2e/workload"
)

// startTimeout bounds the start of the control plane when its programs are built.
const startTimeout = 2 * time.Minute

// settings are the command's flags.
type settings struct {
	hold     bool
	user     string
	nodes    int
	pods     int
	interval time.Duration
	command  []string
}

func main() {
	var s settings
	flag.BoolVar(&s.hold, "hold", false, "run nothing, print the kubeconfigs' paths and wait for a signal")
	flag.StringVar(&s.user, "user", controlplane.Admin, "user of the kubeconfig: admin, reader, viewer, pods-only or nobody")
	flag.IntVar(&s.nodes, "nodes", 6, "number of nodes")
	flag.IntVar(&s.pods, "pods", 0, "number of pods besides those of the workloads")
	flag.DurationVar(&s.interval, "interval", time.Second, "time between two changes of the workloads; 0 for none")
	flag.Parse()
	s.command = flag.Args()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	code, err := run(ctx, s)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		code = 1
	}
	os.Exit(code)
}

// run returns the exit code of the command that it ran.
func run(ctx context.Context, s settings) (code int, err error) {
	if !s.hold && len(s.command) == 0 {
		return 0, errors.New("give a command after --, or --hold")
	}
	binaries, err := controlplane.Binaries(ctx, os.Stderr)
	if err != nil {
		return 0, err
	}
	fmt.Fprintln(os.Stderr, "starting a control plane ...")
	startContext, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	cluster, err := controlplane.Start(startContext, controlplane.Options{
		Binaries: binaries, ControllerManager: true, Scheduler: true, Stages: workload.Stages(),
	})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, cluster.Stop()) }()

	load, err := workload.New(cluster.RESTConfig(controlplane.Admin))
	if err != nil {
		return 0, err
	}
	if err := load.Apply(startContext, s.nodes); err != nil {
		return 0, err
	}
	if err := load.Fill(ctx, s.pods); err != nil {
		return 0, err
	}
	stopChurn, err := churn(ctx, cluster, load, s.interval)
	if err != nil {
		return 0, err
	}
	defer stopChurn()
	if s.hold {
		return 0, hold(ctx, cluster)
	}
	return attach(ctx, cluster, s)
}

// churn keeps the workloads moving until the returned function is called. Failures go to a file: the terminal
// belongs to the command.
func churn(ctx context.Context, cluster *controlplane.ControlPlane, load *workload.Workload, interval time.Duration) (stop func(), err error) {
	if interval <= 0 {
		return func() {}, nil
	}
	file, err := os.Create(filepath.Join(cluster.Dir(), "churn.log"))
	if err != nil {
		return nil, fmt.Errorf("opening the log of changes that failed: %w", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	logger := log.New(file, "", log.LstdFlags)
	var running sync.WaitGroup
	running.Go(func() {
		load.Churn(ctx, interval, uint64(os.Getpid()), func(err error) { logger.Print(err) })
	})
	return func() {
		cancel()
		running.Wait()
		_ = file.Close()
	}, nil
}

// hold prints how to reach the control plane and returns when ctx ends.
func hold(ctx context.Context, cluster *controlplane.ControlPlane) error {
	for _, user := range controlplane.Users() {
		path, err := cluster.Kubeconfig(user, "")
		if err != nil {
			return err
		}
		fmt.Printf("%s\t%s\n", user, path)
	}
	fmt.Fprintf(os.Stderr, "running in %s; stop with ctrl-c or: kill %d\n", cluster.Dir(), os.Getpid())
	<-ctx.Done()
	return nil
}

// attach runs the command with this process's terminal. A signal that ends demo ends the command first.
func attach(ctx context.Context, cluster *controlplane.ControlPlane, s settings) (code int, err error) {
	kubeconfig, err := cluster.Kubeconfig(s.user, "")
	if err != nil {
		return 0, err
	}
	cmd := exec.CommandContext(ctx, s.command[0], s.command[1:]...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 5 * time.Second
	cmd.Env = append(os.Environ(), "KUBECONFIG="+kubeconfig)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	err = cmd.Run()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		return 0, fmt.Errorf("running %s: %w", s.command[0], err)
	}
	return cmd.ProcessState.ExitCode(), nil
}
