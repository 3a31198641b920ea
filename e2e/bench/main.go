// Bench records a large and busy cluster with dogwatch record, and then opens and seeks the recording. It prints what
// that costs: bytes an event, the recorder's processor time and memory as time goes by, and how long opening and seeking take.
//
//	go run ./bench                  # ten minutes at 1,000 changes a second over 50,000 pods
//	go run ./bench -for 1m -pods 5000
//
// The cluster is an API server in this process, which takes processor time of its own. It needs Linux, for /proc.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/dogwatch/dogwatch/replay/apiserver"
)

type options struct {
	length  time.Duration
	pods    int
	rate    int
	program string
	keep    string
}

func main() {
	var o options
	flag.DurationVar(&o.length, "for", 10*time.Minute, "how long to record")
	flag.IntVar(&o.pods, "pods", 50_000, "how many pods there are")
	flag.IntVar(&o.rate, "rate", 1000, "changes a second")
	flag.StringVar(&o.program, "dogwatch", "", "the program to measure; built from the folder above when empty")
	flag.StringVar(&o.keep, "keep", "", "keep the recording under this name")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options) (err error) {
	if o.pods < 2 || o.rate < 1 || o.length < time.Second {
		return errors.New("there must be some pods, changes and seconds")
	}
	dir, err := os.MkdirTemp("", "dogwatch-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if o.program == "" {
		o.program = filepath.Join(dir, "dogwatch")
		build := exec.CommandContext(ctx, "go", "build", "-o", o.program, ".")
		build.Dir, build.Stderr = "..", os.Stderr
		if err := build.Run(); err != nil {
			return fmt.Errorf("building dogwatch: %w", err)
		}
	}
	file := o.keep
	if file == "" {
		file = filepath.Join(dir, "load.jsonl.zst")
	}
	if err := record(ctx, o, dir, file); err != nil {
		return err
	}
	return replay(ctx, file)
}

// record has the recorder run over a cluster that changes, and prints what it took.
func record(ctx context.Context, o options, dir, file string) (err error) {
	l, err := newLoad(o.pods)
	if err != nil {
		return err
	}
	server := apiserver.New(l.store, apiserver.Options{RequireToken: true})
	if err := server.Start(ctx); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Close()) }()
	kubeconfig, err := server.Kubeconfig("load")
	if err != nil {
		return err
	}
	path := filepath.Join(dir, "kubeconfig")
	if err := os.WriteFile(path, kubeconfig, 0o600); err != nil {
		return err
	}
	fmt.Printf("%d pods of %d bytes, %d changes a second for %s\n", o.pods, l.size(), o.rate, o.length)
	r, err := startRecorder(ctx, o.program, file, path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.settle(ctx), r.end()) }()
	if err := r.awaitState(ctx, o.pods); err != nil {
		return err
	}
	before, err := r.usage()
	if err != nil {
		return err
	}
	fmt.Printf("first state after %s: %.1f MB in the file, %s\n", before.at.Sub(r.began).Round(100*time.Millisecond), mega(before.file), before)
	if err := l.run(ctx, o.rate, o.length, r.report); err != nil {
		return err
	}
	after, err := r.usage()
	if err != nil {
		return err
	}
	per := func(n float64) float64 { return n / float64(l.changes) }
	fmt.Printf("%d changes in %s (%.0f a second)\n", l.changes, after.at.Sub(before.at).Round(time.Second),
		float64(l.changes)/after.at.Sub(before.at).Seconds())
	fmt.Printf("file: %.1f MB, %.0f bytes a change, with the complete states in between\n",
		mega(after.file), per(float64(after.file-before.file)))
	fmt.Printf("recorder: %.2f s of processor time for 1,000 changes (%.0f%% of a processor)\n", 1000*per((after.cpu-before.cpu).Seconds()),
		100*(after.cpu-before.cpu).Seconds()/after.at.Sub(before.at).Seconds())
	return nil
}

func mega(n int64) float64 { return float64(n) / 1e6 }
