package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strconv"
	"sync"

	"github.com/go-json-experiment/json/jsontext"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
)

// Identity is what tells a version of an object from others.
type Identity struct {
	Namespace, Name string
	ResourceVersion uint64
}

// Key is the object's place in the order of a list: namespace/name, or the name alone.
func (i Identity) Key() string { return keyOf(i.Namespace, i.Name) }

// Identifier identifies objects one after the other. The zero value is ready for use, by one goroutine.
type Identifier struct{ reader }

// Identify reads an object's JSON until it knows who it is. What stands behind that is not looked at and may be anything.
func (i *Identifier) Identify(raw []byte, namespaced bool) (Identity, error) {
	i.begin(raw)
	var h head
	err := i.members(func(name []byte) (bool, error) {
		if string(name) != "metadata" {
			return true, i.skip()
		}
		return false, i.metadata(&h, func() bool { return h.identified(namespaced) })
	})
	if err == nil && !h.identified(false) {
		err = errors.New("no name or no resource version")
	}
	if err != nil {
		return h.Identity, fmt.Errorf("identifying an object: %w", err)
	}
	return h.Identity, nil
}

// head is what a store knows of an object without looking into it again.
type head struct {
	Identity
	labels map[string]string
}

func (h *head) identified(namespaced bool) bool {
	return h.Name != "" && h.ResourceVersion != 0 && (h.Namespace != "" || !namespaced)
}

// reader reads objects in one pass, and takes what encoding/json takes for JSON.
type reader struct {
	dec *jsontext.Decoder
	in  bytes.Buffer
}

func (r *reader) begin(raw []byte) {
	r.in = *bytes.NewBuffer(raw)
	if r.dec == nil {
		r.dec = jsontext.NewDecoder(&r.in, lenient()...)
		return
	}
	r.dec.Reset(&r.in, lenient()...)
}

// lenient is to take for JSON what encoding/json does.
func lenient() []jsontext.Options {
	return []jsontext.Options{jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)}
}

// head checks all of an object and reads its head.
func (r *reader) head(raw []byte) (head, error) {
	r.begin(raw)
	var h head
	err := r.members(func(name []byte) (bool, error) {
		if string(name) != "metadata" {
			return true, r.skip()
		}
		return true, r.metadata(&h, func() bool { return false })
	})
	if err != nil {
		return h, err
	}
	if _, err := r.dec.ReadToken(); !errors.Is(err, io.EOF) {
		return h, errors.New("something follows the object")
	}
	return h, nil
}

// metadata reads the metadata that comes next until it has enough.
func (r *reader) metadata(h *head, enough func() bool) error {
	return r.members(func(name []byte) (bool, error) {
		var err error
		switch string(name) {
		case "name":
			h.Name, err = r.text()
		case "namespace":
			h.Namespace, err = r.text()
		case "resourceVersion":
			h.ResourceVersion, err = r.version()
		case "labels":
			err = r.labels(h)
		default:
			err = r.skip()
		}
		return !enough(), err
	})
}

func (r *reader) labels(h *head) error {
	return r.members(func(name []byte) (bool, error) {
		key := string(name) // it is good until something else is read
		value, err := r.text()
		if h.labels == nil {
			h.labels = map[string]string{}
		}
		h.labels[key] = value
		return true, err
	})
}

// members goes through the members of the object that comes next, or of null, which has none, until value, which must read
// the value of each, has had enough. Then the rest of the object is still to be read.
func (r *reader) members(value func(name []byte) (more bool, err error)) error {
	begin, err := r.dec.ReadToken()
	switch {
	case err != nil:
		return err
	case begin.Kind() == 'n' && r.dec.StackDepth() > 0:
		return nil
	case begin.Kind() != '{':
		return fmt.Errorf("want a JSON object, got %s", begin.Kind())
	}
	for r.dec.PeekKind() == '"' {
		name, err := r.dec.ReadValue()
		if err != nil {
			return err
		}
		if more, err := value(unquoted(name)); err != nil || !more {
			return err
		}
	}
	_, err = r.dec.ReadToken() // the end of the object, or what is wrong
	return err
}

// unquoted is the content of a JSON string, which is nearly always as it stands.
func unquoted(quoted jsontext.Value) []byte {
	if bytes.IndexByte(quoted, '\\') < 0 {
		return quoted[1 : len(quoted)-1]
	}
	content, _ := jsontext.AppendUnquote(nil, quoted) // it was read as a string
	return content
}

// skip checks a value and passes it over.
func (r *reader) skip() error {
	_, err := r.dec.ReadValue()
	return err
}

