package informers

import (
	"bytes"
	"encoding/base64"
	"fmt"

	"github.com/go-json-experiment/json/jsontext"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// redactor replaces values that must not be kept. The nil redactor replaces
// none.
type redactor []secretPath

// secretPath leads to values by member names; "*" is any member or element.
type secretPath struct {
	steps  []string
	base64 bool
}

// secretPaths lists, by type, what never gets into an object.
var secretPaths = map[schema.GroupResource]redactor{
	{Resource: "secrets"}: {
		{steps: []string{"data", "*"}, base64: true},
		{steps: []string{"stringData", "*"}},
		{steps: []string{"metadata", "annotations", "kubectl.kubernetes.io/last-applied-configuration"}},
	},
}

func redactorFor(gr schema.GroupResource) redactor { return secretPaths[gr] }

// apply gives the JSON with the values replaced, and wipes what it was given.
func (r redactor) apply(json []byte) ([]byte, error) {
	if r == nil {
		return json, nil
	}
	masked, err := r.value(text(bytes.NewReader(json)), make([]byte, 0, len(json)))
	clear(json)
	return masked, err
}

// value copies one value to dst.
func (r redactor) value(in *jsontext.Decoder, dst []byte) ([]byte, error) {
	kind := in.PeekKind()
	switch {
	case len(r) > 0 && kind == '{' && !r.ends():
		return r.object(in, dst)
	case len(r) > 0 && kind == '[' && !r.ends():
		return r.array(in, dst)
	}
	value, err := in.ReadValue()
	if err != nil {
		return dst, err
	}
	if len(r) == 0 || kind == 'n' {
		return append(dst, value...), nil
	}
	// Where something else stands than was expected, it is masked as well.
	return jsontext.AppendQuote(dst, r.mask(value))
}

func (r redactor) object(in *jsontext.Decoder, dst []byte) ([]byte, error) {
	dst = append(dst, '{')
	first := true
	err := members(in, func(name []byte) (err error) {
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = append(append(dst, name...), ':')
		dst, err = r.below(string(appendText(nil, name))).value(in, dst)
		return err
	})
	return append(dst, '}'), err
}

func (r redactor) array(in *jsontext.Decoder, dst []byte) ([]byte, error) {
	dst = append(dst, '[')
	first := true
	err := elements(in, func() (err error) {
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst, err = r.below("*").value(in, dst)
		return err
	})
	return append(dst, ']'), err
}

// below is what is left of the paths under a member.
func (r redactor) below(member string) redactor {
	var rest redactor
	for _, p := range r {
		if p.steps[0] == member || p.steps[0] == "*" {
			rest = append(rest, secretPath{p.steps[1:], p.base64})
		}
	}
	return rest
}

// ends tells whether a path ends here.
func (r redactor) ends() bool {
	for _, p := range r {
		if len(p.steps) == 0 {
			return true
		}
	}
	return false
}

// mask stands for a value: it tells its size only.
func (r redactor) mask(value jsontext.Value) string {
	content := appendText(nil, value)
	defer clear(content)
	size := len(content)
	if r[0].base64 {
		size = base64.StdEncoding.DecodedLen(size) - bytes.Count(content, []byte("="))
	}
	return fmt.Sprintf("•••• (%d bytes)", size)
}

// Redact gives an object's JSON with what is secret in its type masked, as
// watches keep it. It wipes what it was given where there is something to mask.
func Redact(gr schema.GroupResource, json []byte) ([]byte, error) {
	return redactorFor(gr).apply(json)
}

// Encoded gives the paths, by member names ("*" is any), at which a type has
// what is secret as base64.
func Encoded(gr schema.GroupResource) [][]string {
	var paths [][]string
	for _, p := range secretPaths[gr] {
		if p.base64 {
			paths = append(paths, p.steps)
		}
	}
	return paths
}
