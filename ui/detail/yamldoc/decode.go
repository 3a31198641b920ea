package yamldoc

import (
	"encoding/base64"
	"fmt"
	"strings"
	"unicode/utf8"
)

// decoded is what a base64 value stands for.
type decoded struct{ content string }

// decode replaces the texts at a path by what they stand for, where they are
// base64. It changes maps and lists in place.
func decode(v any, path []string) any {
	if len(path) == 0 {
		if s, ok := v.(string); ok {
			if content, err := base64.StdEncoding.DecodeString(s); err == nil {
				return decoded{string(content)}
			}
		}
		return v
	}
	switch v := v.(type) {
	case map[string]any:
		for key, member := range v {
			if path[0] == key || path[0] == "*" {
				v[key] = decode(member, path[1:])
			}
		}
	case []any:
		for i, element := range v {
			if path[0] == "*" {
				v[i] = decode(element, path[1:])
			}
		}
	}
	return v
}

// decoded writes what a base64 value stands for: text as text, of all else the
// size.
func (e *emitter) decoded(v decoded, path *Path, at place) {
	first := len(e.lines)
	size := fmt.Sprintf("%d bytes", len(v.content))
	if len(v.content) == 1 {
		size = "1 byte"
	}
	if isText(v.content) {
		e.text(v.content, path, at)
		e.lines[first].Note = "decoded, " + size
		return
	}
	e.scalar("••••", Empty, path, at)
	e.lines[first].Note = "decoded: binary, " + size
}

func isText(s string) bool {
	return utf8.ValidString(s) && !strings.Contains(s, "\x00")
}
