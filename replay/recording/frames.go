package recording

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
)

// errCut says that a frame's end is missing, errOpen that it ends where one does that is still being written: with a whole block.
var (
	errCut  = errors.New("the file ends within it")
	errOpen = errors.New("it has no end")
)

// errDamaged says that a frame runs into another one.
var errDamaged = errors.New("it is damaged")

// frame is where a zstd frame lies in a file.
type frame struct {
	offset, size int64
	// err tells why nothing is known of its end; nil for a frame that is whole.
	err error
}

// maxTries bounds how many places in a file are tried as the beginning of a frame behind one that is broken.
const maxTries = 1000

// finder finds the frames of a file.
type finder struct {
	io.ReaderAt
	size   int64
	wanted func(frame) bool
	tries  int
}

// frames finds the frames of a file by their block headers (RFC 8878, section 3.1.1), without reading what is in them.
// Frames that carry no data are left out. Behind a broken one, the next that is wanted is looked for.
func frames(r io.ReaderAt, size int64, wanted func(frame) bool) []frame {
	var found []frame
	in := &finder{ReaderAt: r, size: size, wanted: wanted}
	for at := int64(0); at < size; {
		f, skip := in.frame(at)
		if f.err != nil {
			if next, ok := in.next(at + 1); ok {
				f.size, f.err = next-at, errDamaged
			}
		}
		if !skip || f.err != nil {
			found = append(found, f)
		}
		at += f.size
	}
	return found
}

// frame is the frame that begins at an offset, and whether it is one to be skipped. One that is broken takes all the rest.
func (in *finder) frame(at int64) (f frame, skip bool) {
	f.offset = at
	f.size, skip, f.err = measure(in, at)
	if (f.err == nil || errors.Is(f.err, errOpen)) && at+f.size > in.size {
		f.err = errCut // within a block or the checksum
	}
	if f.err != nil {
		f.size = in.size - at
	}
	return f, skip
}

// next finds the next wanted frame by the number that frames begin with.
func (in *finder) next(from int64) (offset int64, ok bool) {
	magic := []byte{0x28, 0xb5, 0x2f, 0xfd}
	buf := make([]byte, 64<<10)
	for at := from; at < in.size && in.tries < maxTries; {
		n, err := in.ReadAt(buf[:min(int64(len(buf)), in.size-at)], at)
		if i := bytes.Index(buf[:n], magic); i >= 0 {
			in.tries++
			if f, _ := in.frame(at + int64(i)); in.wanted(f) {
				return f.offset, true
			}
			at += int64(i) + 1
			continue
		}
		if err != nil || n < len(buf) {
			return 0, false
		}
		at += int64(n - len(magic) + 1)
	}
	return 0, false
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
	if head.HasCheckSum && err == nil {
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
		switch n, err := r.ReadAt(buf, offset+size); {
		case errors.Is(err, io.EOF) && n == 0:
			return size, errOpen
		case errors.Is(err, io.EOF):
			return size, errCut
		case err != nil:
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
