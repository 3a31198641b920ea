package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// cost is what the packages of one module do before main.
type cost struct {
	clock  float64 // ms
	bytes  int64
	allocs int64
}

// printImports prints which modules' packages take the most time to initialise.
func (b *bed) printImports(ctx context.Context) error {
	modules, err := modulesOf(ctx)
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, b.program, "--version")
	cmd.Env = append(os.Environ(), "GODEBUG=inittrace=1")
	var trace strings.Builder
	cmd.Stderr = &trace
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("tracing the start-up imports: %w", err)
	}
	costs, total := sumImports(trace.String(), modules)
	fmt.Printf("start-up imports: %.1f ms, %.2f MB in %d allocations\n", total.clock, mega(total.bytes), total.allocs)
	names := slices.SortedFunc(maps.Keys(costs), func(x, y string) int {
		if costs[x].clock > costs[y].clock {
			return -1
		}
		return 1
	})
	for _, name := range names[:min(len(names), 10)] {
		c := costs[name]
		fmt.Printf("  %6.2f ms %6.2f MB %7d allocations  %s\n", c.clock, mega(c.bytes), c.allocs, name)
	}
	return nil
}

// sumImports adds up the runtime's lines on packages, by module.
func sumImports(trace string, modules map[string]string) (costs map[string]cost, total cost) {
	line := regexp.MustCompile(`(?m)^init (\S+) @\S+ ms, (\S+) ms clock, (\d+) bytes, (\d+) allocs`)
	costs = map[string]cost{}
	for _, match := range line.FindAllStringSubmatch(trace, -1) {
		clock, _ := strconv.ParseFloat(match[2], 64)
		bytes, _ := strconv.ParseInt(match[3], 10, 64)
		allocs, _ := strconv.ParseInt(match[4], 10, 64)
		name := modules[match[1]]
		if name == "" {
			name = "the standard library"
		}
		c := costs[name]
		costs[name] = cost{c.clock + clock, c.bytes + bytes, c.allocs + allocs}
		total = cost{total.clock + clock, total.bytes + bytes, total.allocs + allocs}
	}
	return costs, total
}

// modulesOf says of each package of dogwatch which module it is in.
func modulesOf(ctx context.Context) (map[string]string, error) {
	cmd := exec.CommandContext(ctx, "go", "list", "-deps", "-f", "{{.ImportPath}} {{with .Module}}{{.Path}}{{end}}", ".")
	cmd.Dir, cmd.Stderr = "..", os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("listing dogwatch's packages: %w", err)
	}
	modules := map[string]string{}
	for line := range strings.Lines(string(out)) {
		pkg, module, _ := strings.Cut(strings.TrimSpace(line), " ")
		modules[pkg] = module
	}
	return modules, nil
}
