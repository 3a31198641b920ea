// Package spool is a queue of messages in a directory, which outlives the process: what was put and not delivered when it ended, or was
// killed, is there when the directory is opened again.
//
// A directory has segments, each of a row of messages, and the number of the first message that is not delivered yet. A segment is removed once
// all in it is. Each message has a checksum; where one is damaged the rest of its segment is given up, and counted.
package spool

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/gofrs/flock"

	"github.com/dogwatch/dogwatch/stream"
)

const (
	// leastSegments is into how many segments the limit is divided at least: the room of one is free again when all in it is delivered.
	leastSegments = 16
	// maxSegment is how long a segment becomes at most, unless one message alone is longer.
	maxSegment = 16 << 20
	// syncEvery is the most that a power cut may cost, as long as messages come.
	syncEvery = time.Second
	// fullPause is how often it is tried again where the disk has no room.
	fullPause = time.Second
	private   = 0o600
)

// Spool is a stream.Queue in a directory.
type Spool struct {
	dir    string
	format string
	limit  int64
	lock   *flock.Flock

	// Of Put alone.
	out    *os.File
	synced time.Time
	append func(*os.File, []byte) (int, error)
	onFull func(error)

	// Of Peek and Drop alone.
	in     *os.File
	inOf   uint64 // the first number of the segment that in reads
	peeked []peeked

	mu       sync.Mutex
	segments []segment // the oldest first; the last one is written to
	next     uint64    // the number of the message that is put next
	first    uint64    // that of the first that is not delivered
	at       int64     // where it is in its segment
	position *os.File
	sealed   bool
	damage   []Damage
	full     error  // why there is no room on the disk; nil where there is
	fulls    uint64 // how often there was none
	more     chan struct{}
	room     chan struct{}
}

// segment is a file of messages.
type segment struct {
	first uint64 // the number of its first message
	size  int64
}

// peeked is a message that was given, and where the one behind it begins.
type peeked struct {
	message stream.Message
	end     int64
}

// Damage is what could not be read of a spool.
type Damage struct {
	// Lost is how many messages that costs; 0 where that is not known.
	Lost   uint64
	Reason string
}

// FormatError tells that a directory holds what is written in another format than is asked for.
type FormatError struct{ Dir, Was, Format string }

func (e *FormatError) Error() string {
	return fmt.Sprintf("the spool %s holds events as %s, which are to be sent as such first: use another directory for %s", e.Dir, e.Was, e.Format)
}

var _ stream.Queue = (*Spool)(nil)

// Open opens a directory, which it makes where there is none, for messages of a format. It is for one process at a time. limit is how many
// bytes of disk it may take.
func Open(dir, format string, limit int64) (*Spool, error) {
	const privateDir = 0o700
	if err := os.MkdirAll(dir, privateDir); err != nil {
		return nil, fmt.Errorf("making the spool's directory: %w", err)
	}
	s := &Spool{
		dir: dir, format: format, limit: limit, lock: flock.New(filepath.Join(dir, ".lock"), flock.SetPermissions(private)),
		more: make(chan struct{}, 1), room: make(chan struct{}, 1), next: 1, first: 1,
		append: (*os.File).Write, onFull: func(error) {},
	}
	locked, err := s.lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("locking the spool %s: %w", dir, err)
	}
	if !locked {
		return nil, fmt.Errorf("the spool %s is in use by another process", dir)
	}
	if err := s.restore(); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// Put implements stream.Queue. The message is with the operating system when it returns.
func (s *Spool) Put(ctx context.Context, m stream.Message) error {
	record := appendRecord(nil, &m)
	for {
		pause := time.Duration(0)
		if s.hasRoom(int64(len(record))) {
			err := s.write(record)
			if err == nil {
				s.noteFull(nil)
				wake(s.more)
				return s.sync()
			}
			if !errors.Is(err, syscall.ENOSPC) && !errors.Is(err, syscall.EDQUOT) {
				return err
			}
			freed, freeErr := s.free()
			if freeErr != nil {
				return freeErr
			}
			if freed {
				continue
			}
			s.noteFull(err)
			pause = fullPause
		}
		if err := s.wait(ctx, pause); err != nil {
			return err
		}
	}
}

// wait waits for room, or for a while.
func (s *Spool) wait(ctx context.Context, pause time.Duration) error {
	var late <-chan time.Time
	if pause > 0 {
		timer := time.NewTimer(pause)
		defer timer.Stop()
		late = timer.C
	}
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-s.room:
	case <-late:
	}
	return nil
}

// hasRoom tells whether so much more may be written. For one message there is room always.
func (s *Spool) hasRoom(n int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.first == s.next || s.bytes()+n <= s.limit
}