// text reads a string; null is an empty one.
func (r *reader) text() (string, error) {
	token, err := r.dec.ReadToken()
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

func (r *reader) version() (uint64, error) {
	s, err := r.text()
	if err != nil || s == "" {
		return 0, err
	}
	v, err := strconv.ParseUint(s, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("resource version: %w", err)
	}
	return v, nil
}

// moved is a copy of an object's JSON with another resource version.
func (r *reader) moved(raw []byte, rv uint64) ([]byte, error) {
	r.begin(raw)
	var from, to int64
	err := r.members(func(name []byte) (bool, error) {
		if string(name) != "metadata" {
			return true, r.skip()
		}
		return false, r.members(func(name []byte) (bool, error) {
			wanted := string(name) == "resourceVersion"
			value, err := r.dec.ReadValue()
			if wanted {
				to = r.dec.InputOffset()
				from = to - int64(len(value))
			}
			return !wanted, err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("looking for an object's resource version: %w", err)
	}
	if to == 0 {
		return edit(raw, nil, func(meta map[string]json.RawMessage) { setVersion(meta, rv) })
	}
	out := make([]byte, 0, len(raw)+len("18446744073709551615"))
	out = append(append(out, raw[:from]...), '"')
	out = append(strconv.AppendUint(out, rv, 10), '"')
	return append(out, raw[to:]...), nil
}

// object makes an Object of the type from its JSON, which it keeps.
func (r *reader) object(t Type, raw []byte, cells []byte) (*Object, error) {
	h, err := r.head(raw)
	if err != nil {
		return nil, fmt.Errorf("reading an object of %v: %w", t.Resource, err)
	}
	if h.ResourceVersion == 0 {
		return nil, fmt.Errorf("object %q of %v has no resource version", h.Name, t.Resource)
	}
	if h.Name == "" || t.Namespaced != (h.Namespace != "") {
		return nil, fmt.Errorf("object %q in namespace %q does not fit type %v", h.Name, h.Namespace, t.Resource)
	}
	o := &Object{
		Namespace: h.Namespace, Name: h.Name, ResourceVersion: h.ResourceVersion, Labels: h.labels,
		JSON: raw, Cells: cells, key: h.Key(),
	}
	return o, nil
}

// item makes an Object of what a cluster sent, which may be anything.
func (r *reader) item(t Type, i Item) (*Object, error) {
	raw, cells := i.JSON, i.Cells
	var err error
	if bytes.IndexByte(raw, '\n') >= 0 {
		if raw, err = compacted(raw); err != nil {
			return nil, fmt.Errorf("reading an object of %v: %w", t.Resource, err)
		}
	}
	if cells != nil {
		if cells, err = compacted(cells); err == nil && cells[0] != '[' {
			err = errors.New("want a JSON array")
		}
		if err != nil {
			return nil, fmt.Errorf("reading the cells of an object of %v: %w", t.Resource, err)
		}
	}
	o, err := r.object(t, raw, cells)
	if err == nil {
		o.Printed = i.Printed
	}
	return o, err
}

// compacted is the JSON without insignificant space: what it was given, if there is none.
func compacted(raw []byte) ([]byte, error) {
	if v := jsontext.Value(raw); !bytes.ContainsAny(raw, " \t\r\n") && v.IsValid(lenient()...) {
		return raw, nil
	}
	var out bytes.Buffer
	if err := json.Compact(&out, raw); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// Read reads many items on all processors. Those that cannot be read are nil and told in the error, some of them in words.
func Read(t Type, items []Item) ([]*Object, error) {
	const least = 100 // items that are worth a processor
	workers := max(1, min(runtime.GOMAXPROCS(0), len(items)/least))
	objects := make([]*Object, len(items))
	failed := make([]failures, workers)
	var working sync.WaitGroup
	for w := range workers {
		working.Go(func() {
			defer utilruntime.HandleCrash()
			var r reader
			for i := w; i < len(items); i += workers {
				o, err := r.item(t, items[i])
				if err != nil {
					failed[w].add(err)
					continue
				}
				objects[i] = o
			}
		})
	}
	working.Wait()
	return objects, failuresOf(failed)
}

// failures are a number of errors and the first of them.
type failures struct {
	n     int
	first error
}

func (f *failures) add(err error) {
	if f.n++; f.n == 1 {
		f.first = err
	}
}

func failuresOf(all []failures) error {
	var sum failures
	for _, f := range all {
		if f.n > 0 {
			sum.add(f.first)
			sum.n += f.n - 1
		}
	}
	if sum.n == 0 {
		return nil
	}
	return fmt.Errorf("%d objects cannot be read, as: %w", sum.n, sum.first)
}
