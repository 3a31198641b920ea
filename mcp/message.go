package mcp

import (
	"bytes"
	"encoding/json"
	"strconv"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
)

// greatestID is how great the number of an ID may be: others are not the same any more in what reads JSON, the protocol's library among them.
const greatestID = 1 << 53

// refused is why something that a client sent is no message, as JSON-RPC answers it.
type refused struct {
	id   json.RawMessage // null where it has none that can be repeated
	code int
	why  string
}

// Error implements error.
func (r *refused) Error() string { return r.why }

// MarshalJSON writes it as JSON-RPC does.
func (r *refused) MarshalJSON() ([]byte, error) {
	return encode(map[string]any{"jsonrpc": "2.0", "id": r.id, "error": map[string]any{"code": r.code, "message": r.why}})
}

var null = json.RawMessage("null")

// checkMessage finds what is wrong with a message, or several in a list, that the protocol's library would end the session for, take for another message, or
// answer by another ID. It is nil for what is a message.
func checkMessage(text []byte, mayBeSeveral bool) *refused {
	text = bytes.TrimSpace(text)
	if !json.Valid(text) {
		return &refused{null, jsonrpc.CodeParseError, "it is not JSON"}
	}
	if text[0] != '[' {
		return checkOne(text)
	}
	if !mayBeSeveral {
		return &refused{null, jsonrpc.CodeInvalidRequest, "several messages at once are not taken in this version of the protocol: send each by itself"}
	}
	return checkSeveral(text)
}

func checkSeveral(text []byte) *refused {
	var all []json.RawMessage
	if json.Unmarshal(text, &all) != nil || len(all) == 0 {
		return &refused{null, jsonrpc.CodeInvalidRequest, "a list of no messages is none"}
	}
	ids := map[string]bool{}
	for _, one := range all {
		if wrong := checkOne(one); wrong != nil {
			return wrong
		}
		var message struct{ ID json.RawMessage }
		if json.Unmarshal(one, &message) != nil || message.ID == nil {
			continue
		}
		if ids[string(message.ID)] {
			return &refused{null, jsonrpc.CodeInvalidRequest, "two messages at once have the same id"}
		}
		ids[string(message.ID)] = true
	}
	return nil
}

func checkOne(text []byte) *refused {
	var members map[string]json.RawMessage
	if json.Unmarshal(text, &members) != nil {
		return &refused{null, jsonrpc.CodeInvalidRequest, "it is no message of JSON-RPC 2.0, which is an object"}
	}
	id, hasID := members["id"]
	_, isQuestion := members["method"]
	_, hasResult := members["result"]
	_, hasError := members["error"]
	switch {
	case hasID && isQuestion && !isID(id):
		if string(id) == "null" || id[0] == '{' || id[0] == '[' {
			id = null
		}
		return &refused{id, jsonrpc.CodeInvalidRequest, "the id is to be a text, or a whole number up to " + strconv.Itoa(greatestID) + "; what needs no answer has none"}
	case !hasID:
		id = null
	}
	if !isQuestion && !hasResult && !hasError {
		return &refused{id, jsonrpc.CodeInvalidRequest, "it is no message of JSON-RPC 2.0, which has a method, a result or an error"}
	}
	if _, err := jsonrpc.DecodeMessage(text); err != nil {
		return &refused{id, jsonrpc.CodeInvalidRequest, "it is no message of JSON-RPC 2.0: " + cutText(err.Error(), reasonBytes)}
	}
	return nil
}

// isID tells whether an ID is one that is answered as it was given.
func isID(id json.RawMessage) bool {
	if id[0] == '"' {
		return true
	}
	n, err := strconv.ParseInt(string(id), 10, 64)
	return err == nil && n <= greatestID && n >= -greatestID
}

// isAnswer tells whether a message is an answer, which has none itself: two who did not understand each other would never end.
func isAnswer(text []byte) bool {
	var members map[string]json.RawMessage
	if json.Unmarshal(text, &members) != nil {
		return false
	}
	_, hasResult := members["result"]
	_, hasError := members["error"]
	return members["method"] == nil && (hasResult || hasError)
}

// takesSeveral tells whether a client begins a session in a version of the protocol that has several messages at once; ok is false where the message
// begins none.
func takesSeveral(text []byte) (several, ok bool) {
	var hello struct {
		Method string
		Params struct{ ProtocolVersion string }
	}
	if json.Unmarshal(text, &hello) != nil || hello.Method != "initialize" {
		return false, false
	}
	return hello.Params.ProtocolVersion == "2025-03-26" || hello.Params.ProtocolVersion == "2024-11-05", true
}
