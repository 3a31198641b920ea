package signals

import (
	"errors"
	"strings"
)

// piece is a part of a template: text as it is, or an expression.
type piece struct {
	text         string
	isExpression bool
	// at is where in the template the text begins.
	at int
}

var errUnclosed = errors.New("${ has no }")

// pieces takes a template apart, in which expressions stand as ${expression}. "$${" is "${".
func pieces(template string) ([]piece, error) {
	var all []piece
	for rest, at := template, 0; rest != ""; {
		begin := strings.Index(rest, "${")
		if begin < 0 {
			return append(all, piece{text: rest, at: at}), nil
		}
		if begin > 0 && rest[begin-1] == '$' {
			all = append(all, piece{text: rest[:begin-1] + "${", at: at})
			rest, at = rest[begin+2:], at+begin+2
			continue
		}
		if begin > 0 {
			all = append(all, piece{text: rest[:begin], at: at})
		}
		rest, at = rest[begin+2:], at+begin+2
		end := closing(rest)
		if end < 0 {
			return nil, errUnclosed
		}
		all = append(all, piece{text: rest[:end], isExpression: true, at: at})
		rest, at = rest[end+1:], at+end+1
	}
	return all, nil
}

// closing finds the brace that closes an expression: none in a string, or in braces of its own.
func closing(text string) int {
	depth, quote := 0, byte(0)
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quote != 0 && c == '\\':
			i++
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '{':
			depth++
		case c == '}' && depth == 0:
			return i
		case c == '}':
			depth--
		}
	}
	return -1
}
