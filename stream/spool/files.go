package spool

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/dogwatch/dogwatch/stream"
)

const (
	// extension is that of segments; their names are the number of their first message.
	extension = ".spool"
	// magic is what a segment's first line begins with; the format follows.
	magic = "dogwatch-spool/1 "
	// positionFile holds the number of the first message that is not delivered, and its checksum.
	positionFile = "position"
	// maxPeek is about how many bytes are read ahead.
	maxPeek = 4 << 20
)

func (s *Spool) path(first uint64) string {
	return filepath.Join(s.dir, fmt.Sprintf("%020d%s", first, extension))
}

// create makes an empty segment, and gives its length.
func create(path, format string) (*os.File, int64, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY|os.O_APPEND, private)
	if err != nil {
		return nil, 0, fmt.Errorf("making a part of the spool: %w", err)
	}
	head := magic + format + "\n"
	if _, err := io.WriteString(file, head); err != nil {
		return nil, 0, errors.Join(fmt.Errorf("making a part of the spool: %w", err), file.Close(), os.Remove(path))
	}
	return file, int64(len(head)), nil
}

// restore takes up what a process before has left.
func (s *Spool) restore() error {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return fmt.Errorf("reading the spool %s: %w", s.dir, err)
	}
	for _, e := range entries {
		name, isSegment := strings.CutSuffix(e.Name(), extension)
		first, err := strconv.ParseUint(name, 10, 64)
		if !isSegment || err != nil {
			continue
		}
		if err := s.take(first); err != nil {
			return err
		}
	}
	slices.SortFunc(s.segments, func(a, b segment) int { return int(int64(a.first - b.first)) })
	if err := s.readPosition(); err != nil {
		return err
	}
	if err := s.readEnd(); err != nil {
		return err
	}
	if n := len(s.segments); n > 0 {
		s.first = min(max(s.first, s.segments[0].first), s.next)
	} else {
		s.next = s.first // all is delivered, and numbers go on
	}
	if err := s.seek(); err != nil {
		return err
	}
	return s.passed()
}

// take takes up one segment.
func (s *Spool) take(first uint64) error {
	file, err := os.Open(s.path(first))
	if err != nil {
		return fmt.Errorf("reading the spool: %w", err)
	}
	defer func() { _ = file.Close() }()
	info, err := file.Stat()
	if err != nil {
		return fmt.Errorf("reading the spool: %w", err)
	}
	want := magic + s.format + "\n"
	head := make([]byte, len(want))
	n, err := file.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("reading the spool: %w", err)
	}
	if strings.HasPrefix(want, string(head[:n])) && n < len(want) { // it was just being made
		if err := os.Remove(file.Name()); err != nil {
			return fmt.Errorf("removing an empty part of the spool: %w", err)
		}
		return nil
	}
	if string(head) != want {
		line, _, _ := bytes.Cut(head, []byte("\n"))
		if was, ok := strings.CutPrefix(string(line), magic); ok {
			return &FormatError{Dir: s.dir, Was: was, Format: s.format}
		}
		return fmt.Errorf("%s is no part of a spool", file.Name())
	}
	s.segments = append(s.segments, segment{first: first, size: info.Size()})
	return nil
}

// readPosition reads how far messages are delivered. Where that cannot be read all that there are are delivered again.
func (s *Spool) readPosition() error {
	path := filepath.Join(s.dir, positionFile)
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, private)
	if err != nil {
		return fmt.Errorf("reading how far the spool is delivered: %w", err)
	}
	s.position = file
	text := make([]byte, len(positionText(0)))
	n, err := file.ReadAt(text, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("reading how far the spool is delivered: %w", err)
	}
	const digits = 20
	if n == len(text) {
		if first, err := strconv.ParseUint(string(text[:digits]), 10, 64); err == nil && bytes.Equal(positionText(first), text) {
			s.first = first
			return nil
		}
	}
	if n > 0 {
		s.harm(0, "it is not known how far the spool was delivered, so all of it is delivered again")
	}
	return nil
}

// positionText spells the number of a message. It has always the same length, so that it is written over what was there.
func positionText(first uint64) []byte {
	number := fmt.Sprintf("%020d", first)
	return fmt.Appendf(nil, "%s %08x\n", number, checksum([]byte(number)))
}

// readEnd finds out how many messages the last segment has, and cuts off what stands behind them.
func (s *Spool) readEnd() error {
	n := len(s.segments)
	if n == 0 {
		return nil
	}
	last := &s.segments[n-1]
	s.next = last.first
	file, err := os.OpenFile(s.path(last.first), os.O_RDWR, private)
	if err != nil {
		return fmt.Errorf("reading the end of the spool: %w", err)
	}
	defer func() { _ = file.Close() }()
	at := s.begin()
	for at < last.size {
		_, end, err := readAt(file, at, last.size)
		if errors.Is(err, errDamaged) {
			s.harm(0, "the end of the spool was incomplete: %d bytes were dropped, most likely of a single event", last.size-at)
			if err := file.Truncate(at); err != nil {
				return fmt.Errorf("cutting the end of the spool: %w", err)
			}
			break
		}
		if err != nil {
			return err
		}
		at = end
		s.next++
	}
	last.size = at
	if s.next > last.first {
		return nil
	}
	if err := os.Remove(file.Name()); err != nil { // its name is that of the next one
		return fmt.Errorf("removing an empty part of the spool: %w", err)
	}
	s.segments = s.segments[:n-1]
	return nil
}

// begin is where a segment's first message is.
func (s *Spool) begin() int64 { return int64(len(magic) + len(s.format) + len("\n")) }

