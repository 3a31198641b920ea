package jsonscan

import (
	"errors"
	"fmt"
	"io"
)

// ErrShort tells that a text ended before its value did.
var ErrShort = errors.New("JSON: the text goes on")

// deepest is how many objects and lists may be in one another, as jsontext has it.
const deepest = 10_000

// Checker reads values of text that is not known to be valid, which may come in pieces. It takes and refuses what jsontext does
// when that lets names that come twice and invalid UTF-8 pass, in half of the time. The zero Checker is ready. It is for one
// goroutine at a time.
type Checker struct {
	at       int  // up to where the value was read
	inString bool // at is in the middle of a string
	next     expected
	open     []byte // the brackets and braces that the place is in
}

// expected is what must come next.
type expected uint8

const (
	aValue expected = iota
	aValueOrEnd
	aNameOrEnd
	aName
	aColon
	aCommaOrEnd
)

// Reset forgets a value that was read in part.
func (c *Checker) Reset() { *c = Checker{open: c.open[:0]} }

// Value gives the length of the value that a text begins with, without white space before it. ErrShort asks for the same text with
// more behind it, of which nothing is read twice but a number; isAll tells that there is no more, upon which it is io.ErrUnexpectedEOF. After
// any other answer the next call begins anew.
func (c *Checker) Value(text []byte, isAll bool) (int, error) {
	if len(text) > 0 && text[0] == '"' && c.at == 0 {
		if end := plainEnd(text, 1); end < len(text) && text[end] == '"' {
			return end + 1, nil
		}
	}
	end, err := c.value(text, isAll)
	if errors.Is(err, ErrShort) && !isAll {
		return 0, ErrShort
	}
	c.Reset()
	if errors.Is(err, ErrShort) {
		err = io.ErrUnexpectedEOF
	}
	return end, err
}

// value goes on from where the last call stopped: in long steps where the text is as servers write it, by the character where not.
func (c *Checker) value(text []byte, isAll bool) (int, error) {
	i, next := c.at, c.next
	for {
		if !c.inString && len(c.open) > 0 {
			if i, next = c.run(text, i, next); len(c.open) == 0 {
				return i, nil
			}
		}
		end, then, err := c.step(text, i, next, isAll)
		if err != nil {
			c.at, c.next = max(c.at, i), next
			return 0, err
		}
		if i, next = end, then; len(c.open) == 0 && next == aCommaOrEnd {
			return i, nil
		}
	}
}

// run reads as many members and elements as stand there without white space, without escapes and whole. It ends before anything
// else, also before what is not valid, or behind the value.
func (c *Checker) run(text []byte, i int, next expected) (int, expected) {
	open := c.open
	defer func() { c.open = open }()
	if next == aColon || next == aCommaOrEnd {
		return i, next
	}
	for i < len(text) {
		if open[len(open)-1] == '{' && next != aValue {
			end := plainEnd(text, i+1)
			if text[i] != '"' || end+1 >= len(text) || text[end] != '"' || text[end+1] != ':' {
				return i, next
			}
			if i = end + 2; i == len(text) {
				return i, aValue
			}
			next = aValue
		}
		switch char := text[i]; char {
		case '"':
			end := plainEnd(text, i+1)
			if end >= len(text) || text[end] != '"' {
				return i, next
			}
			i = end + 1
		case '{', '[':
			if len(open) == deepest {
				return i, next
			}
			open = append(open, char)
			i++
			if next = aValueOrEnd; char == '{' {
				next = aNameOrEnd
			}
			if i == len(text) || text[i] != char+2 {
				continue
			}
		default:
			end, err := scalar(text, i, false)
			if err != nil {
				return i, next
			}
			i = end
		}
		for i < len(text) && text[i] == open[len(open)-1]+2 {
			i++
			if open = open[:len(open)-1]; len(open) == 0 {
				return i, aCommaOrEnd
			}
		}
		if i == len(text) || text[i] != ',' {
			return i, aCommaOrEnd
		}
		i++
		if next = aValue; open[len(open)-1] == '{' {
			next = aName
		}
	}
	return i, next
}

