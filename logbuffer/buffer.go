// Package logbuffer keeps the last lines of dogwatch's own log in memory, for
// a pane to show: klog and client-go write into it instead of on the screen.
//
// It knows no terminal and no logging library: it is an io.Writer that forgets.
package logbuffer

import (
	"bytes"
	"sync"
)

// maxLineBytes is where a line is cut: a log line may carry a whole object.
const maxLineBytes = 8 << 10

// cutMark ends a line that was cut.
const cutMark = " …"

// Buffer is a ring of the last lines that were written to it. All methods may
// be called from any goroutine. Make one with [New].
type Buffer struct {
	maxLines, maxBytes int
	onWrite            func()

	mu      sync.Mutex
	lines   []string // the kept lines, the oldest at start
	start   int      // index of the oldest in lines, once the ring is full
	first   uint64   // number of the oldest line that is kept
	bytes   int      // of all kept lines
	partial []byte   // a line whose end has not been written yet
	cut     bool     // partial is full: what follows up to its end is dropped
}

// New makes a buffer of at most maxLines lines that hold at most maxBytes
// together. onWrite, where not nil, is called after each write that ended a
// line, on the writer's goroutine: it must not block nor write to the buffer.
func New(maxLines, maxBytes int, onWrite func()) *Buffer {
	return &Buffer{maxLines: max(maxLines, 1), maxBytes: max(maxBytes, maxLineBytes), onWrite: onWrite}
}

// Write takes p, which may hold any part of any number of lines. It never
// fails.
func (b *Buffer) Write(p []byte) (int, error) {
	if b.take(p) && b.onWrite != nil {
		b.onWrite()
	}
	return len(p), nil
}

// take reports whether p ended a line.
func (b *Buffer) take(p []byte) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	ended := false
	for len(p) > 0 {
		line, rest, end := bytes.Cut(p, []byte{'\n'})
		b.grow(line)
		if end {
			b.endLine()
			ended = true
		}
		p = rest
	}
	return ended
}

func (b *Buffer) grow(part []byte) {
	if b.cut {
		return
	}
	if room := maxLineBytes - len(b.partial); len(part) > room {
		part, b.cut = part[:room], true
	}
	b.partial = append(b.partial, part...)
}

func (b *Buffer) endLine() {
	line := string(bytes.TrimSuffix(b.partial, []byte{'\r'}))
	if b.cut {
		line += cutMark
	}
	b.partial, b.cut = b.partial[:0], false
	b.bytes += len(line)
	b.lines = append(b.lines, line)
	for b.kept() > b.maxLines || b.bytes > b.maxBytes && b.kept() > 1 {
		b.dropOldest()
	}
}

func (b *Buffer) kept() int { return len(b.lines) - b.start }

// dropOldest moves the lines to the front only when half of the slice is
// dropped ones, so that a line costs the same however many are kept.
func (b *Buffer) dropOldest() {
	b.bytes -= len(b.lines[b.start])
	b.lines[b.start] = ""
	b.start++
	b.first++
	if b.start > len(b.lines)/2 {
		n := copy(b.lines, b.lines[b.start:])
		clear(b.lines[n:])
		b.lines, b.start = b.lines[:n], 0
	}
}

// Range tells which lines are kept: those numbered first up to end, end not
// included. Numbers count from 0 since the buffer was made, so a line keeps
// its own for ever.
func (b *Buffer) Range() (first, end uint64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.first, b.first + uint64(b.kept())
}

// Lines gives at most n lines from number from on. Where from is older than
// what is kept, they start with the oldest kept one.
func (b *Buffer) Lines(from uint64, n int) []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	skip := 0
	if from > b.first {
		skip = int(min(from-b.first, uint64(b.kept())))
	}
	kept := b.lines[b.start+skip:]
	return append([]string(nil), kept[:min(max(n, 0), len(kept))]...)
}
