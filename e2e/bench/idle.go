package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"strings"
	"time"

	"github.com/dogwatch/dogwatch/e2e/controlplane"
	"github.com/dogwatch/dogwatch/e2e/terminal"
)

// quietTypes are of the API server itself, and nothing changes in them by itself.
func quietTypes() []string {
	return strings.Fields(`pods configmaps services secrets serviceaccounts endpoints replicationcontrollers limitranges resourcequotas
		persistentvolumeclaims persistentvolumes nodes deployments.apps replicasets.apps statefulsets.apps daemonsets.apps jobs.batch
		cronjobs.batch ingresses.networking.k8s.io networkpolicies.networking.k8s.io`)
}

// measureIdle measures, on a real API server on which nothing happens, what dogwatch takes while it watches 20 types, and which
// requests it makes, beside one that watches a single type.
func measureIdle(ctx context.Context, args []string) (err error) {
	flags := flag.NewFlagSet("idle", flag.ContinueOnError)
	pods := flags.Int("pods", 1000, "how many pods there are")
	length := flags.Duration("for", time.Minute, "for how long, each")
	settle := flags.Duration("settle", 0, "how old the pods are to be: ages of less than ten minutes change each second")
	program := flags.String("dogwatch", "", programUsage)
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *length < time.Second {
		return errors.New("there must be some seconds")
	}
	b, c, stop, err := bedWithCluster(ctx, *program)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	if err := c.fill(ctx, *pods); err != nil {
		return err
	}
	if err := pass(ctx, *settle); err != nil {
		return err
	}
	one, err := c.measureQuiet(ctx, b, *length, quietTypes()[:1])
	if err != nil {
		return err
	}
	all, err := c.measureQuiet(ctx, b, *length, quietTypes())
	if err != nil {
		return err
	}
	fmt.Printf("ratio of %d watches to 1: %.2f\n", len(quietTypes()), float64(all)/float64(max(one, time.Millisecond)))
	return nil
}

// measureQuiet has dogwatch watch types, and says how much processor time it took when all were live.
func (c *cluster) measureQuiet(ctx context.Context, b *bed, length time.Duration, watched []string) (time.Duration, error) {
	tty, err := b.show(ctx, c.kubeconfig, terminal.Options{}, append([]string{"-A"}, watched...)...)
	if err != nil {
		return 0, err
	}
	defer tty.Close()
	live := fmt.Sprintf("%d live", len(watched))
	if _, err := tty.Await(ctx, live, has(live)); err != nil {
		return 0, err
	}
	settle := 10 * time.Second // until what the start left behind is done: tests of access, collections of garbage
	if err := pass(ctx, settle); err != nil {
		return 0, err
	}
	begin := time.Now()
	before, err := cpuOf(tty.Pid())
	if err != nil {
		return 0, err
	}
	if err := pass(ctx, length); err != nil {
		return 0, err
	}
	after, err := cpuOf(tty.Pid())
	if err != nil {
		return 0, err
	}
	requests, err := c.AuditEvents(func(e controlplane.AuditEvent) bool {
		return e.User.Name == controlplane.Reader && e.Received.After(begin) && strings.HasPrefix(e.UserAgent, "dogwatch/")
	})
	if err != nil {
		return 0, err
	}
	took := after - before
	fmt.Printf("%d quiet watches: %.3f%% of a processor over %s, %d requests\n", len(watched), 100*took.Seconds()/time.Since(begin).Seconds(), length, len(requests))
	for _, r := range requests {
		fmt.Printf("  %s %s %s\n", r.Stage, r.Verb, r.RequestURI)
	}
	return took, nil
}

// pass lets time pass.
func pass(ctx context.Context, length time.Duration) error {
	timer := time.NewTimer(length)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