// step reads what comes next: a string, a number or a word, or one of the characters between them.
func (c *Checker) step(text []byte, i int, next expected, isAll bool) (end int, then expected, err error) {
	if !c.inString {
		if i = SkipSpace(text, i); i >= len(text) {
			c.at = i
			return 0, 0, ErrShort
		}
	}
	switch char := text[min(i, len(text)-1)]; {
	case c.inString || char == '"' && next != aColon && next != aCommaOrEnd:
		end, err = c.string(text, i)
		if then = aCommaOrEnd; next == aName || next == aNameOrEnd {
			then = aColon
		}
		return end, then, err
	case char == ',' && next == aCommaOrEnd:
		if then = aValue; c.open[len(c.open)-1] == '{' {
			then = aName
		}
	case (char == '{' || char == '[') && next <= aValueOrEnd:
		if len(c.open) == deepest {
			return 0, 0, fmt.Errorf("JSON: more than %d objects and lists are in one another", deepest)
		}
		c.open = append(c.open, char)
		if then = aValueOrEnd; char == '{' {
			then = aNameOrEnd
		}
	case c.closes(char, next):
		c.open = c.open[:len(c.open)-1]
		then = aCommaOrEnd
	case char == ':' && next == aColon:
		then = aValue
	case next <= aValueOrEnd:
		end, err = scalar(text, i, isAll)
		return end, aCommaOrEnd, err
	default:
		return 0, 0, invalid(char, next.String())
	}
	return i + 1, then, nil
}

// closes tells whether a character ends the object or list that the place is in.
func (c *Checker) closes(char byte, next expected) bool {
	if char != '}' && char != ']' || len(c.open) == 0 || char != c.open[len(c.open)-1]+2 {
		return false
	}
	return next == aCommaOrEnd || next == aNameOrEnd || next == aValueOrEnd
}

// string reads the string that begins at i, or of which i is in the middle.
func (c *Checker) string(text []byte, i int) (int, error) {
	if !c.inString {
		i++
	}
	for {
		i = plainEnd(text, i)
		switch {
		case i >= len(text):
			c.at, c.inString = i, true
			return 0, ErrShort
		case text[i] == '"':
			c.inString = false
			return i + 1, nil
		case text[i] < ' ':
			return 0, invalid(text[i], "the rest of a string")
		}
		end, err := escape(text, i)
		if err != nil {
			c.at, c.inString = i, true
			return 0, err
		}
		i = end
	}
}

// escape reads what begins with a backslash.
func escape(text []byte, i int) (int, error) {
	if i++; i >= len(text) {
		return 0, ErrShort
	}
	switch text[i] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return i + 1, nil
	case 'u':
	default:
		return 0, invalid(text[i], "an escape sequence")
	}
	for end := i + 4; i < end; {
		if i++; i >= len(text) {
			return 0, ErrShort
		}
		if c := text[i] | 0x20; (c < 'a' || c > 'f') && (text[i] < '0' || text[i] > '9') {
			return 0, invalid(text[i], "four hexadecimal digits")
		}
	}
	return i + 1, nil
}

// scalar reads a number or a word.
func scalar(text []byte, i int, isAll bool) (int, error) {
	switch c := text[i]; {
	case c == '-' || c >= '0' && c <= '9':
		return number(text, i, isAll)
	case c == 't':
		return word(text, i, "true")
	case c == 'f':
		return word(text, i, "false")
	case c == 'n':
		return word(text, i, "null")
	}
	return 0, invalid(text[i], "a value")
}

func word(text []byte, i int, word string) (int, error) {
	for n := range len(word) {
		if i+n >= len(text) {
			return 0, ErrShort
		}
		if text[i+n] != word[n] {
			return 0, invalid(text[i+n], word)
		}
	}
	return i + len(word), nil
}

// number reads a number, of which only what comes behind tells that it has ended.
func number(text []byte, i int, isAll bool) (int, error) {
	if text[i] == '-' {
		i++
	}
	var err error
	if i < len(text) && text[i] == '0' {
		i++
	} else if i, err = digits(text, i); err != nil {
		return 0, err
	}
	if i < len(text) && text[i] == '.' {
		if i, err = digits(text, i+1); err != nil {
			return 0, err
		}
	}
	if i < len(text) && text[i]|0x20 == 'e' {
		if i++; i < len(text) && (text[i] == '+' || text[i] == '-') {
			i++
		}
		if i, err = digits(text, i); err != nil {
			return 0, err
		}
	}
	if i >= len(text) && !isAll {
		return 0, ErrShort
	}
	return i, nil
}

// digits reads at least one.
func digits(text []byte, i int) (int, error) {
	if i >= len(text) {
		return 0, ErrShort
	}
	if text[i] < '0' || text[i] > '9' {
		return 0, invalid(text[i], "a digit")
	}
	for i < len(text) && text[i] >= '0' && text[i] <= '9' {
		i++
	}
	return i, nil
}

// invalid is the error of a character that cannot be where it is. It tells nothing of what stands around it, which may be secret.
func invalid(char byte, want string) error {
	return fmt.Errorf("JSON: invalid character %q where %s was expected", char, want)
}

func (e expected) String() string {
	return [...]string{"a value", "a value or ]", "a name or }", "a name", ":", "a comma or the end"}[e]
}
