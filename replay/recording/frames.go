package recording

import (
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
)

// errCut says that a frame's end is missing.
var errCut = errors.New("the file ends within it")

// frame is where a zstd frame lies in a file.
type frame struct {
	offset, size int64
	// err tells why nothing is known of what follows; nil for a frame that is whole.
	err error
}

// frames finds the frames of a file by their block headers (RFC 8878, section 3.1.1), without reading what is in them.
// Frames that carry no data are left out. The last one may be broken.
func frames(r io.ReaderAt, size int64) []frame {
	var found []frame
	for at := int64(0); at < size; {
		f := frame{offset: at}
		var skip bool
		f.size, skip, f.err = measure(r, at)
		if f.err == nil && at+f.size > size {
			f.err = errCut
		}
		if f.err != nil {
			f.size = size - at
		}
		if !skip || f.err != nil {
			found = append(found, f)
		}
		at += f.size
	}
	return found
}

// measure tells how long the frame is that begins at an offset, and whether it is one to be skipped.
func measure(r io.ReaderAt, offset int64) (size int64, skip bool, err error) {
	var head zstd.Header
	buf := make([]byte, zstd.HeaderMaxSize)
	n, err := r.ReadAt(buf, offset)
	if err != nil && !errors.Is(err, io.EOF) {
		return 0, false, err
	}
	if err := head.Decode(buf[:n]); err != nil {
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return 0, false, errCut
		}
		return 0, false, fmt.Errorf("no zstd frame begins at byte %d: %w", offset, err)
	}
	size = int64(head.HeaderSize)
	if head.Skippable {
		return size + int64(head.SkippableSize), true, nil
	}
	blocks, err := measureBlocks(r, offset+size)
	size += blocks
	if head.HasCheckSum {
		size += 4
	}
	return size, false, err
}

func measureBlocks(r io.ReaderAt, offset int64) (size int64, err error) {
	const (
		header = 3
		rle    = 1
	)
	buf := make([]byte, header)
	for last := false; !last; {
		if _, err := r.ReadAt(buf, offset+size); errors.Is(err, io.EOF) {
			return size, errCut
		} else if err != nil {
			return size, err
		}
		word := uint32(buf[0]) | uint32(buf[1])<<8 | uint32(buf[2])<<16
		last = word&1 == 1
		content := int64(word >> 3)
		if word>>1&3 == rle {
			content = 1
		}
		size += header + content
	}
	return size, nil
}
