// Bench measures the whole program as its users run it: in a pseudo-terminal whose screen is read, on a real control plane
// where that makes a difference, beside another way to do the same in the same run. It prints both sides and their ratio;
// docs/performance.md has the figures and what they are to be.
//
//	go run ./bench exec                  # the first frame while no cluster answers; size; start-up imports
//	go run ./bench -h                    # all that can be measured
//	go run ./bench start -h              # the flags of one
//
// It needs Linux, for /proc. The runs take minutes at their usual sizes and belong in no test suite.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"syscall"
)

// command is one thing that can be measured.
type command struct {
	name, what string
	run        func(ctx context.Context, args []string) error
}

func commands() []command {
	return []command{
		{"exec", "exec to first frame while no cluster answers; size and start-up imports of the program", measureExec},
		{"start", "start to first rows and to all rows, beside curl", measureStart},
		{"cluster", "nothing, but keeps a cluster of many pods for measuring it several times", keepCluster},
		{"latency", "change on the server to change on screen, beside kubectl get --watch", measureLatency},
		{"watches", "memory of very many watches of custom types without objects", measureWatches},
		{"idle", "processor time and requests of 20 quiet watches", measureIdle},
		{"memory", "what dogwatch takes of memory with 100,000 pods, and with GOMEMLIMIT while they change", measureMemory},
		{"keys", "key to screen while the type in sight changes all the time", measureKeys},
		{"slow", "bytes and keys on a slow terminal", measureSlow},
		{"cost", "what the start costs the API server, beside kubectl and an unpaged list", measureCost},
		{"serve-load", "the server of memory, keys and slow, which start it by themselves", serveLoad},
		{"record", "what recording a large and busy cluster costs", measureRecord},
	}
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	stop()
	switch {
	case errors.Is(err, flag.ErrHelp):
		os.Exit(2)
	case err != nil:
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	for _, c := range commands() {
		if len(args) > 0 && args[0] == c.name {
			fmt.Println(machine())
			return c.run(ctx, args[1:])
		}
	}
	fmt.Fprintln(os.Stderr, "usage: bench COMMAND [flags]")
	for _, c := range commands() {
		fmt.Fprintf(os.Stderr, "  %-10s %s\n", c.name, c.what)
	}
	return flag.ErrHelp
}

// machine says where the figures that follow are from, and how busy it is already.
func machine() string {
	load, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		load = []byte("unknown")
	}
	averages, _, _ := strings.Cut(string(load), "/")
	return fmt.Sprintf("%s, %d processors, %s, load before %s", runtime.GOOS+"/"+runtime.GOARCH, runtime.NumCPU(),
		runtime.Version(), averages[:max(strings.LastIndexByte(averages, ' '), 0)])
}
