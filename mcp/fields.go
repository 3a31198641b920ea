package mcp

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"

	utiljson "k8s.io/apimachinery/pkg/util/json"
	"k8s.io/client-go/util/jsonpath"

	"github.com/dogwatch/dogwatch/model"
)

const (
	mostFields = 30
	// mostWays is how often a path may go several ways, of which once to all that is below: each may find many times as many values.
	mostWays = 8
	// mostFieldBytes is how long a path may be.
	mostFieldBytes = 1 << 10
	// leastValueBytes is what is shown of any value that is too long.
	leastValueBytes = 128
)

// fields are the values that a question asks for of each object.
type fields struct {
	paths []*field
	room  int // bytes for each value
}

type field struct {
	spelling string
	path     *jsonpath.JSONPath
	several  bool // it may find more than one
	isFound  bool // in any object
}

// parseFields reads paths in kubectl's JSONPath, braces and the first dot of which may be left out.
func parseFields(spellings []string, room int) (*fields, error) {
	if len(spellings) > mostFields {
		return nil, fmt.Errorf("%d fields: ask for at most %d, or for the whole object with get_object", len(spellings), mostFields)
	}
	f := &fields{room: max(leastValueBytes, room/max(1, 2*len(spellings)))}
	for _, spelling := range spellings {
		text := strings.TrimSpace(spelling)
		if strings.HasPrefix(text, "{") && strings.HasSuffix(text, "}") {
			text = text[1 : len(text)-1]
		}
		if err := checkPath(text); err != nil {
			return nil, fmt.Errorf("the field %s: %w", quoted(spelling), err)
		}
		if !strings.HasPrefix(text, ".") && !strings.HasPrefix(text, "[") && !strings.HasPrefix(text, "$") && !strings.HasPrefix(text, "@") {
			text = "." + text
		}
		path := jsonpath.New(spelling).AllowMissingKeys(true)
		if err := path.Parse("{" + text + "}"); err != nil {
			return nil, fmt.Errorf("the field %s: %w: give kubectl's JSONPath, such as .spec.containers[*].image", quoted(spelling), err)
		}
		f.paths = append(f.paths, &field{spelling: spelling, path: path, several: strings.ContainsAny(text, "*?:,") || strings.Contains(text, "..")})
	}
	return f, nil
}

// checkPath finds what is not one path, or may find far more than an object has.
func checkPath(text string) error {
	ways := 0
	for _, several := range []string{"*", "?", ":", ","} {
		ways += strings.Count(text, several)
	}
	switch {
	case strings.ContainsAny(text, "{}"):
		return errors.New("give one path, such as .spec.replicas")
	case len(text) > mostFieldBytes:
		return fmt.Errorf("it has %d bytes, more than %d", len(text), mostFieldBytes)
	case strings.Count(text, "..") > 1 || ways > mostWays:
		return fmt.Errorf("it may go to all that is below (..) once, and several ways (* ? : ,) %d times: give a shorter path, or read the object with get_object", mostWays)
	}
	return nil
}

// of reads the fields of an object. One that it does not have is left out.
func (f *fields) of(o *model.Object) (map[string]json.RawMessage, error) {
	text, err := o.JSON()
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", o.Key, err)
	}
	var object map[string]any
	if err := utiljson.Unmarshal(text, &object); err != nil {
		return nil, fmt.Errorf("reading %s: %w", o.Key, err)
	}
	values := make(map[string]json.RawMessage, len(f.paths))
	for _, p := range f.paths {
		value, ok := p.of(object)
		if !ok {
			continue
		}
		raw, err := encodeUpTo(f.room, value)
		if err != nil {
			return nil, err
		}
		values[p.spelling] = raw
	}
	return values, nil
}

// missed says which fields no object had of which they were read.
func (f *fields) missed() string {
	var none []string
	for _, p := range f.paths {
		if !p.isFound {
			none = append(none, p.spelling)
		}
	}
	if len(none) == 0 {
		return ""
	}
	return "none of these objects has " + cutText(strings.Join(none, ", "), messageBytes)
}

// tooLong stands for a value that is too long.
func tooLong(raw []byte, room int) map[string]any {
	return map[string]any{"cut": cutText(string(raw), room), "bytes": len(raw)}
}

// cutText gives the beginning of a text.
func cutText(text string, room int) string {
	if len(text) <= room {
		return text
	}
	return strings.ToValidUTF8(text[:room], "") + "…"
}

func (p *field) of(object map[string]any) (any, bool) {
	found, err := p.path.FindResults(object)
	if err != nil {
		return nil, false // as of an index that the list does not have
	}
	values := []any{}
	for _, set := range found {
		for _, v := range set {
			if v.IsValid() && v.CanInterface() && (v.Kind() != reflect.Interface || !v.IsNil()) {
				values = append(values, v.Interface())
			}
		}
	}
	p.isFound = p.isFound || len(values) > 0
	switch {
	case p.several:
		return values, true
	case len(values) == 0:
		return nil, false
	}
	return values[0], true
}
