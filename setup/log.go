package setup

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	"k8s.io/client-go/rest"
	"k8s.io/klog/v2"
)

// StartLog sends the log to the buffer that the log pane shows, and to the
// file of --log-file.
func (o *Options) StartLog(buffer io.Writer) (stop func(), err error) {
	if o.LogFile == "" {
		logTo(buffer, o.Verbosity)
		return func() {}, nil
	}
	file, err := openLog(o.LogFile)
	if err != nil {
		return nil, err
	}
	logTo(io.MultiWriter(buffer, &fallibleLog{to: file, others: buffer}), o.Verbosity)
	return func() {
		logTo(io.Discard, 0)
		_ = file.Close()
	}, nil
}

// logTo sends what client-go logs and warns about to out, and never to the
// screen. verbosity is klog's.
func logTo(out io.Writer, verbosity int) {
	flags := flag.NewFlagSet("klog", flag.ContinueOnError)
	klog.InitFlags(flags)
	for name, value := range map[string]string{
		"logtostderr":     "false",
		"alsologtostderr": "false",
		"stderrthreshold": "FATAL",
		"one_output":      "true", // else a warning is written as information, too
		"v":               strconv.Itoa(verbosity),
	} {
		if err := flags.Set(name, value); err != nil {
			klog.Errorf("setting log flag %s: %v", name, err)
		}
	}
	klog.SetOutput(out)
	rest.SetDefaultWarningHandler(rest.NewWarningWriter(out, rest.WarningWriterOptions{Deduplicate: true}))
}

// openLog opens the log file for appending, readable by the user alone from now on. It waits for nobody: a pipe must have its
// reader already.
func openLog(path string) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY|openAtOnce, 0o600)
	if info, statErr := os.Stat(path); err != nil && statErr == nil && info.Mode()&os.ModeNamedPipe != 0 {
		return nil, fmt.Errorf("opening the log file: nobody reads the pipe %s: %w", path, err)
	}
	if err != nil {
		return nil, fmt.Errorf("opening the log file: %w", err)
	}
	if info, err := file.Stat(); err == nil && !info.Mode().IsRegular() {
		return file, nil // a pipe, or what swallows all
	}
	if err := MakePrivate(file); err != nil {
		return nil, errors.Join(fmt.Errorf("taking the log file from other readers: %w", err), file.Close())
	}
	return file, nil
}

// MakePrivate takes a file that was there before from other readers.
func MakePrivate(file *os.File) error {
	info, err := file.Stat()
	if err != nil || info.Mode().Perm() == 0o600 {
		return err
	}
	return file.Chmod(0o600)
}

// logPatience is how long the reader of a pipe may take for a line of the log.
const logPatience = 100 * time.Millisecond

// fallibleLog writes a log to what may fail, as a disk that is full or a pipe that nobody reads any more, and says so to others,
// once for each time that it begins to fail. It never fails itself: klog would write to the next one no more.
type fallibleLog struct {
	to     io.Writer
	others io.Writer
	failed bool
}

// Write is called by klog under its own lock.
func (f *fallibleLog) Write(line []byte) (int, error) {
	if pipe, ok := f.to.(interface{ SetWriteDeadline(time.Time) error }); ok {
		patience := logPatience
		if f.failed {
			patience = time.Millisecond // all who log wait meanwhile
		}
		_ = pipe.SetWriteDeadline(time.Now().Add(patience)) // files have none and need none
	}
	_, err := f.to.Write(line)
	if err != nil && !f.failed {
		fmt.Fprintf(f.others, "the log file is not complete from here on: %v\n", err)
	}
	f.failed = err != nil
	return len(line), nil
}
