package change

import (
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/dogwatch/dogwatch/model/jsonscan"
)

// Path leads from an object to one of its values. Its text says exactly which,
// and is comparable:
//
//	spec.containers[name="web"].ports[containerPort=80,protocol="TCP"].hostPort
//	metadata.labels["app.kubernetes.io/name"]
//	spec.containers[name="web"].args[2]
type Path string

// Step leads from a value to one that is in it: to a member where Member is
// told, to the element with a key where Key is, else to the element at Index.
type Step struct {
	// Member is the name of an object's member.
	Member string
	// Key has the members that tell an element from others, nil for the other two.
	Key []KeyValue
	// Index is the place of an element in its list; in the old list, if it is gone in the new one.
	Index int
	kind  stepKind
}

type stepKind uint8

const (
	toMember stepKind = iota
	toIndex
	toKey
)

// IsMember tells whether the step leads to a member of an object. Its name may be empty.
func (s Step) IsMember() bool { return s.kind == toMember }

// KeyValue is a member of an element, and its value as JSON.
type KeyValue struct{ Name, Value string }

// String gives the path in short, for people: "spec.containers[web].image",
// "ports[80/TCP]". Its text comes from the cluster.
func (p Path) String() string {
	var b strings.Builder
	for i, s := range p.Steps() {
		switch {
		case s.kind == toIndex:
			b.WriteString("[" + strconv.Itoa(s.Index) + "]")
		case s.kind == toKey:
			b.WriteByte('[')
			for n, k := range s.Key {
				if n > 0 {
					b.WriteByte('/')
				}
				b.Write(jsonscan.Text([]byte(k.Value)))
			}
			b.WriteByte(']')
		case !isPlain([]byte(s.Member)):
			b.WriteString("[" + s.Member + "]")
		default:
			if i > 0 {
				b.WriteByte('.')
			}
			b.WriteString(s.Member)
		}
	}
	return b.String()
}

// Steps takes the path apart. Of a text that is no path it gives something.
func (p Path) Steps() []Step {
	var steps []Step
	for rest := []byte(p); len(rest) > 0; {
		if rest[0] == '[' {
			s, n := bracketed(rest)
			steps, rest = append(steps, s), rest[n:]
			continue
		}
		if rest[0] == '.' {
			rest = rest[1:]
		}
		n := 0
		for n < len(rest) && rest[n] != '.' && rest[n] != '[' {
			n++
		}
		steps, rest = append(steps, Step{Member: string(rest[:n])}), rest[n:]
	}
	return steps
}

// Members are the names that the path leads through, if it is one, and leads through no elements of lists.
func (p Path) Members() (names []string, ok bool) {
	var text []byte
	for _, s := range p.Steps() {
		if !s.IsMember() || s.Member == "" {
			return nil, false
		}
		names, text = append(names, s.Member), appendMember(text, []byte(s.Member))
	}
	return names, len(names) > 0 && string(text) == string(p)
}

// bracketed reads a step in brackets, and gives its length.
func bracketed(text []byte) (Step, int) {
	at := 1
	if at < len(text) && text[at] == '"' {
		end := jsonscan.Skip(text, at)
		return Step{Member: string(jsonscan.Text(text[at:end]))}, min(end+1, len(text))
	}
	s := Step{kind: toKey}
	for at < len(text) {
		begin := at
		for at < len(text) && text[at] != '=' && text[at] != ']' {
			at++
		}
		if at == len(text) || text[at] == ']' {
			s.kind = toIndex
			s.Index, _ = strconv.Atoi(string(text[begin:at])) // the text of a path has digits here
			return s, min(at+1, len(text))
		}
		end := jsonscan.Skip(text, at+1)
		s.Key = append(s.Key, KeyValue{Name: string(text[begin:at]), Value: string(text[at+1 : end])})
		if at = end + 1; end < len(text) && text[end] == ']' {
			break
		}
	}
	return s, min(at, len(text))
}

// appendMember adds the step to a member.
func appendMember(path, name []byte) []byte {
	if !isPlain(name) {
		path, _ = jsontext.AppendQuote(append(path, '['), name) // an error is of invalid UTF-8, which it replaces
		return append(path, ']')
	}
	if len(path) > 0 {
		path = append(path, '.')
	}
	return append(path, name...)
}

func appendIndex(path []byte, i int) []byte {
	return append(strconv.AppendInt(append(path, '['), int64(i), 10), ']')
}

func appendKey(path, key []byte) []byte {
	return append(append(append(path, '['), key...), ']')
}

// isPlain tells whether a name can stand in a path as it is.
func isPlain(name []byte) bool {
	for _, c := range name {
		if c != '-' && c != '_' && (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') {
			return false
		}
	}
	return len(name) > 0
}
