// Package sinks are the places to which a stream's messages can go without a broker: a writer such as stdout, a file, an HTTP server.
package sinks

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"

	"github.com/dogwatch/dogwatch/stream"
)

// Lines writes each message as a line.
type Lines struct {
	to io.Writer
	// mend undoes what an incomplete write left, nil where nothing can be undone.
	mend func() error
	// torn tells that an incomplete line is the last.
	torn bool
	out  bytes.Buffer
}

// NewLines makes a sink of a writer that others own, such as stdout. Where that is a pipe that nobody reads, it says stream.ErrNobody.
func NewLines(to io.Writer) *Lines { return &Lines{to: to} }

// Send implements stream.Sink. A write that blocks holds it up beyond the end of ctx.
func (l *Lines) Send(ctx context.Context, batch []stream.Message) (int, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	if err := l.begin(); err != nil {
		return 0, err
	}
	l.out.Reset()
	for i := range batch {
		l.out.Write(batch[i].Body)
		l.out.WriteByte('\n')
	}
	n, err := l.to.Write(l.out.Bytes())
	if err == nil {
		return len(batch), nil
	}
	taken := 0
	for ; taken < len(batch) && n > len(batch[taken].Body); taken++ {
		n -= len(batch[taken].Body) + 1
	}
	l.torn = n > 0
	if errors.Is(err, syscall.EPIPE) || errors.Is(err, fs.ErrClosed) || errors.Is(err, syscall.EBADF) || errors.Is(err, io.ErrClosedPipe) {
		return taken, stream.ErrNobody
	}
	return taken, fmt.Errorf("writing: %w", err)
}

// begin ends a line that was left incomplete.
func (l *Lines) begin() error {
	if !l.torn {
		return nil
	}
	if l.mend != nil {
		if err := l.mend(); err != nil {
			return err
		}
	} else if _, err := io.WriteString(l.to, "\n"); err != nil {
		return fmt.Errorf("writing: %w", err)
	}
	l.torn = false
	return nil
}

// Close implements stream.Sink. What is written to is for its owner to close.
func (l *Lines) Close() error { return nil }

// File appends each message to a file as a line.
type File struct {
	Lines
	file *os.File
}

// OpenFile opens a file to append to, which it makes where there is none, readable by its owner alone. A line that was left incomplete
// by who wrote it last is taken off, so what it holds already has to begin as isOurs says of it. It is for one process at a time, where the file system knows locks.
func OpenFile(path string, isOurs func(text []byte) bool) (*File, error) {
	const private = 0o600
	if err := CheckFile(path, isOurs); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_RDWR, private)
	if err != nil {
		return nil, fmt.Errorf("opening the file to write: %w", err)
	}
	if !lock(file) { // before a line is taken off that another process is writing
		return nil, errors.Join(fmt.Errorf("the file %s is written by another process: choose another name", path), file.Close())
	}
	f := &File{Lines: Lines{to: file}, file: file}
	f.mend = f.cut
	if err := f.cut(); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return f, nil
}

// CheckFile finds what keeps a file from being appended to, as far as it is there and may be read.
func CheckFile(path string, isOurs func(text []byte) bool) error {
	if info, err := os.Stat(path); err != nil {
		return nil // opening it says why
	} else if !info.Mode().IsRegular() {
		return fmt.Errorf("%s is no regular file: choose another name", path)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer file.Close()
	const beginning = 64
	text := make([]byte, beginning)
	n, err := io.ReadFull(file, text)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("looking at what is in the file: %w", err)
	}
	if !isOurs(text[:n]) {
		return fmt.Errorf("%s holds something else than events: choose another name", path)
	}
	return nil
}

// cut takes off what stands behind the end of the last line.
func (f *File) cut() error {
	info, err := f.file.Stat()
	if err != nil {
		return fmt.Errorf("looking at %s: %w", f.file.Name(), err)
	}
	end, err := lastLine(f.file, info.Size())
	if err == nil && end != info.Size() {
		err = f.file.Truncate(end)
	}
	if err != nil {
		return fmt.Errorf("taking an incomplete line off %s: %w", f.file.Name(), err)
	}
	return nil
}

// lastLine finds where the last line of a text ends.
func lastLine(text io.ReaderAt, size int64) (int64, error) {
	const chunk = 64 << 10
	buffer := make([]byte, chunk)
	for end := size; end > 0; {
		begin := max(0, end-chunk)
		part := buffer[:end-begin]
		if _, err := text.ReadAt(part, begin); err != nil && !errors.Is(err, io.EOF) {
			return 0, err
		}
		if i := bytes.LastIndexByte(part, '\n'); i >= 0 {
			return begin + int64(i) + 1, nil
		}
		end = begin
	}
	return 0, nil
}

// Close implements stream.Sink: all that was written is on the disk then.
func (f *File) Close() error {
	if err := errors.Join(f.file.Sync(), f.file.Close()); err != nil {
		return fmt.Errorf("ending the file: %w", err)
	}
	return nil
}
