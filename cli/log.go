package cli

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/client-go/rest"
	"k8s.io/klog/v2"
)

// logTo sends what client-go logs and warns about to out, and never to the
// screen. verbosity is klog's.
func logTo(out io.Writer, verbosity int) {
	flags := flag.NewFlagSet("klog", flag.ContinueOnError)
	klog.InitFlags(flags)
	for name, value := range map[string]string{
		"logtostderr":     "false",
		"alsologtostderr": "false",
		"stderrthreshold": "FATAL",
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
	if err := makePrivate(file); err != nil {
		return nil, errors.Join(fmt.Errorf("taking the log file from other readers: %w", err), file.Close())
	}
	return file, nil
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

// divertStderr sends to out what anything in this process or a credential
// plugin writes to standard error, which would land in the middle of the
// screen. client-go hands plugins os.Stderr as it is when a cluster is opened.
func divertStderr(out io.Writer) (restore func(), err error) {
	reader, writer, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("making a pipe for standard error: %w", err)
	}
	original := os.Stderr
	os.Stderr = writer
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer utilruntime.HandleCrash()
		_, _ = io.Copy(out, reader) // ends when the pipe is closed
	}()
	return func() {
		os.Stderr = original
		_ = writer.Close()
		// A plugin that still runs holds the pipe open: it is not waited for.
		_ = reader.Close()
		<-done
	}, nil
}
