package recording

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Recording is an opened recording. It may be read by several goroutines.
type Recording struct {
	segments []Segment
	problems []string
	damaged  bool
	files    []*os.File
}

// Open finds the segments of a recording of size bytes. Of what is not damaged it reads no more than the first line of each,
// so that it is quick with any size. An error is ErrNotRecording, a *VersionError, or one of reading. Of a recording that is damaged somewhere,
// Segments lacks what cannot be read, and Problems tells of it.
func Open(r io.ReaderAt, size int64) (*Recording, error) {
	rec := &Recording{}
	if err := rec.add(r, size); err != nil {
		return nil, err
	}
	rec.join()
	return rec, nil
}

// OpenPath opens the recording in a file, or in all files of a directory that a flight recorder keeps; its parts may be
// dropped while it is open. What else is in the directory is left out, and Problems tells of it. Close it.
func OpenPath(path string) (*Recording, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("opening the recording: %w", err)
	}
	rec := &Recording{}
	switch {
	case info.IsDir():
		err = rec.addDirectory(path)
	case info.Mode().IsRegular():
		err = rec.addFile(path)
	default:
		err = errors.New("it is neither a file nor a directory")
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("opening %s: %w", path, err), rec.Close())
	}
	rec.join()
	return rec, nil
}

// Segments are the recording's segments in the order of time.
func (r *Recording) Segments() []Segment { return r.segments }

// Problems say in words what could not be read when the recording was opened.
func (r *Recording) Problems() []string { return r.problems }

// Damaged tells that something was found to be lost when the recording was opened. That a segment has no end is no loss: it may
// be one that is still being written.
func (r *Recording) Damaged() bool { return r.damaged }

// Close ends the use of the files that OpenPath opened.
func (r *Recording) Close() error {
	var errs []error
	for _, file := range r.files {
		errs = append(errs, file.Close())
	}
	return errors.Join(errs...)
}

// addDirectory adds the files of a directory. They are held open, for a flight recorder may drop them at any time.
func (r *Recording) addDirectory(path string) error {
	entries, err := os.ReadDir(path)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), ".") {
			continue
		}
		before := len(r.problems)
		err := r.addEntry(filepath.Join(path, entry.Name()))
		var version *VersionError
		switch {
		case errors.As(err, &version):
			return fmt.Errorf("%s: %w", entry.Name(), err)
		case err != nil:
			r.problems = append(r.problems, "left out: "+err.Error())
		}
		for i := range r.problems[before:] {
			r.problems[before+i] = entry.Name() + ": " + r.problems[before+i]
		}
	}
	if len(r.segments) == 0 {
		return fmt.Errorf("%w: no file of a recording is in it", ErrNotRecording)
	}
	return nil
}

// addEntry adds what is in a directory. What is gone, or has nothing in it yet, is as if it had not been looked for.
func (r *Recording) addEntry(path string) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return errors.New("it is no file")
	case info.Size() == 0:
		return nil
	}
	if err := r.addFile(path); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

func (r *Recording) addFile(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	info, err := file.Stat()
	if err == nil {
		err = r.add(file, info.Size())
	}
	if err != nil {
		return errors.Join(err, file.Close())
	}
	r.files = append(r.files, file)
	return nil
}

// add adds the segments of a file.
func (r *Recording) add(from io.ReaderAt, size int64) error {
	var found []Segment
	var problems []string
	damaged := false
	var lost error // why what is before the next segment cannot be read
	begins := func(f frame) bool {
		s := Segment{from: from, frame: f}
		return s.readHeader() == nil
	}
	for _, f := range frames(from, size, begins) {
		s := Segment{from: from, frame: f}
		err := s.readHeader()
		var version *VersionError
		if errors.As(err, &version) {
			return err
		}
		if err != nil {
			lost = fmt.Errorf("%d bytes from byte %d on cannot be read: %w", f.size, f.offset, err)
			problems, damaged = append(problems, lost.Error()), true
			continue
		}
		s.Continues = s.Continues && lost == nil
		lost = nil
		if f.err != nil {
			problems = append(problems, s.problem())
		}
		if errors.Is(f.err, errDamaged) {
			lost = f.err
		}
		damaged = damaged || f.err != nil && !s.Open()
		found = append(found, s)
	}
	if len(found) == 0 {
		return foreign(from, size, lost)
	}
	r.segments, r.problems = append(r.segments, found...), append(r.problems, problems...)
	r.damaged = r.damaged || damaged
	return nil
}

// problem says in words what is wrong with a segment's end.
func (s *Segment) problem() string {
	switch begin := moment(s.At); {
	case errors.Is(s.frame.err, errDamaged):
		return fmt.Sprintf("the part that begins at %s is damaged", begin)
	case s.Open():
		return fmt.Sprintf("the part that begins at %s has no end: its recorder did not end it, or is still writing", begin)
	default:
		return fmt.Sprintf("the part that begins at %s has no end: it is cut off", begin)
	}
}

// join puts the segments in order. Where the one that a segment continues is missing, it continues none.
func (r *Recording) join() {
	slices.SortStableFunc(r.segments, func(a, b Segment) int { return a.At.Compare(b.At) })
	var marks *remarks
	for i := 1; i < len(r.segments); i++ {
		before, s := &r.segments[i-1], &r.segments[i]
		if s.Continues && !s.Follows.IsZero() {
			s.Continues = s.Follows.Equal(before.At)
		}
		if !s.Continues { // another recorder may have written it
			marks = &remarks{before: before, first: s}
		}
		s.marks = marks
	}
}

// Span tells the recording's first and last moment. It reads the last segment.
func (r *Recording) Span() (from, to time.Time) {
	last := &r.segments[len(r.segments)-1]
	from, to = r.segments[0].At, last.At
	for line, err := range last.lines(nil) {
		if err != nil {
			break // all that can be read was
		}
		if line.At.After(to) {
			to = line.At
		}
	}
	return from, to
}
