package mcp

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
)

var errCursor = errors.New("the cursor is not one that this tool gave for this question: ask without it, or all else as before")

// cursor is what a client gives back to go on.
type cursor struct {
	// Question is of which question it goes on with the answer.
	Question []byte `json:"q"`
	// Position is what is needed to go on.
	Position json.RawMessage `json:"p"`
}

// cursorOf makes a cursor of a position in the answer to a question.
func cursorOf(question, position any) (string, error) {
	var c cursor
	var err error
	if c.Question, err = digest(question); err == nil {
		c.Position, err = json.Marshal(position)
	}
	if err != nil {
		return "", fmt.Errorf("making a cursor: %w", err)
	}
	raw, err := json.Marshal(c)
	if err != nil {
		return "", fmt.Errorf("making a cursor: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(raw), nil
}

// readCursor reads the position that a cursor of a question has; it leaves it as it is where there is no cursor.
func readCursor(question any, text string, position any) error {
	if text == "" {
		return nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return errCursor
	}
	var c cursor
	if decodeStrictly(raw, &c) != nil {
		return errCursor
	}
	same, err := digest(question)
	if err != nil {
		return fmt.Errorf("reading a cursor: %w", err)
	}
	if !bytes.Equal(c.Question, same) || decodeStrictly(c.Position, position) != nil {
		return errCursor
	}
	return nil
}

func decodeStrictly(raw []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	return d.Decode(into)
}

// notOfQuestion say which part of an answer is asked for, and how much of it. Of which moment an object is asked for says its position, too.
var notOfQuestion = []string{"cursor", "limit", "at"}

// digest tells a question from others.
func digest(question any) ([]byte, error) {
	raw, err := json.Marshal(question)
	if err != nil {
		return nil, err
	}
	var asked map[string]json.RawMessage
	if err := json.Unmarshal(raw, &asked); err != nil {
		return nil, err
	}
	for _, name := range notOfQuestion {
		delete(asked, name)
	}
	if raw, err = json.Marshal(asked); err != nil {
		return nil, err
	}
	sum := sha256.Sum256(raw)
	return sum[:8], nil
}
