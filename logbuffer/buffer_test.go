package logbuffer_test

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/dogwatch/dogwatch/logbuffer"
)

func TestBufferJoinsPartsAndSplitsLines(t *testing.T) {
	b := logbuffer.New(10, 1<<20, nil)
	for _, part := range []string{"a", "b\nc\r\n\nd", "e"} {
		if n, err := io.WriteString(b, part); n != len(part) || err != nil {
			t.Fatalf("Write = %d, %v", n, err)
		}
	}
	if got, want := b.Lines(0, 10), []string{"ab", "c", ""}; !slices.Equal(got, want) {
		t.Errorf("lines %q, want %q", got, want)
	}
}

func TestBufferForgetsTheOldest(t *testing.T) {
	b := logbuffer.New(3, 1<<20, nil)
	for i := range 100 {
		fmt.Fprintf(b, "line %d\n", i)
		first, end := b.Range()
		if end != uint64(i+1) || end-first != uint64(min(i+1, 3)) {
			t.Fatalf("after line %d: kept %d to %d", i, first, end)
		}
	}
	if got, want := b.Lines(98, 10), []string{"line 98", "line 99"}; !slices.Equal(got, want) {
		t.Errorf("lines %q, want %q", got, want)
	}
	if got, want := b.Lines(0, 2), []string{"line 97", "line 98"}; !slices.Equal(got, want) {
		t.Errorf("from a forgotten line: %q, want %q", got, want)
	}
	if got := b.Lines(100, 5); len(got) != 0 {
		t.Errorf("after the last: %q", got)
	}
	if got := b.Lines(97, -1); len(got) != 0 {
		t.Errorf("a negative number of lines: %q", got)
	}
}

func TestBufferBoundsBytes(t *testing.T) {
	b := logbuffer.New(1_000_000, 64<<10, nil)
	for range 100 {
		_, _ = io.WriteString(b, strings.Repeat("x", 4<<10)+"\n")
	}
	if first, end := b.Range(); end-first != 16 {
		t.Errorf("keeps %d lines of 4 KiB in 64 KiB", end-first)
	}
}

func TestBufferCutsEndlessLines(t *testing.T) {
	b := logbuffer.New(10, 1<<20, nil)
	for range 1000 {
		_, _ = io.WriteString(b, strings.Repeat("x", 1000))
	}
	_, _ = io.WriteString(b, "\nnext\n")
	lines := b.Lines(0, 10)
	if len(lines) != 2 || lines[1] != "next" {
		t.Fatalf("got %d lines", len(lines))
	}
	if len(lines[0]) > 9000 || !strings.HasSuffix(lines[0], "…") {
		t.Errorf("kept %d bytes, ending in %q", len(lines[0]), lines[0][len(lines[0])-5:])
	}
}

func TestBufferTellsOfLinesFromAnyGoroutine(t *testing.T) {
	var mu sync.Mutex
	told := 0
	b := logbuffer.New(100, 1<<20, func() { mu.Lock(); told++; mu.Unlock() })
	var writers sync.WaitGroup
	for range 8 {
		writers.Go(func() {
			for range 200 {
				_, _ = io.WriteString(b, "part ")
				_, _ = io.WriteString(b, "end\n")
				b.Lines(0, 5)
			}
		})
	}
	writers.Wait()
	if _, end := b.Range(); end != 1600 || told != 1600 {
		t.Errorf("%d lines, told of %d, want 1600", end, told)
	}
}
