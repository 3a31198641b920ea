package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"time"

	"github.com/dogwatch/dogwatch/e2e/controlplane"
	"github.com/dogwatch/dogwatch/e2e/workload"
)

// cluster is a real API server without controllers, so that nothing changes but what a measurement changes.
type cluster struct {
	*controlplane.ControlPlane
	*target // of the reader
	load    *workload.Workload
}

// bedWithCluster makes a bed and starts a cluster beside it; stop ends both.
func bedWithCluster(ctx context.Context, program string) (b *bed, c *cluster, stop func() error, err error) {
	if b, err = makeBed(ctx, program); err != nil {
		return nil, nil, nil, err
	}
	if c, err = startCluster(ctx); err != nil {
		return nil, nil, nil, errors.Join(err, b.remove())
	}
	return b, c, func() error { return errors.Join(c.Stop(), b.remove()) }, nil
}

func startCluster(ctx context.Context) (*cluster, error) {
	plane, err := controlplane.Start(ctx, controlplane.Options{Progress: os.Stderr})
	if err != nil {
		return nil, err
	}
	c := &cluster{ControlPlane: plane}
	if c.load, err = workload.New(plane.RESTConfig(controlplane.Admin)); err == nil {
		err = c.aim()
	}
	if err != nil {
		return nil, errors.Join(err, plane.Stop())
	}
	return c, nil
}

// aim makes the cluster's own target.
func (c *cluster) aim() error {
	kubeconfig, err := c.Kubeconfig(controlplane.Reader, "")
	if err != nil {
		return err
	}
	c.target, err = newTarget(kubeconfig, c.Dir())
	return err
}

// fill sees to it that there are so many pods, and that the server has them in its cache.
func (c *cluster) fill(ctx context.Context, pods int) error {
	begin := time.Now()
	if err := c.load.Fill(ctx, pods); err != nil {
		return err
	}
	read, err := c.readPods(ctx)
	if err != nil {
		return err
	}
	if read.events < pods {
		return fmt.Errorf("the server has %d pods, not %d", read.events, pods)
	}
	fmt.Printf("%d pods of %d bytes each with their cells, made in %s\n", pods, read.bytes/int64(read.events), short(time.Since(begin)))
	return nil
}

// keepCluster starts a cluster for the measurements that take one with -kubeconfig, and keeps it until the context ends.
func keepCluster(ctx context.Context, args []string) (err error) {
	flags := flag.NewFlagSet("cluster", flag.ContinueOnError)
	pods := flags.Int("pods", 50_000, "how many pods there are to be")
	if err := flags.Parse(args); err != nil {
		return err
	}
	c, err := startCluster(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Stop()) }()
	if err := c.fill(ctx, *pods); err != nil {
		return err
	}
	fmt.Printf("measure it with -kubeconfig %s; an interrupt ends it\n", c.kubeconfig)
	<-ctx.Done()
	return nil
}