// seek finds where the first message that is not delivered is.
func (s *Spool) seek() error {
	s.at = s.begin()
	i := s.reading()
	if i < 0 {
		return nil
	}
	number := s.segments[i].first
	in, err := s.open(number)
	if err != nil {
		return err
	}
	for ; number < s.first; number++ {
		_, end, err := readAt(in, s.at, s.segments[i].size)
		if errors.Is(err, errDamaged) {
			return s.skip(i)
		}
		if err != nil {
			return err
		}
		s.at = end
	}
	return nil
}

// reading is the index of the segment that has the first message that is not delivered, -1 where none has.
func (s *Spool) reading() int {
	for i := len(s.segments) - 1; i >= 0; i-- {
		if s.segments[i].first <= s.first {
			return i
		}
	}
	return -1
}

// open opens the segment of that first message to be read.
func (s *Spool) open(first uint64) (*os.File, error) {
	if s.in != nil && s.inOf == first {
		return s.in, nil
	}
	if s.in != nil {
		_ = s.in.Close()
	}
	in, err := os.Open(s.path(first))
	if err != nil {
		s.in = nil
		return nil, fmt.Errorf("reading the spool: %w", err)
	}
	s.in, s.inOf = in, first
	return in, nil
}

// read reads messages from the front that were not read yet, and gives all that are, up to so many. They are of one segment.
func (s *Spool) read(most int) ([]stream.Message, error) {
	s.mu.Lock()
	i := s.reading()
	if i < 0 || s.first == s.next {
		s.mu.Unlock()
		return nil, nil
	}
	of, at, number := s.segments[i], s.at, s.first
	next := s.next
	if i+1 < len(s.segments) {
		next = s.segments[i+1].first
	}
	s.mu.Unlock()
	in, err := s.open(of.first)
	if err != nil {
		return nil, err
	}
	if n := len(s.peeked); n > 0 {
		at, number = s.peeked[n-1].end, number+uint64(n)
	}
	for size := int64(0); len(s.peeked) < most && number < next && size < maxPeek; number++ {
		m, end, err := readAt(in, at, of.size)
		if errors.Is(err, errDamaged) {
			if len(s.peeked) > 0 {
				break // those before it come first
			}
			if err := s.skip(i); err != nil {
				return nil, err
			}
			return s.read(most)
		}
		if err != nil {
			return nil, err
		}
		s.peeked = append(s.peeked, peeked{m, end})
		size, at = size+end-at, end
	}
	batch := make([]stream.Message, min(most, len(s.peeked)))
	for k := range batch {
		batch[k] = s.peeked[k].message
	}
	return batch, nil
}

// skip gives up what is left of a segment.
func (s *Spool) skip(i int) error {
	s.mu.Lock()
	of, next := s.segments[i], s.next
	if i+1 < len(s.segments) {
		next = s.segments[i+1].first
	}
	lost := next - max(s.first, of.first)
	s.first, s.at = next, of.size // where the next one will be, if it is of the same segment
	s.mu.Unlock()
	s.harm(lost, "a part of the spool is damaged: %s", filepath.Base(s.path(of.first)))
	return s.passed()
}

// passed notes how far messages are delivered, and removes the segments of which all are.
func (s *Spool) passed() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.position.WriteAt(positionText(s.first), 0); err != nil {
		return fmt.Errorf("noting how far the spool is delivered: %w", err)
	}
	for len(s.segments) > 1 && s.segments[1].first <= s.first {
		if err := os.Remove(s.path(s.segments[0].first)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("removing what is delivered from the spool: %w", err)
		}
		if s.in != nil && s.inOf == s.segments[0].first { // it would keep the room of what is removed
			_ = s.in.Close()
			s.in = nil
		}
		s.segments = s.segments[1:]
		if s.segments[0].first == s.first {
			s.at = s.begin()
		}
	}
	wake(s.room)
	return nil
}

// free gives up the last segment where all in it is delivered, for the room that it takes, and tells whether it did.
func (s *Spool) free() (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := len(s.segments)
	if n == 0 || s.first != s.next || s.segments[n-1].first == s.next {
		return false, nil
	}
	if s.out != nil {
		if err := s.out.Close(); err != nil {
			return false, fmt.Errorf("ending a part of the spool: %w", err)
		}
		s.out = nil
	}
	for ; len(s.segments) > 0; s.segments = s.segments[1:] {
		path := s.path(s.segments[0].first)
		if err := errors.Join(os.Truncate(path, 0), os.Remove(path)); err != nil { // who reads has it open yet, which would keep its room
			return false, fmt.Errorf("removing what is delivered from the spool: %w", err)
		}
	}
	return true, nil
}

// readAt reads the message at a place of a segment that is so long, and gives where it ends.
func readAt(file io.ReaderAt, at, size int64) (stream.Message, int64, error) {
	var head [headSize]byte
	if at+headSize > size {
		return stream.Message{}, 0, errDamaged
	}
	if _, err := file.ReadAt(head[:], at); err != nil {
		return stream.Message{}, 0, fmt.Errorf("reading the spool: %w", err)
	}
	length, sum, err := readHead(head[:])
	if err != nil || at+headSize+length > size {
		return stream.Message{}, 0, errDamaged
	}
	text := make([]byte, length)
	if _, err := file.ReadAt(text, at+headSize); err != nil {
		return stream.Message{}, 0, fmt.Errorf("reading the spool: %w", err)
	}
	m, err := readMessage(text, sum)
	return m, at + headSize + length, err
}
