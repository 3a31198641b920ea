package recording

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/klauspost/compress/zstd"
)

// window is the reach of the compression, and what a reader must hold of a segment.
const window = 1 << 20

// objectMember stands before the object of a line. Within a JSON string its quotes would be escaped, so that its first
// occurrence is the member, unless a cell holds an object: readers check that.
const objectMember = `,"object":`

// Writer writes a recording. It is for one goroutine. After an error nothing more is written; what was flushed before
// stays readable.
type Writer struct {
	out     *counter
	zstd    *zstd.Encoder
	line    []byte
	present int // entries of the state that are still owed
	open    bool
	err     error
}

// NewWriter makes a writer that appends to out, which it does not close.
func NewWriter(out io.Writer) (*Writer, error) {
	w := &Writer{out: &counter{to: out}}
	var err error
	w.zstd, err = zstd.NewWriter(w.out,
		zstd.WithEncoderLevel(zstd.SpeedFastest),
		zstd.WithWindowSize(window),
		zstd.WithEncoderConcurrency(1),
		zstd.WithLowerEncoderMem(true),
	)
	if err != nil {
		return nil, fmt.Errorf("making the compressor: %w", err)
	}
	return w, nil
}

// Begin ends the segment that is open, if one is, and begins another. h.Objects entries of kind Present must follow.
func (w *Writer) Begin(h Header) error {
	if err := w.finish(h.At); err != nil {
		return err
	}
	w.zstd.Reset(w.out)
	w.open, w.present = true, h.Objects
	h.FormatVersion = FormatVersion
	h.At, h.Follows = h.At.UTC(), h.Follows.UTC()
	return w.write(h, nil)
}

// Write appends an entry to the segment that is open.
func (w *Writer) Write(e Entry) error {
	switch {
	case w.err != nil:
		return w.err
	case !w.open:
		return errors.New("writing to a recording: no segment has begun")
	case (e.Kind == Present) != (w.present > 0):
		return fmt.Errorf("writing to a recording: %s while %d objects of the state are missing", e.Kind, w.present)
	case e.Kind == Present:
		w.present--
	}
	e.At = e.At.UTC()
	object := e.Object
	e.Object = nil
	return w.write(e, object)
}

// Flush makes all that was written readable.
func (w *Writer) Flush() error {
	if w.err == nil && w.open {
		w.err = w.zstd.Flush()
	}
	return w.err
}

// End ends the segment that is open at a moment, if one is: what follows until the next begins is not known.
func (w *Writer) End(at time.Time) error { return w.finish(at) }

// Close ends the recording at a moment. It is not for use after it.
func (w *Writer) Close(at time.Time) error { return w.finish(at) }

// Size is the number of bytes that have reached the output.
func (w *Writer) Size() int64 { return w.out.n }

// finish ends the open segment.
func (w *Writer) finish(at time.Time) error {
	if w.err != nil || !w.open {
		return w.err
	}
	if w.present > 0 {
		return fmt.Errorf("ending a segment of a recording: %d objects of its state are missing", w.present)
	}
	w.open = false
	if err := w.write(Entry{At: at.UTC(), Kind: End}, nil); err != nil {
		return err
	}
	w.err = w.zstd.Close()
	return w.err
}

// write writes a line. The object, if there is one, becomes its last member as it is: it is much larger than the rest.
func (w *Writer) write(v any, object jsontext.Value) error {
	if w.err != nil {
		return w.err
	}
	head, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encoding a line of a recording: %w", err) // its own fault: the file is as it was
	}
	line := append(w.line[:0], head...)
	if object != nil {
		line = append(line[:len(line)-1], objectMember...)
		line = append(line, object...)
		line = append(line, '}')
	}
	w.line = line
	if bytes.IndexByte(line, '\n') >= 0 {
		return errors.New("writing to a recording: the object's JSON is not on one line")
	}
	if len(line) >= MaxLine {
		return fmt.Errorf("a line of %d bytes is too long for a recording (at most %d)", len(line), MaxLine)
	}
	_, w.err = w.zstd.Write(append(line, '\n'))
	return w.err
}

// counter counts what goes through it.
type counter struct {
	to io.Writer
	n  int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.to.Write(p)
	c.n += int64(n)
	return n, err
}
