package store

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// Identity is what tells a version of an object from others.
type Identity struct {
	Namespace, Name string
	ResourceVersion uint64
}

// Key is the object's place in the order of a list: namespace/name, or the name alone.
func (i Identity) Key() string { return keyOf(i.Namespace, i.Name) }

// Identify reads an object's JSON until it knows who it is. What stands behind that is not looked at and may be anything.
func Identify(raw []byte, namespaced bool) (Identity, error) {
	var id Identity
	dec := jsontext.NewDecoder(bytes.NewBuffer(raw))
	err := members(dec, func(name string) (bool, error) {
		if name != "metadata" {
			return true, skip(dec)
		}
		return false, id.read(dec, namespaced)
	})
	if err == nil && (id.Name == "" || id.ResourceVersion == 0) {
		err = errors.New("no name or no resource version")
	}
	if err != nil {
		return id, fmt.Errorf("identifying an object: %w", err)
	}
	return id, nil
}

func (i *Identity) read(dec *jsontext.Decoder, namespaced bool) error {
	return members(dec, func(name string) (bool, error) {
		var err error
		switch name {
		case "name":
			i.Name, err = text(dec)
		case "namespace":
			i.Namespace, err = text(dec)
		case "resourceVersion":
			i.ResourceVersion, err = version(dec)
		default:
			err = skip(dec)
		}
		return i.Name == "" || i.ResourceVersion == 0 || namespaced && i.Namespace == "", err
	})
}

// members goes through the members of the object that comes next, until value, which must read the value of each, has
// had enough. Then the rest of the object is still to be read.
func members(dec *jsontext.Decoder, value func(name string) (more bool, err error)) error {
	begin, err := dec.ReadToken()
	if err != nil {
		return err
	}
	if begin.Kind() != '{' {
		return fmt.Errorf("want a JSON object, got %s", begin.Kind())
	}
	for dec.PeekKind() == '"' {
		name, err := dec.ReadToken()
		if err != nil {
			return err
		}
		if more, err := value(name.String()); err != nil || !more {
			return err
		}
	}
	_, err = dec.ReadToken() // the end of the object, or what is wrong
	return err
}

// skip checks a value and passes it over.
func skip(dec *jsontext.Decoder) error {
	_, err := dec.ReadValue()
	return err
}

// text reads a string; null is an empty one.
func text(dec *jsontext.Decoder) (string, error) {
	token, err := dec.ReadToken()
	switch {
	case err != nil:
		return "", err
	case token.Kind() == 'n':
		return "", nil
	case token.Kind() != '"':
		return "", fmt.Errorf("want a string, got %s", token.Kind())
	}
	return token.String(), nil
}

func version(dec *jsontext.Decoder) (uint64, error) {
	s, err := text(dec)
	if err != nil {
		return 0, err
	}
	v, err := strconv.ParseUint(s, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("resource version: %w", err)
	}
	return v, nil
}
