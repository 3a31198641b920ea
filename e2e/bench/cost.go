package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"time"

	"github.com/dogwatch/dogwatch/e2e/terminal"
)

// apiServer is the name of the API server's process.
const apiServer = "kube-apiserver"

// way is one of the ways to watch all pods. It returns when all of them have come.
type way struct {
	name string
	run  func(ctx context.Context) error
}

// measureCost measures what the start of watching all pods costs the API server, by the server's own count of processor time
// and the kernel's of its memory: dogwatch beside kubectl get --watch and beside one list of all pods in one answer. The server
// is started anew for each, so that none finds what another has left.
func measureCost(ctx context.Context, args []string) (err error) {
	flags := flag.NewFlagSet("cost", flag.ContinueOnError)
	pods := flags.Int("pods", 10_000, "how many pods there are")
	program := flags.String("dogwatch", "", programUsage)
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *pods < height {
		return errors.New("there must be a screen of pods")
	}
	b, c, stop, err := bedWithCluster(ctx, *program)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	if err := c.fill(ctx, *pods); err != nil {
		return err
	}
	var ours float64
	for i, w := range c.ways(b, *pods) {
		cpu, err := c.measureWay(ctx, w)
		if err != nil {
			return fmt.Errorf("%s: %w", w.name, err)
		}
		if i == 0 {
			ours = cpu
			continue
		}
		fmt.Printf("  ratio of dogwatch's processor time to that: %.2f\n", ours/cpu)
	}
	return nil
}

// ways are dogwatch's first, and those to compare it with.
func (c *cluster) ways(b *bed, pods int) []way {
	return []way{
		{"dogwatch", func(ctx context.Context) error { return c.watchWithDogwatch(ctx, b, pods) }},
		{"kubectl get --watch", func(ctx context.Context) error { return c.watchWithKubectl(ctx, pods) }},
		{"one unpaged list, as rows with their objects", func(ctx context.Context) error {
			return c.list(ctx, "/api/v1/pods?resourceVersion=0&includeObject=Object", tableAccept)
		}},
		{"one unpaged list, as objects", func(ctx context.Context) error {
			return c.list(ctx, "/api/v1/pods?resourceVersion=0", "application/json")
		}},
	}
}

// measureWay starts the API server anew, and prints what a way costs it.
func (c *cluster) measureWay(ctx context.Context, w way) (cpu float64, err error) {
	c.StopAPIServer()
	if err := c.StartAPIServer(ctx); err != nil {
		return 0, err
	}
	// It reads etcd's content into its cache, and is busy with itself in its first seconds.
	if err := pass(ctx, 10*time.Second); err != nil {
		return 0, err
	}
	pid := c.Pids()[apiServer]
	before, err := c.serverMetrics(ctx)
	if err != nil {
		return 0, err
	}
	resident, err := residentOf(pid)
	if err != nil {
		return 0, err
	}
	if err := forgetPeak(pid); err != nil {
		return 0, err
	}
	begin := time.Now()
	if err := w.run(ctx); err != nil {
		return 0, err
	}
	took := time.Since(begin)
	after, err := c.serverMetrics(ctx)
	if err != nil {
		return 0, err
	}
	peak, err := peakOf(pid)
	if err != nil {
		return 0, err
	}
	cpu = after - before
	fmt.Printf("%s: %.2f s of the API server's processor time, memory %.0f MB and %.0f MB at the peak, done in %s\n",
		w.name, cpu, mega(resident), mega(peak), short(took))
	return cpu, nil
}

// serverMetrics is the processor time that the API server has taken, in seconds.
func (c *cluster) serverMetrics(ctx context.Context) (cpu float64, err error) {
	metrics, err := c.Metrics(ctx)
	if err != nil {
		return 0, err
	}
	return metrics.Sum("process_cpu_seconds_total", nil), nil
}

func (c *cluster) watchWithDogwatch(ctx context.Context, b *bed, pods int) error {
	tty, err := b.show(ctx, c.kubeconfig, terminal.Options{}, "pods", "-A")
	if err != nil {
		return err
	}
	defer tty.Close()
	_, err = tty.Await(ctx, "all rows", allListed(pods))
	return err
}

func (c *cluster) watchWithKubectl(ctx context.Context, pods int) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	lines, stop, err := startKubectl(ctx, c, "--watch")
	if err != nil {
		return err
	}
	defer stop()
	defer cancel()
	n := 0
	for scanner := bufio.NewScanner(lines); n < pods; n++ {
		if !scanner.Scan() {
			return errors.Join(scanner.Err(), fmt.Errorf("kubectl ended after %d pods", n))
		}
	}
	return nil
}

// list asks for a path and throws the answer away.
func (c *cluster) list(ctx context.Context, path, accept string) error {
	cmd := c.curl(ctx, path, accept)
	cmd.Stdout = io.Discard
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("reading %s with curl: %w", path, err)
	}
	return nil
}
