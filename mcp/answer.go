package mcp

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/dogwatch/dogwatch/cluster"
	"github.com/dogwatch/dogwatch/ui/text"
	"github.com/dogwatch/dogwatch/workspace"
)

// most and least items of an answer.
const (
	defaultItems = 50
	mostItems    = 500
	// errorBytes is how much is said of what is wrong with a question.
	errorBytes = 2000
)

// items are those of an answer, as far as there is room for them.
type items struct {
	list [][]byte
	most int
	room int
}

// newItems makes room for as many items as a question asks for, and as an answer may have.
func (s *Server) newItems(p page) *items {
	most := p.Limit
	if most <= 0 {
		most = defaultItems
	}
	// What is said beside the items has a quarter.
	return &items{most: min(most, mostItems), room: s.opts.AnswerBytes * 3 / 4}
}

// add tells whether there was room for an item. The first always has some: what is too long of it is cut.
func (i *items) add(item any) (bool, error) {
	if len(i.list) >= i.most {
		return false, nil
	}
	raw, err := encode(item)
	if err != nil {
		return false, err
	}
	if len(raw) > i.room && len(i.list) > 0 {
		return false, nil
	}
	if len(raw) > i.room {
		if raw, err = encode(tooLong(raw, max(i.room, leastValueBytes)/2)); err != nil { // in a string, it may take twice as much
			return false, err
		}
	}
	i.room -= len(raw) + 1
	i.list = append(i.list, raw)
	return true, nil
}

// MarshalJSON writes the items as they were written before.
func (i *items) MarshalJSON() ([]byte, error) {
	return slices.Concat([]byte("["), bytes.Join(i.list, []byte(",")), []byte("]")), nil
}

// encode writes an answer as JSON in which all can be seen: what is invisible is spelled as JSON does, so that nothing is lost.
func encode(v any) ([]byte, error) {
	raw, err := plain(v)
	return spell(raw), err
}

// encodeUpTo is encode for a value of which only the beginning is given where it is too long. What is left out is not looked through for what is invisible.
func encodeUpTo(room int, v any) ([]byte, error) {
	raw, err := plain(v)
	if err != nil {
		return nil, err
	}
	if len(raw) <= room {
		raw = spell(raw)
	}
	if len(raw) > room {
		return encode(tooLong(raw, room))
	}
	return raw, nil
}

func plain(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, fmt.Errorf("writing the answer: %w", err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// spell spells the hidden characters in the strings of a JSON text.
func spell(js []byte) []byte {
	var out []byte // nil while there is none
	for i := 0; i < len(js); {
		r, size := rune(js[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRune(js[i:])
		}
		if r >= ' ' && text.IsHidden(r) {
			if out == nil {
				out = append(make([]byte, 0, len(js)+64), js[:i]...)
			}
			out = appendEscaped(out, r)
		} else if out != nil {
			out = append(out, js[i:i+size]...)
		}
		i += size
	}
	if out == nil {
		return js
	}
	return out
}

func appendEscaped(out []byte, r rune) []byte {
	if high, low := utf16.EncodeRune(r); high != utf8.RuneError {
		return appendEscaped(appendEscaped(out, high), low)
	}
	const digits = "0123456789abcdef"
	return append(out, '\\', 'u', digits[r>>12&15], digits[r>>8&15], digits[r>>4&15], digits[r&15])
}

// inWords says an error to who asked, in one line.
func inWords(err error) string {
	problem := cluster.Explain(err)
	if problem.Hint != "" {
		return text.Clean(problem.Summary + ". " + problem.Hint)
	}
	return text.Clean(cutText(strings.ReplaceAll(err.Error(), "\n", "; "), errorBytes))
}

// refusal is an error in the protocol's form, with its code: what is wrong with the question, or what keeps us from an answer.
func refusal(err error) error {
	code := int64(jsonrpc.CodeInvalidParams)
	isOver := errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, workspace.ErrClosed)
	if isOver || errors.Is(err, errTypesNotTold) || cluster.Explain(err).Hint != "" { // of a server that does not answer, or not us
		code = jsonrpc.CodeInternalError
	}
	return &jsonrpc.Error{Code: code, Message: inWords(err)}
}

// texts are those of an answer: what it says, and what follows that.
func (s *Server) texts(answer any) ([]string, error) {
	head, err := encode(answer)
	if err != nil {
		return nil, err
	}
	all, n := []string{string(head)}, len(head)
	if long, ok := answer.(interface{ Text() string }); ok {
		all, n = append(all, long.Text()), n+len(long.Text())
	}
	if n > s.opts.AnswerBytes {
		return nil, fmt.Errorf("the answer has %d bytes, and may have %d (--max-answer): ask for fewer types, or less of them", n, s.opts.AnswerBytes)
	}
	return all, nil
}

// cutErrors cuts what is said of questions that the protocol's library refuses: it repeats all of what was asked.
func cutErrors(next sdk.MethodHandler) sdk.MethodHandler {
	return func(ctx context.Context, method string, req sdk.Request) (sdk.Result, error) {
		result, err := next(ctx, method, req)
		var coded *jsonrpc.Error
		switch isCoded := errors.As(err, &coded); {
		case err != nil && !isCoded: // as of a session that is begun twice
			return nil, &jsonrpc.Error{Code: jsonrpc.CodeInvalidRequest, Message: cutText(err.Error(), errorBytes)}
		case isCoded && len(coded.Message)+len(coded.Data) > errorBytes:
			return nil, &jsonrpc.Error{Code: coded.Code, Message: cutText(coded.Message, errorBytes)}
		}
		if called, ok := result.(*sdk.CallToolResult); ok && err == nil && called.IsError {
			for _, content := range called.Content {
				if said, ok := content.(*sdk.TextContent); ok {
					said.Text = cutText(said.Text, errorBytes)
				}
			}
		}
		return result, err
	}
}

// stamp is a moment in an answer; empty for none.
func stamp(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.UTC().Format("2006-01-02T15:04:05.000Z07:00")
}
