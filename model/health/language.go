package health

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// test is one comparison. It does not hold where a side is missing and has no
// default. Where the left side has several values, one is enough.
type test struct {
	left  operand
	op    operator
	right operand
	among []string // for in
	// span is how much older than now a moment must be, for older and within; negative where it may lie ahead.
	span time.Duration
}

// timed tells whether a test begins to hold by itself, as time goes.
func (t *test) timed() bool { return t.op == older || t.op == within }

type operator string

const (
	present   operator = "present"
	absent    operator = "absent"
	equal     operator = "=="
	unequal   operator = "!="
	less      operator = "<"
	greater   operator = ">"
	in        operator = "in"
	hasSuffix operator = "endswith"
	older     operator = "older"
	within    operator = "within"
)

// operand is a field or a literal, less another.
type operand struct {
	term
	minus *term
}

// term is the value of a field, or a literal where there is no path.
type term struct {
	path     path
	slot     int   // where a reader keeps the values; -1 for a literal or condition
	fallback value // the literal, or what stands for a missing field
}

// path leads to a field. An element "*" stands for all items of a list. The
// conditions of status are addressed by their type: "conditions", type, member.
type path []string

const everyItem = "*"

// itemRoot begins the path of a field of one item of a list that is looked at by itself.
const itemRoot = "item"

// writtenRoot is the path to when the status was written, which is no field of an object's JSON.
const writtenRoot = "written"

func (p path) isWritten() bool { return len(p) == 1 && p[0] == writtenRoot }

func (p path) isCondition() bool { return len(p) > 0 && p[0] == "conditions" }

// template is the text of a reason with the values of fields in it.
type template []part

type part struct {
	text string
	term *term // instead of text
	hit  bool  // the value for which the last test held, instead of text
	// optional, instead of text, is left out where one of its fields is missing.
	optional template
}

var errIncomplete = errors.New("want FIELD, !FIELD, FIELD OPERATOR VALUE or FIELD in A,B")

// parseTest reads a test: words apart by spaces.
func parseTest(s string) (test, error) {
	words := strings.Fields(s)
	if len(words) == 0 {
		return test{}, errIncomplete
	}
	if name, ok := strings.CutPrefix(words[0], "!"); ok && len(words) == 1 {
		t, err := parseTerm(name)
		return test{left: operand{term: t}, op: absent}, err
	}
	left, words, err := parseOperand(words)
	if err != nil {
		return test{}, err
	}
	if len(words) == 0 {
		return test{left: left, op: present}, nil
	}
	op, words := operator(words[0]), words[1:]
	if !slices.Contains([]operator{equal, unequal, less, greater, in, hasSuffix, older, within}, op) {
		return test{}, fmt.Errorf("unknown operator %s", op)
	}
	if op == in || op == hasSuffix {
		if len(words) != 1 {
			return test{}, errIncomplete
		}
		return test{left: left, op: op, among: strings.Split(words[0], ",")}, nil
	}
	if op == older || op == within {
		return parseTimed(left, op, words)
	}
	right, words, err := parseOperand(words)
	if err == nil && len(words) > 0 {
		err = errIncomplete
	}
	return test{left: left, op: op, right: right}, err
}

// parseTimed reads the end of "FIELD older 5m" or "FIELD within 72h".
func parseTimed(left operand, op operator, words []string) (test, error) {
	if len(words) != 1 {
		return test{}, errIncomplete
	}
	span, err := time.ParseDuration(words[0])
	if op == within {
		span = -span
	}
	return test{left: left, op: op, span: span}, err
}

// parseOperand reads "A" or "A - B" and gives the words that follow.
func parseOperand(words []string) (operand, []string, error) {
	if len(words) == 0 {
		return operand{}, nil, errIncomplete
	}
	first, err := parseTerm(words[0])
	if err != nil || len(words) < 3 || words[1] != "-" {
		return operand{term: first}, words[1:], err
	}
	second, err := parseTerm(words[2])
	return operand{term: first, minus: &second}, words[3:], err
}

// parseTerm reads a field ("status.replicas", with a default
// "status.replicas|0") or, where it does not begin like one, a literal.
func parseTerm(s string) (term, error) {
	name, fallback, hasFallback := strings.Cut(s, "|")
	elements := strings.Split(strings.ReplaceAll(name, "[*]", "."+everyItem), ".")
	switch elements[0] {
	case "metadata", "spec", "status", "conditions", "type", "reason", "message", itemRoot, writtenRoot:
	default:
		return term{fallback: makeValue(s)}, nil
	}
	if slices.Contains(elements, "") {
		return term{}, fmt.Errorf("%s is no path", name)
	}
	t := term{path: elements}
	if hasFallback {
		t.fallback = makeValue(fallback)
	}
	if !t.path.isCondition() {
		return t, nil
	}
	switch len(t.path) {
	case 2:
		t.path = append(t.path, "status")
	case 3:
		if !slices.Contains([]string{"status", "reason", "message", "since"}, t.path[2]) {
			return term{}, fmt.Errorf("of a condition only status, reason, message and since are read, not %s", t.path[2])
		}
	default:
		return term{}, fmt.Errorf("%s: want conditions.TYPE or conditions.TYPE.reason", name)
	}
	return t, nil
}

// parseTemplate reads a text with fields in braces; "{hit}" is the value for
// which the rule's last test held. What is in brackets is left out where one of its
// fields is missing.
func parseTemplate(s string) (template, error) {
	t, rest, err := parseTemplateUntil(s, false)
	if err == nil && rest != "" {
		err = errors.New("a bracket is not opened")
	}
	return t, err
}

// parseTemplateUntil reads up to the end, or within a bracket to its end, and gives what follows.
func parseTemplateUntil(s string, inBracket bool) (parts template, rest string, err error) {
	for s != "" {
		i := strings.IndexAny(s, "{[]")
		if i < 0 {
			i = len(s)
		}
		if i > 0 {
			parts = append(parts, part{text: s[:i]})
		}
		if i == len(s) {
			s = ""
			break
		}
		var p part
		switch s[i] {
		case ']':
			return parts, s[i+1:], nil
		case '[':
			p.optional, s, err = parseTemplateUntil(s[i+1:], true)
		default:
			p, s, err = parseField(s[i+1:])
		}
		if err != nil {
			return nil, "", err
		}
		parts = append(parts, p)
	}
	if inBracket {
		err = errors.New("a bracket is not closed")
	}
	return parts, "", err
}

// parseField reads a field behind its opening brace, and gives what follows.
func parseField(s string) (part, string, error) {
	name, rest, closed := strings.Cut(s, "}")
	if !closed {
		return part{}, "", errors.New("a brace is not closed")
	}
	if name == "hit" {
		return part{hit: true}, rest, nil
	}
	t, err := parseTerm(name)
	return part{term: &t}, rest, err
}

// value is a scalar of an object or of a rule. That of an object is a part of
// its JSON.
type value struct {
	text   []byte
	number float64
	is     valueIs
}

type valueIs uint8

const (
	missing valueIs = iota
	isText
	isNumber
	isCompound // an object or a list: there, but nothing to compare
)

func makeValue(s string) value {
	if n, err := strconv.ParseFloat(s, 64); err == nil {
		return value{text: []byte(s), number: n, is: isNumber}
	}
	return value{text: []byte(s), is: isText}
}
