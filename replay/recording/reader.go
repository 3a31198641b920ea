package recording

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/klauspost/compress/zstd"
)

// ErrNotRecording says that what was opened is something else.
var ErrNotRecording = errors.New("not a dogwatch recording")

// VersionError says that a recording is newer than this program.
type VersionError struct{ Version int }

func (e *VersionError) Error() string {
	return fmt.Sprintf("the recording has format version %d, this dogwatch reads up to %d: a newer dogwatch opens it", e.Version, FormatVersion)
}

// CutError says that a segment has no end: the recorder crashed, its disk was full, or the file was damaged. All entries
// before were read.
type CutError struct{ Err error }

func (e *CutError) Error() string { return "this part of the recording breaks off: " + e.Err.Error() }

func (e *CutError) Unwrap() error { return e.Err }

// Segment is a part of a recording that can be read without the others: they only say which marks of its masks stand for the same value as a mark of theirs.
type Segment struct {
	Header
	from  io.ReaderAt
	frame frame
	marks *remarks // nil in what the first recorder wrote
}

// Cut tells that the segment's end is not in the file, which the recording's Problems tell too.
func (s *Segment) Cut() bool { return s.frame.err != nil }

// Open tells that the segment ends in the file as one does that is still being written: nothing of it need be lost.
func (s *Segment) Open() bool { return errors.Is(s.frame.err, errOpen) }

// Size is the number of bytes that the segment takes in the file.
func (s *Segment) Size() int64 { return s.frame.size }

func (s *Segment) readHeader() error {
	r, err := s.open()
	if err != nil {
		return err
	}
	defer r.Close()
	s.Header = r.header
	return nil
}

// Read gives each entry after the header to f, End included, in order, until f returns an error, which is then its own. A *CutError says
// that the segment has no proper end.
func (s *Segment) Read(f func(*Entry) error) error {
	var e Entry
	for line, err := range s.Lines() {
		if err != nil {
			return err
		}
		e = Entry{}
		if err := e.decode(line.text); err != nil {
			return &CutError{worded{"a line is damaged", err}}
		}
		line.date(&e)
		if err := f(&e); err != nil {
			return err
		}
	}
	return nil
}

// Lines are the lines that Read gives the entries of, for a reader that looks into few of them or pulls. The error comes
// last, with no line; a *CutError says that the segment has no proper end. A value that was masked by another recorder before has the mark that it had there, unless it
// is known to be another.
func (s *Segment) Lines() iter.Seq2[*Line, error] { return s.lines(s.marks) }

// lines is Lines with marks as they are to be; nil leaves them as they stand in the file.
func (s *Segment) lines(marks *remarks) iter.Seq2[*Line, error] {
	return func(yield func(*Line, error) bool) {
		r, err := s.open()
		if err != nil {
			yield(nil, err)
			return
		}
		defer r.Close()
		var line Line
		last := s.At
		for {
			text, err := r.line()
			if err == nil {
				marks.apply(text)
				err = line.readAfter(text, last)
			}
			if err != nil {
				yield(nil, &CutError{err})
				return
			}
			if line.Kind != Present {
				last = line.At
			}
			if !yield(&line, nil) {
				return
			}
			if line.Kind == End {
				if err := r.verify(); err != nil {
					yield(nil, &CutError{err})
				}
				return
			}
		}
	}
}

// reader reads the lines of one segment.
type reader struct {
	header Header
	zstd   *zstd.Decoder
	lines  *bufio.Scanner
}

func (s *Segment) open() (*reader, error) {
	dec, err := zstd.NewReader(io.NewSectionReader(s.from, s.frame.offset, s.frame.size),
		zstd.WithDecoderConcurrency(1),
		zstd.WithDecoderLowmem(true),
		zstd.WithDecoderMaxWindow(8<<20),
	)
	if err != nil {
		return nil, fmt.Errorf("opening a segment of a recording: %w", err)
	}
	r := &reader{zstd: dec, lines: bufio.NewScanner(dec)}
	r.lines.Buffer(make([]byte, 0, 64<<10), MaxLine)
	r.lines.Split(wholeLines)
	if err := r.readHeader(); err != nil {
		r.Close()
		return nil, err
	}
	return r, nil
}

// wholeLines splits into lines and gives no part of one at the end.
func wholeLines(data []byte, atEOF bool) (advance int, token []byte, err error) {
	if i := bytes.IndexByte(data, '\n'); i >= 0 {
		return i + 1, data[:i], nil
	}
	if atEOF && len(data) > 0 {
		return 0, nil, io.ErrUnexpectedEOF
	}
	return 0, nil, nil
}

func (r *reader) Close() { r.zstd.Close() }

func (r *reader) line() ([]byte, error) {
	if r.lines.Scan() {
		return r.lines.Bytes(), nil
	}
	if err := r.lines.Err(); err != nil {
		return nil, inWords(err)
	}
	return nil, inWords(io.ErrUnexpectedEOF)
}

// verify reads on behind the end, where the checksum of all that was read is.
func (r *reader) verify() error {
	r.lines.Scan()
	return inWords(r.lines.Err())
}

func (r *reader) readHeader() error {
	line, err := r.line()
	if err != nil {
		return err
	}
	r.header, err = parseHeader(line)
	return err
}

// decode reads a line. An object at its end, where writers put it, is checked but not looked into.
func (e *Entry) decode(line []byte) error {
	head, object, ok := bytes.Cut(line, []byte(objectMember))
	if object, closed := bytes.CutSuffix(object, []byte("}")); ok && closed && len(head) > 1 {
		split := append(append(make([]byte, 0, len(head)+1), head...), '}')
		if json.Unmarshal(split, e) == nil && isObject(object) {
			e.Object = object
			return e.check()
		}
		*e = Entry{}
	}
	if err := json.Unmarshal(line, e); err != nil {
		return err
	}
	return e.check()
}

func isObject(v jsontext.Value) bool { return v.Kind() == '{' && v.IsValid() }

// check refuses an entry that lacks what its kind needs. Kinds that are not known are let pass: a reader skips them.
func (e *Entry) check() error {
	switch e.Kind {
	case Present, Added, Modified, Deleted:
		if !isObject(e.Object) {
			return fmt.Errorf("an entry %s has no object", e.Kind)
		}
		_, err := e.Type.Resource()
		return err
	case Watch:
		_, err := e.Type.Resource()
		return err
	}
	return nil
}
