package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/dogwatch/dogwatch/e2e/terminal"
)

// emptyGroup is the API group of the custom types.
const emptyGroup = "bench.dogwatch.dev"

// measureWatches measures, on a real API server, what a watch of a custom type costs of dogwatch's heap and stacks while there is no object,
// how long it takes until very many are live, and until they are dropped.
func measureWatches(ctx context.Context, args []string) (err error) {
	flags := flag.NewFlagSet("watches", flag.ContinueOnError)
	types := flags.Int("types", 300, "how many custom types there are")
	program := flags.String("dogwatch", "", programUsage)
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *types < 2 {
		return errors.New("there must be two types at least")
	}
	b, c, stop, err := bedWithCluster(ctx, *program)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	if err := c.serveEmptyTypes(ctx, *types); err != nil {
		return err
	}
	one, err := b.watchEmpty(ctx, c, 1, emptyType(0)+"."+emptyGroup)
	if err != nil {
		return err
	}
	all, err := b.watchEmpty(ctx, c, *types, "*."+emptyGroup)
	if err != nil {
		return err
	}
	each := func(one, all int64) float64 { return float64(all-one) / float64(*types-1) / 1000 }
	heap, stacks := each(one.heap, all.heap), each(one.stacks, all.stacks)
	fmt.Printf("each of %d watches: %.1f kB of heap and %.1f kB of stacks, %.1f kB; %.1f goroutines\n", *types, heap, stacks, heap+stacks,
		float64(all.goroutines-one.goroutines)/float64(*types-1))
	return nil
}

func emptyType(i int) string { return fmt.Sprintf("empty%03ds", i) }

// serveEmptyTypes makes custom types, and waits until all are served.
func (c *cluster) serveEmptyTypes(ctx context.Context, n int) error {
	var manifest strings.Builder
	for i := range n {
		name := emptyType(i)
		fmt.Fprintf(&manifest, `---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: %[1]s.%[2]s}
spec:
  group: %[2]s
  scope: Namespaced
  names: {kind: Empty%03[3]d, plural: %[1]s, singular: empty%03[3]d}
  versions:
  - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}
`, name, emptyGroup, i)
	}
	if err := c.Apply(ctx, manifest.String()); err != nil {
		return err
	}
	_, err := c.Kubectl(ctx, "wait", "crd", "--all", "--for=condition=Established", "--timeout=5m")
	return err
}

// taken is what dogwatch takes, by its own account.
type taken struct{ heap, stacks, goroutines int64 }

// watchEmpty has dogwatch watch types, says how long that took and how long it takes to end, and returns what it took in between.
func (b *bed) watchEmpty(ctx context.Context, c *cluster, watches int, types string) (now taken, err error) {
	address, err := freeAddress(ctx)
	if err != nil {
		return now, err
	}
	begin := time.Now()
	tty, err := b.show(ctx, c.kubeconfig, terminal.Options{}, "-A", types, "--pprof", address)
	if err != nil {
		return now, err
	}
	defer tty.Close()
	live := fmt.Sprintf("%d live", watches)
	if _, err := tty.Await(ctx, live, has(live)); err != nil {
		return now, err
	}
	began := time.Since(begin)
	if err := pass(ctx, 5*time.Second); err != nil { // until what the start left behind is done
		return now, err
	}
	if now, err = takenAt(ctx, address); err != nil {
		return now, err
	}
	end := time.Now()
	if err := tty.Press("q"); err != nil {
		return now, err
	}
	if _, err := tty.Wait(ctx); err != nil {
		return now, err
	}
	fmt.Printf("%d watches: live %s after the start, ended %s after a key\n", watches, short(began), short(time.Since(end)))
	return now, nil
}

// freeAddress is one of this machine at which nobody listens.
func freeAddress(ctx context.Context) (string, error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return listener.Addr().String(), listener.Close()
}

// takenAt asks dogwatch what it takes, after collections of garbage: each makes stacks that are too large smaller by half.
func takenAt(ctx context.Context, address string) (now taken, err error) {
	for range 6 {
		figures, err := profile(ctx, address, "heap?gc=1&debug=1", "# HeapAlloc = %d", "# Stack = %d")
		if err != nil {
			return now, err
		}
		now.heap, now.stacks = figures[0], figures[1]
	}
	figures, err := profile(ctx, address, "goroutine?debug=1", "goroutine profile: total %d")
	if err != nil {
		return now, err
	}
	now.goroutines = figures[0]
	return now, nil
}

// profile reads a profile of dogwatch, and of it the numbers in some of its lines.
func profile(ctx context.Context, address, name string, lines ...string) ([]int64, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/debug/pprof/"+name, nil)
	if err != nil {
		return nil, err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, fmt.Errorf("asking dogwatch for a profile: %w", err)
	}
	defer answer.Body.Close()
	numbers := make([]int64, len(lines))
	found := 0
	scanner := bufio.NewScanner(io.LimitReader(answer.Body, 64<<20))
	scanner.Buffer(nil, 1<<20)
	for scanner.Scan() {
		for i, line := range lines {
			if n, _ := fmt.Sscanf(scanner.Text(), line, &numbers[i]); n == 1 {
				found++
			}
		}
	}
	if found < len(lines) {
		return nil, errors.Join(fmt.Errorf("dogwatch's profile %s lacks some of %q", name, lines), scanner.Err())
	}
	return numbers, nil
}
