package cli

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/dogwatch/dogwatch/config"
	"github.com/dogwatch/dogwatch/replay/recorder"
	"github.com/dogwatch/dogwatch/replay/recording"
)

// What a flight recorder keeps is at least this.
const (
	leastKeep    = time.Minute
	leastMaxSize = 1 << 20
)

// recordOutput is where a recording goes. Close ends the recording at a moment; Size is what was written.
type recordOutput interface {
	recorder.Writer
	Close(at time.Time) error
	Size() int64
	// Discard is Close for a recording in which nothing is: no file is left that was not there before.
	Discard(at time.Time) error
	// Due asks for a new segment.
	Due(now time.Time) bool
}

// fileOutput is one file. Until the recording begins, a file that was there before holds what it held.
type fileOutput struct {
	*recording.Writer
	file  *os.File
	fresh bool // nothing was there before
	begun bool
}

// Due never asks: the recorder knows by itself.
func (f *fileOutput) Due(time.Time) bool { return false }

// Begin is Writer.Begin.
func (f *fileOutput) Begin(h recording.Header) error {
	if !f.begun {
		if err := f.file.Truncate(0); err != nil {
			return fmt.Errorf("emptying the file: %w", err)
		}
		f.begun = true
	}
	return f.Writer.Begin(h)
}

// Close implements recordOutput.
func (f *fileOutput) Close(at time.Time) error {
	return errors.Join(f.Writer.Close(at), f.file.Close())
}

// Discard implements recordOutput.
func (f *fileOutput) Discard(at time.Time) error {
	err := f.Close(at)
	if f.fresh {
		err = errors.Join(err, os.Remove(f.file.Name()))
	}
	return err
}

// rollOutput is a flight recorder's directory.
type rollOutput struct{ *recording.Roll }

// Discard implements recordOutput. What is in the directory is of other runs, or goes with time.
func (r rollOutput) Discard(at time.Time) error { return r.Close(at) }

// open makes what the command line says is to be written.
func (o *recordOptions) open() (recordOutput, error) {
	if o.isDirectory() {
		return o.openDirectory()
	}
	_, err := os.Stat(o.file)
	fresh := errors.Is(err, os.ErrNotExist)
	file, err := createPrivate(o.file, o.overwrite)
	if err != nil {
		return nil, orForce(err)
	}
	writer, err := recording.NewWriter(file)
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return &fileOutput{Writer: writer, file: file, fresh: fresh}, nil
}

func (o *recordOptions) openDirectory() (recordOutput, error) {
	if o.overwrite {
		return nil, fmt.Errorf("--force replaces a file, and %s is to be a directory, which is continued", o.file)
	}
	roll, err := recording.NewRoll(o.file, recording.Limits{Keep: o.keep, Size: o.maxBytes})
	if err != nil {
		return nil, err
	}
	return rollOutput{roll}, nil
}

// isDirectory tells whether a flight recorder is asked for.
func (o *recordOptions) isDirectory() bool {
	if o.keep > 0 || o.maxBytes > 0 || os.IsPathSeparator(o.file[len(o.file)-1]) {
		return true
	}
	info, err := os.Stat(o.file)
	return err == nil && info.IsDir()
}

// validateLimits reads --keep and --max-size.
func (o *recordOptions) validateLimits() error {
	if o.keep != 0 && o.keep < leastKeep {
		return fmt.Errorf("--keep %s: give at least %s, or 0 for no limit", o.keep, leastKeep)
	}
	if o.maxSize == "" {
		return nil
	}
	bytes, ok := config.ParseMemory(o.maxSize)
	if !ok {
		return fmt.Errorf("--max-size %q: give a size such as 500Mi or 2GiB", o.maxSize)
	}
	if o.maxBytes = bytes; o.maxBytes < leastMaxSize {
		return fmt.Errorf("--max-size %s: give at least 1Mi", o.maxSize)
	}
	return nil
}
