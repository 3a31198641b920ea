package recording

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/klauspost/compress/zstd"
)

// Sink takes what is in a recording, as it comes: a *Writer is one.
type Sink interface {
	// Begin begins a segment. As many entries of kind Present as the header says follow.
	Begin(Header) error
	// Write takes an entry of the segment. Cells and Object are good until it returns.
	Write(Entry) error
	// Flush is when no more may come for a while.
	Flush() error
}

// Stream reads a recording while it is being written, as from a pipe, and gives to all that it holds, in order, until it ends or to fails. Its
// end is none only behind a segment's end: else it is a *CutError.
func Stream(from io.Reader, to Sink) error {
	dec, err := zstd.NewReader(from, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(8<<20))
	if err != nil {
		return fmt.Errorf("opening a recording: %w", err)
	}
	defer dec.Close()
	lines := bufio.NewScanner(dec)
	lines.Buffer(make([]byte, 0, 64<<10), MaxLine)
	lines.Split(wholeLines)
	for {
		if !lines.Scan() {
			return streamEnd(lines.Err())
		}
		if err := streamSegment(lines, to); err != nil {
			return err
		}
	}
}

// streamEnd says why there is no further segment.
func streamEnd(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, zstd.ErrMagicMismatch):
		return ErrNotRecording
	}
	return &CutError{inWords(err)}
}

// streamSegment reads a segment, of which the scanner has the first line.
func streamSegment(lines *bufio.Scanner, to Sink) error {
	header, err := parseHeader(lines.Bytes())
	if err != nil {
		return err
	}
	if err := to.Begin(header); err != nil {
		return err
	}
	var line Line
	last := header.At
	for lines.Scan() {
		ended, err := streamLine(lines.Bytes(), &line, &last, to)
		if err != nil || ended {
			return err
		}
	}
	if err := lines.Err(); err != nil {
		return &CutError{inWords(err)}
	}
	return &CutError{inWords(io.ErrUnexpectedEOF)}
}

// streamLine hands over an entry, and tells whether it ends its segment.
func streamLine(text []byte, line *Line, last *time.Time, to Sink) (ended bool, err error) {
	var e Entry
	if err := line.readAfter(text, *last); err != nil {
		return false, &CutError{err}
	}
	if err := e.decode(text); err != nil {
		return false, &CutError{worded{"a line is damaged", err}}
	}
	line.date(&e)
	if e.Kind != Present {
		*last = line.At
	}
	if e.Kind == End {
		return true, to.Flush()
	}
	return false, to.Write(e)
}

// parseHeader reads the first line of a segment.
func parseHeader(line []byte) (Header, error) {
	var h Header
	if err := json.Unmarshal(line, &h); err != nil {
		return Header{}, worded{"its first line is not that of a recording", err}
	}
	switch v := h.FormatVersion; {
	case v > FormatVersion:
		return Header{}, &VersionError{v}
	case v < 1:
		return Header{}, errors.New("its first line is not that of a recording")
	case h.Objects < 0:
		return Header{}, fmt.Errorf("it promises %d objects", h.Objects)
	}
	return h, nil
}
