package mcp

import (
	"bufio"
	"bytes"
	"encoding/json"
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
	switch {
	case isLong:
		return l.refuse(jsonrpc.CodeInvalidRequest, "the line has more than "+strconv.Itoa(mostLineBytes)+" bytes")
	case !json.Valid(line):
		return l.refuse(jsonrpc.CodeParseError, "the line is not JSON: a message is one line of it")
	}
	line = bytes.TrimSpace(line)
	if line[0] != '[' { // several messages are for the library to take or not, by the version of the protocol
		if _, err := jsonrpc.DecodeMessage(line); err != nil {
			return l.refuse(jsonrpc.CodeInvalidRequest, "the line is no message of JSON-RPC 2.0: "+cutText(err.Error(), reasonBytes))
		}
	}
	l.rest = append(line, '\n')
	return nil
}

// refuse answers what is no message, and so has no ID.
func (l *lines) refuse(code int, why string) error {
	raw, err := encode(map[string]any{"jsonrpc": "2.0", "id": nil, "error": map[string]any{"code": code, "message": why}})
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
