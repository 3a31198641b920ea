package informers

import (
	"errors"
	"fmt"
	"io"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/dogwatch/dogwatch/model/jsonscan"
)

// input reads JSON values one after the other, in memory that it uses again. Names that come twice and invalid UTF-8 are let
// pass here, for speed and for robustness; build makes the text valid. It is used by one goroutine at a time.
type input struct {
	body io.Reader // nil where all is in text
	text []byte    // what was read, of which that before at is done with
	at   int
	err  error // that ended body
	// gone is how much of body is no longer in text.
	gone  int64
	depth int // of the objects and lists that are open
	check jsonscan.Checker

	rooms *rooms
	room  *room    // whose memory text is in; nil before more is read, and while a value is waited for
	first [64]byte // what comes first after that
}

const (
	// firstInput is the room for a body at first: most watches are quiet.
	firstInput = 512
	// fullInput is up to where more room is made only because one read might fill it; beyond it is for a single value.
	fullInput = 64 << 10
	// longest is how long a value may be: API servers take objects of 3 MB at most.
	longest = 64 << 20
	// deepest is how many objects and lists are read in one another.
	deepest = 10_000
)

// inputOf reads a body, in which one value follows the other, in memory of rooms. It must be left.
func inputOf(body io.Reader, rooms *rooms) *input { return &input{body: body, rooms: rooms} }

// within reads JSON that is in memory, without a copy of it.
func within(json []byte) *input { return &input{text: json, err: io.EOF} }

// kind is the first character of what comes, 0 where nothing does: failed tells why then.
func (in *input) kind() byte {
	for {
		if in.at = jsonscan.SkipSpace(in.text, in.at); in.at < len(in.text) {
			return in.text[in.at]
		}
		if !in.more() {
			return 0
		}
	}
}

// value reads the value that comes. It is good until the next read.
func (in *input) value() (jsontext.Value, error) {
	if in.kind() == 0 {
		return nil, in.failed()
	}
	for {
		n, err := in.check.Value(in.text[in.at:], in.err != nil)
		if err == nil {
			in.at += n
			return in.text[in.at-n : in.at], nil
		}
		if !errors.Is(err, jsonscan.ErrShort) {
			if errors.Is(err, io.ErrUnexpectedEOF) {
				return nil, in.failed()
			}
			return nil, in.located(err)
		}
		in.more()
	}
}

// skip reads the value that comes.
func (in *input) skip() error {
	_, err := in.value()
	return err
}

// take reads one of the characters that structure JSON. It is false if another comes, or none.
func (in *input) take(char byte) bool {
	if in.kind() != char {
		return false
	}
	in.at++
	return true
}

// more reads on, and tells whether that brought something.
func (in *input) more() bool {
	if in.err == nil && len(in.text)-in.at > longest {
		in.err = errLong
	}
	if in.err != nil {
		return false
	}
	in.makeRoom()
	return in.read()
}

// await waits until a value begins to come, or nothing. It holds next to no memory meanwhile, which for a quiet type is nearly always.
func (in *input) await() {
	if in.err != nil || jsonscan.SkipSpace(in.text, in.at) < len(in.text) {
		return
	}
	in.leave()
	in.read()
}

// leave gives up what was read.
func (in *input) leave() {
	in.gone += int64(len(in.text))
	if in.room != nil {
		in.rooms.put(in.room, in.text)
	}
	in.text, in.at, in.room = in.first[:0], 0, nil
}

// read fills the room that there is with what comes next.
func (in *input) read() bool {
	for range 100 {
		n, err := in.body.Read(in.text[len(in.text):cap(in.text)])
		in.text = in.text[:len(in.text)+n]
		if in.err = err; n > 0 || err != nil {
			return n > 0
		}
	}
	in.err = io.ErrNoProgress
	return false
}

// makeRoom lets go of what was read, and grows where what is left, or what one read may bring, fills half.
func (in *input) makeRoom() {
	rest := in.text[in.at:]
	if in.room == nil {
		in.gone += int64(in.at)
		in.at, in.room = 0, in.rooms.get()
		in.text = append(in.room.text, rest...)
		return
	}
	wasFull := len(in.text) == cap(in.text) && cap(in.text) < fullInput
	size := cap(in.text)
	if wasFull || 2*len(rest) > size {
		size *= 2
	}
	in.gone += int64(in.at)
	in.at = 0
	if size == cap(in.text) {
		in.text = in.text[:copy(in.text, rest)]
		return
	}
	in.text = append(make([]byte, 0, size), rest...)
}

// failed is why nothing comes. The end is io.EOF only where no value has begun.
func (in *input) failed() error {
	if in.err == nil || errors.Is(in.err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return in.err
}

// unexpected is the error of something else than what was wanted.
func (in *input) unexpected(want string) error {
	char := in.kind()
	if char == 0 {
		return in.failed()
	}
	return in.located(fmt.Errorf("JSON: invalid character %q where %s was expected", char, want))
}

// located says where the value begins in which something is wrong.
func (in *input) located(err error) error {
	return fmt.Errorf("%w, in what begins at byte %d", err, in.gone+int64(in.at))
}
