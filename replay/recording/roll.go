package recording

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"github.com/gofrs/flock"
)

// Limits bound what a Roll keeps. Zero is no limit.
type Limits struct {
	// Keep is how long what happened is kept. It goes file by file, so that the oldest file may reach back a little longer.
	Keep time.Duration
	// Size is the greatest number of bytes of all files together, that which is being written included.
	Size int64
}

const (
	// parts is into how many files a Roll divides what it keeps, at least.
	parts = 24
	// leastSpan is the shortest time that a file holds unless it grows too large, so that states do not outweigh events.
	leastSpan = time.Minute
	// Without limits, files are of these sizes.
	defaultSpan, defaultSize = time.Hour, 64 << 20
)

// extension is how names of recordings end.
const extension = ".jsonl.zst"

// rollName is the form of the names of a Roll's files: no others are ever dropped. They sort by time.
const rollName = "dogwatch-20060102T150405.000000Z" + extension

// ErrLocked says that another recorder writes into a directory.
var ErrLocked = errors.New("another recorder writes into it")

// Roll is a flight recorder's directory: a row of files, of which the oldest go so that the limits hold. It is for one
// goroutine. After an error nothing more is written; what was flushed before stays readable.
type Roll struct {
	dir    string
	limits Limits
	lock   *flock.Flock
	closed []rolled // the files that are complete, the oldest first
	size   int64    // of those

	file    *os.File  // that is being written; nil before the first segment
	began   time.Time // its first moment
	written int64     // bytes in it
	writer  *Writer
	state   int64 // bytes of the state that it begins with; 0 while not known
	total   int64 // bytes of all files that this Roll wrote
}

// rolled is a file that is complete.
type rolled struct {
	path string
	size int64
	end  time.Time // its last moment, or a later one
}

// NewRoll opens a directory, and makes it if need be, readable by the user alone. What is in it of former runs counts. An
// ErrLocked says that it is in use. Close it.
func NewRoll(dir string, limits Limits) (*Roll, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("making the directory of a recording: %w", err)
	}
	r := &Roll{dir: dir, limits: limits, lock: flock.New(filepath.Join(dir, ".lock"), flock.SetPermissions(0o600))}
	locked, err := r.lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("locking %s: %w", dir, err)
	}
	if !locked {
		return nil, fmt.Errorf("locking %s: %w", dir, ErrLocked)
	}
	if err := r.takeStock(); err != nil {
		return nil, errors.Join(fmt.Errorf("looking at %s: %w", dir, err), r.lock.Close())
	}
	return r, nil
}

// takeStock finds the files of former runs.
func (r *Roll) takeStock() error {
	entries, err := os.ReadDir(r.dir)
	if err != nil {
		return err
	}
	ours := regexp.MustCompile(`^dogwatch-\d{8}T\d{6}\.\d{6}Z` + regexp.QuoteMeta(extension) + "$")
	for _, entry := range entries {
		if !ours.MatchString(entry.Name()) {
			continue
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		if info.Mode().IsRegular() {
			r.closed = append(r.closed, rolled{filepath.Join(r.dir, entry.Name()), info.Size(), info.ModTime()})
			r.size += info.Size()
		}
	}
	return nil
}

// Due tells whether the next segment is to begin, and a new file with it.
func (r *Roll) Due(now time.Time) bool {
	if r.file == nil {
		return false
	}
	span, size := defaultSpan, int64(defaultSize)
	if r.limits.Keep > 0 {
		span = max(r.limits.Keep/parts, leastSpan)
	}
	if r.limits.Size > 0 {
		size = r.limits.Size / parts
	}
	// A large state is worth its room only with as much behind it.
	return now.Sub(r.began) >= span || r.written >= max(size, 2*r.state)
}

// Begin is Writer.Begin, in a new file where one is due.
func (r *Roll) Begin(h Header) error {
	if r.file == nil || r.Due(h.At) {
		if err := r.turn(h.At); err != nil {
			return err
		}
	}
	return r.writer.Begin(h)
}

// Write is Writer.Write.
func (r *Roll) Write(e Entry) error {
	if r.file == nil {
		return errors.New("writing to a recording: no segment has begun")
	}
	if err := r.writer.Write(e); err != nil {
		return err
	}
	if r.state == 0 && e.Kind != Present {
		if err := r.writer.Flush(); err != nil {
			return err
		}
		r.state = r.written
	}
	return nil
}

// Flush is Writer.Flush.
func (r *Roll) Flush() error {
	if r.file == nil {
		return nil
	}
	return r.writer.Flush()
}

// Close ends the recording at a moment, and gives the directory free. It is not for use after it.
func (r *Roll) Close(at time.Time) error {
	return errors.Join(r.end(at), r.lock.Close())
}

// Size is the number of bytes that were written, those of files that were dropped included.
func (r *Roll) Size() int64 { return r.total + r.written }

// turn begins another file, and drops those that are too old.
func (r *Roll) turn(at time.Time) error {
	if err := r.end(at); err != nil {
		return err
	}
	for r.limits.Keep > 0 && len(r.closed) > 0 && at.Sub(r.closed[0].end) > r.limits.Keep {
		if err := r.drop(); err != nil {
			return err
		}
	}
	file, err := r.create(at)
	if err != nil {
		return fmt.Errorf("creating a file of the recording: %w", err)
	}
	r.file, r.began, r.written, r.state = file, at, 0, 0
	r.writer, err = NewWriter(limited{r})
	return err
}

// create makes a file whose name nobody has.
func (r *Roll) create(at time.Time) (*os.File, error) {
	for {
		path := filepath.Join(r.dir, at.UTC().Format(rollName))
		file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o600)
		if !errors.Is(err, os.ErrExist) {
			return file, err
		}
		at = at.Add(time.Microsecond)
	}
}

// end completes the file that is being written, if one is.
func (r *Roll) end(at time.Time) error {
	if r.file == nil {
		return nil
	}
	file := r.file
	err := errors.Join(r.writer.Close(at), file.Sync(), file.Close())
	r.file = nil
	r.closed = append(r.closed, rolled{file.Name(), r.written, at})
	r.size += r.written
	r.total += r.written
	r.written = 0
	if err != nil {
		return fmt.Errorf("ending %s: %w", file.Name(), err)
	}
	return nil
}

// drop removes the oldest file. Somebody else may have done so.
func (r *Roll) drop() error {
	oldest := r.closed[0]
	if err := os.Remove(oldest.path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("dropping the oldest file of the recording: %w", err)
	}
	r.closed = r.closed[1:]
	r.size -= oldest.size
	return nil
}

// limited writes to a Roll's file, and makes room before.
type limited struct{ *Roll }

func (l limited) Write(p []byte) (int, error) {
	need := int64(len(p))
	for l.limits.Size > 0 && l.size+l.written+need > l.limits.Size {
		if len(l.closed) == 0 {
			return 0, fmt.Errorf("one state of what is recorded, and the changes after it, take more than the %d bytes that the directory may hold", l.limits.Size)
		}
		if err := l.drop(); err != nil {
			return 0, err
		}
	}
	n, err := l.file.Write(p)
	l.written += int64(n)
	return n, err
}
