package cli

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/resource"

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
	// Due asks for a new segment.
	Due(now time.Time) bool
}

// fileOutput is one file.
type fileOutput struct {
	*recording.Writer
	file *os.File
}

// Due never asks: the recorder knows by itself.
func (f fileOutput) Due(time.Time) bool { return false }

func (f fileOutput) Close(at time.Time) error { return errors.Join(f.Writer.Close(at), f.file.Close()) }

// open makes what the command line says is to be written.
func (o *recordOptions) open() (recordOutput, error) {
	if o.isDirectory() {
		return o.openDirectory()
	}
	file, err := createRecording(o.file, o.overwrite)
	if err != nil {
		return nil, err
	}
	writer, err := recording.NewWriter(file)
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return fileOutput{writer, file}, nil
}

func (o *recordOptions) openDirectory() (recordOutput, error) {
	if o.overwrite {
		return nil, fmt.Errorf("--force replaces a file, and %s is to be a directory, which is continued", o.file)
	}
	roll, err := recording.NewRoll(o.file, recording.Limits{Keep: o.keep, Size: o.maxBytes})
	if err != nil {
		return nil, err
	}
	return roll, nil
}

// isDirectory tells whether a flight recorder is asked for.
func (o *recordOptions) isDirectory() bool {
	if o.keep > 0 || o.maxBytes > 0 || os.IsPathSeparator(o.file[len(o.file)-1]) {
		return true
	}
	info, err := os.Stat(o.file)
	return err == nil && info.IsDir()
}

// createRecording makes the file, and never replaces one unless told to.
func createRecording(path string, overwrite bool) (*os.File, error) {
	flags := os.O_CREATE | os.O_WRONLY | os.O_EXCL
	if overwrite {
		flags = os.O_CREATE | os.O_WRONLY | os.O_TRUNC
	}
	file, err := os.OpenFile(path, flags, 0o600)
	switch {
	case errors.Is(err, os.ErrExist):
		return nil, fmt.Errorf("%s exists already: choose another name, or --force to replace it", path)
	case err != nil:
		return nil, fmt.Errorf("creating the recording: %w", err)
	}
	if err := makePrivate(file); err != nil {
		return nil, errors.Join(fmt.Errorf("creating the recording: %w", err), file.Close())
	}
	return file, nil
}

// makePrivate takes a file that was there before from other readers.
func makePrivate(file *os.File) error {
	info, err := file.Stat()
	if err != nil || !info.Mode().IsRegular() || info.Mode().Perm() == 0o600 {
		return err
	}
	return file.Chmod(0o600)
}

// validateLimits reads --keep and --max-size.
func (o *recordOptions) validateLimits() error {
	if o.keep != 0 && o.keep < leastKeep {
		return fmt.Errorf("--keep %s: give at least %s, or 0 for no limit", o.keep, leastKeep)
	}
	if o.maxSize == "" {
		return nil
	}
	// Kubernetes' quantities go without the B that is often written all the same.
	quantity, err := resource.ParseQuantity(strings.TrimSuffix(o.maxSize, "B"))
	if err != nil {
		return fmt.Errorf("--max-size %q: give a size such as 500Mi or 2GiB", o.maxSize)
	}
	if o.maxBytes = quantity.Value(); o.maxBytes < leastMaxSize {
		return fmt.Errorf("--max-size %s: give at least 1Mi", o.maxSize)
	}
	return nil
}
