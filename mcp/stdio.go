package mcp

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strconv"
	"sync"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
)

// mostLineBytes is how long a line of a client may be.
const mostLineBytes = 4 << 20

// Stdio speaks with a client a message a line, as the protocol says. A line that is none is answered with an error, as JSON-RPC has it: the protocol's
// library would end the session. out is not closed.
func Stdio(in io.ReadCloser, out io.Writer) sdk.Transport {
	l := &lines{from: bufio.NewReader(in), in: in, out: out}
	return &sdk.IOTransport{Reader: l, Writer: unclosed{l}, MaxLineLength: mostLineBytes + 1}
}

// lines are those of a client that are messages. One goroutine reads, any may write.
type lines struct {
	from *bufio.Reader
	in   io.Closer
	rest []byte // of a line that is being read
	// several tells that the client speaks a version of the protocol in which a line may have several messages.
	several bool

	mu  sync.Mutex
	out io.Writer // guarded by mu: a message is one call of Write
}

// Read implements io.Reader.
func (l *lines) Read(p []byte) (int, error) {
	for len(l.rest) == 0 {
		line, isLong, err := l.next()
		if len(bytes.TrimSpace(line)) > 0 {
			if err := l.take(line, isLong); err != nil {
				return 0, err
			}
		}
		if err != nil && len(l.rest) == 0 {
			return 0, err
		}
	}
	n := copy(p, l.rest)
	l.rest = l.rest[n:]
	return n, nil
}

// next reads a line, of one that is too long the beginning.
func (l *lines) next() (line []byte, isLong bool, err error) {
	for {
		part, err := l.from.ReadSlice('\n')
		if room := mostLineBytes - len(line); len(part) > room {
			part, isLong = part[:room], true
		}
		line = append(line, part...)
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, isLong, err
		}
	}
}

// take has a line read if it is a message, and answers it if not.
func (l *lines) take(line []byte, isLong bool) error {
	if isLong {
		return l.refuse(&refused{null, jsonrpc.CodeInvalidRequest, "the line has more than " + strconv.Itoa(mostLineBytes) + " bytes"})
	}
	if wrong := checkMessage(line, l.several); wrong != nil {
		if isAnswer(line) {
			return nil
		}
		return l.refuse(wrong)
	}
	if several, ok := takesSeveral(line); ok {
		l.several = several
	}
	l.rest = append(bytes.TrimSpace(line), '\n')
	return nil
}

// refuse answers what is no message.
func (l *lines) refuse(wrong *refused) error {
	wrong.why = "a message is one line: " + wrong.why
	raw, err := wrong.MarshalJSON()
	if err != nil {
		return err
	}
	_, err = l.Write(append(raw, '\n'))
	return err
}

// Write implements io.Writer.
func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.out.Write(p)
}

// Close ends reading.
func (l *lines) Close() error { return l.in.Close() }

// unclosed is an output that is closed with the process.
type unclosed struct{ io.Writer }

// Close implements io.Closer.
func (unclosed) Close() error { return nil }
