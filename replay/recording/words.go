package recording

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// worded is an error in words for who wants a recording, not a library.
type worded struct {
	words string
	err   error
}

func (w worded) Error() string { return w.words }

func (w worded) Unwrap() error { return w.err }

// inWords says why a segment cannot be read any further. Errors of the disk say it themselves.
func inWords(err error) error {
	var disk *os.PathError
	switch {
	case err == nil || errors.As(err, &disk):
		return err
	case errors.Is(err, io.ErrUnexpectedEOF):
		return worded{"it is cut off", err}
	case errors.Is(err, bufio.ErrTooLong):
		return worded{fmt.Sprintf("a line is longer than %d MiB", MaxLine>>20), err}
	}
	return worded{"its bytes are damaged", err}
}

// foreign says what a file is that has no segment, and why what it begins with cannot be read.
func foreign(from io.ReaderAt, size int64, lost error) error {
	head := make([]byte, 64)
	n, _ := from.ReadAt(head, 0)
	head = head[:n]
	switch {
	case size == 0:
		return fmt.Errorf("%w: it is empty", ErrNotRecording)
	case isZstd(head) && errors.Is(lost, io.ErrUnexpectedEOF):
		return worded{"it is cut off before its first state", ErrNotRecording}
	case isZstd(head):
		return fmt.Errorf("%w: %w", ErrNotRecording, lost)
	case bytes.Contains(head, []byte(`{"dogwatchRecording":`)):
		return fmt.Errorf("%w: it is one that was unpacked; recordings are compressed with zstd", ErrNotRecording)
	}
	return fmt.Errorf("%w: it is not compressed with zstd", ErrNotRecording)
}

// isZstd tells whether a file that so begins has zstd frames, skippable ones included, as far as that can be told.
func isZstd(head []byte) bool {
	frame := []byte{0x28, 0xb5, 0x2f, 0xfd}
	skippable := len(head) >= 4 && head[0]&0xf0 == 0x50 && bytes.Equal(head[1:4], []byte{0x2a, 0x4d, 0x18})
	return skippable || bytes.HasPrefix(head, frame[:min(len(frame), max(len(head), 1))])
}

// moment is how this package names a moment to users.
func moment(at time.Time) string { return at.Local().Format(time.RFC3339) }