// write appends a record.
func (s *Spool) write(record []byte) error {
	if err := s.roll(int64(len(record))); err != nil {
		return err
	}
	if _, err := s.append(s.out, record); err != nil {
		s.mu.Lock()
		size := s.segments[len(s.segments)-1].size
		s.mu.Unlock()
		return errors.Join(fmt.Errorf("writing to the spool: %w", err), s.out.Truncate(size))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.segments[len(s.segments)-1].size += int64(len(record))
	s.next++
	return nil
}

// roll begins a segment where there is none to write to, or it is full.
func (s *Spool) roll(n int64) error {
	s.mu.Lock()
	first, full := s.next, false
	if s.out != nil {
		last := s.segments[len(s.segments)-1]
		full = last.first != first && last.size+n > min(maxSegment, s.limit/leastSegments)
	}
	s.mu.Unlock()
	if s.out != nil && !full {
		return nil
	}
	if s.out != nil {
		if err := errors.Join(s.out.Sync(), s.out.Close()); err != nil {
			return fmt.Errorf("ending a part of the spool: %w", err)
		}
		s.out = nil
	}
	out, size, err := create(s.path(first), s.format)
	if err != nil {
		return err
	}
	s.out = out
	s.mu.Lock()
	defer s.mu.Unlock()
	s.segments = append(s.segments, segment{first: first, size: size})
	if s.first == first {
		s.at = size
	}
	return nil
}

// sync has the disk keep what was written, from time to time.
func (s *Spool) sync() error {
	if time.Since(s.synced) < syncEvery {
		return nil
	}
	s.synced = time.Now()
	if err := s.out.Sync(); err != nil {
		return fmt.Errorf("writing to the spool: %w", err)
	}
	return nil
}

// Peek implements stream.Queue.
func (s *Spool) Peek(ctx context.Context, most int) ([]stream.Message, error) {
	for {
		batch, err := s.read(most)
		if len(batch) > 0 || err != nil {
			return batch, err
		}
		s.mu.Lock()
		end := s.sealed && s.first == s.next
		s.mu.Unlock()
		if end {
			return nil, io.EOF
		}
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-s.more:
		}
	}
}

// Drop implements stream.Queue.
func (s *Spool) Drop(n int) error {
	if n == 0 {
		return nil
	}
	s.mu.Lock()
	s.first += uint64(n)
	s.at = s.peeked[n-1].end
	s.mu.Unlock()
	clear(s.peeked[:n])
	s.peeked = s.peeked[n:]
	return s.passed()
}

// Seal implements stream.Queue.
func (s *Spool) Seal() {
	s.mu.Lock()
	s.sealed = true
	s.mu.Unlock()
	wake(s.more)
}

// Len implements stream.Queue.
func (s *Spool) Len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return int(s.next - s.first)
}

// Bytes implements stream.Queue: what waits takes so much of the disk. What is delivered of a segment is not counted.
func (s *Spool) Bytes() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.first == s.next {
		return 0
	}
	return s.bytes() - s.at
}

// OnFull has it told, by Put, when the disk has no room, and with nil when it has again. Call it before Put.
func (s *Spool) OnFull(tell func(error)) { s.onFull = tell }

// Full tells how often the disk had no room, and why nothing can be put now; nil where it can.
func (s *Spool) Full() (uint64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.fulls, s.full
}

// noteFull notes why the disk has no room, or that it has, and tells it where that is new.
func (s *Spool) noteFull(err error) {
	s.mu.Lock()
	was := s.full
	s.full = err
	if err != nil {
		s.fulls++
	}
	s.mu.Unlock()
	if (was == nil) != (err == nil) {
		s.onFull(err)
	}
}

func (s *Spool) bytes() int64 {
	var all int64
	for _, g := range s.segments {
		all += g.size
	}
	return all
}

// Damage tells what could not be read since it was asked last.
func (s *Spool) Damage() []Damage {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.damage
	s.damage = nil
	return all
}

func (s *Spool) harm(lost uint64, format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.damage = append(s.damage, Damage{lost, fmt.Sprintf(format, args...)})
}

// Close lets go of the directory. What was not delivered stays there. Nothing else may be called any more.
func (s *Spool) Close() error {
	var errs []error
	if s.out != nil {
		errs = append(errs, s.out.Sync())
	}
	for _, file := range []*os.File{s.out, s.in, s.position} {
		if file != nil {
			errs = append(errs, file.Close())
		}
	}
	if s.position != nil && s.first == s.next { // all is delivered: messages of another format may come next
		for _, g := range s.segments {
			if err := os.Remove(s.path(g.first)); !errors.Is(err, fs.ErrNotExist) {
				errs = append(errs, err)
			}
		}
	}
	errs = append(errs, s.lock.Unlock())
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("ending the spool %s: %w", s.dir, err)
	}
	return nil
}

func wake(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
