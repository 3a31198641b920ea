package main

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"time"

	"github.com/dogwatch/dogwatch/replay/apiserver"
	"github.com/dogwatch/dogwatch/replay/player"
	"github.com/dogwatch/dogwatch/replay/recording"
)

// replay opens the recording and goes to places in it, as dogwatch replay does, and prints how long that takes.
func replay(ctx context.Context, file string) error {
	begin := time.Now()
	rec, err := recording.OpenPath(file)
	if err != nil {
		return err
	}
	defer rec.Close()
	p, err := player.New(rec, player.Options{Paused: true})
	if err != nil {
		return err
	}
	fmt.Printf("replay: opened at the beginning in %s\n", took(begin))
	server := apiserver.New(p.Store(), apiserver.Options{Now: p.Now})
	defer server.Close()
	ctx, cancel := context.WithCancel(ctx)
	var playing sync.WaitGroup
	playing.Go(func() { p.Run(ctx) })
	defer playing.Wait()
	defer cancel()
	if err := server.Start(ctx); err != nil {
		return err
	}
	last := rec.Segments()[len(rec.Segments())-1]
	whole, err := endOf(last)
	if err != nil {
		return err
	}
	length := whole.Sub(p.Begin())
	for _, percent := range []time.Duration{100, 50, 25, 75, 0} {
		begin := time.Now()
		if err := p.Seek(ctx, p.Begin().Add(length*percent/100)); err != nil {
			return err
		}
		fmt.Printf("replay: seek to %3d%% in %s\n", percent, took(begin))
	}
	runtime.GC()
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	fmt.Printf("replay: %d segments, heap %.0f MB\n", len(rec.Segments()), mega(int64(memory.HeapAlloc)))
	return nil
}

func took(since time.Time) time.Duration { return time.Since(since).Round(10 * time.Millisecond) }

// endOf is the last moment of a segment.
func endOf(s recording.Segment) (time.Time, error) {
	at := s.At
	for line, err := range s.Lines() {
		if err != nil {
			return at, err
		}
		at = line.At
	}
	return at, nil
}
