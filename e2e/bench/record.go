package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/dogwatch/dogwatch/replay/apiserver"
)

type recordOptions struct {
	length  time.Duration
	pods    int
	rate    int
	program string
	keep    string
}

// measureRecord records a large and busy cluster with dogwatch record, and then opens and seeks the recording. It prints what
// that costs: bytes an event, the recorder's processor time and memory as time goes by, and how long opening and seeking take.
// The cluster is an API server in this process, which takes processor time of its own.
func measureRecord(ctx context.Context, args []string) (err error) {
	var o recordOptions
	flags := flag.NewFlagSet("record", flag.ContinueOnError)
	flags.DurationVar(&o.length, "for", 10*time.Minute, "how long to record")
	flags.IntVar(&o.pods, "pods", 50_000, "how many pods there are")
	flags.IntVar(&o.rate, "rate", 1000, "changes a second")
	flags.StringVar(&o.program, "dogwatch", "", programUsage)
	flags.StringVar(&o.keep, "keep", "", "keep the recording under this name")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if o.pods < 2 || o.rate < 1 || o.length < time.Second {
		return errors.New("there must be some pods, changes and seconds")
	}
	b, err := makeBed(ctx, o.program)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.remove()) }()
	o.program = b.program
	file := o.keep
	if file == "" {
		file = filepath.Join(b.dir, "load.jsonl.zst")
	}
	if err := record(ctx, o, b.dir, file); err != nil {
		return err
	}
	return replay(ctx, file)
}

// record has the recorder run over a cluster that changes, and prints what it took.
func record(ctx context.Context, o recordOptions, dir, file string) (err error) {
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
