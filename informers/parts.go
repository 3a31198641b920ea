package informers

import (
	"slices"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/jsonscan"
)

// initialEventsEnd is the path, in the annotations, of the mark that a
// bookmark carries at the end of a streamed list.
var initialEventsEnd = []string{metav1.InitialEventsAnnotationKey}

// parts is an object taken apart: who it is, its managedFields, and its JSON
// without them. Its memory is used again for the next object.
type parts struct {
	key             model.Key
	uid             types.UID
	resourceVersion string
	created         int64
	deleting        bool
	labels          model.LabelSet
	// initialEnd tells of the bookmark that ends a streamed list.
	initialEnd bool
	json       []byte
	// ends are where in json the values of the object's members end.
	ends    []int
	managed []byte
	scratch []byte
	open    bool // json lacks its closing brace
}

func (p *parts) reset() {
	*p = parts{json: append(p.json[:0], '{'), ends: p.ends[:0], managed: p.managed[:0], scratch: p.scratch, open: true}
}

// read reads a whole object.
func (p *parts) read(d *decoder, in *input) error {
	if err := members(in, func(name []byte) error { return p.member(d, in, name) }); err != nil {
		return err
	}
	p.close()
	return nil
}

func (p *parts) close() {
	if p.open {
		p.json = append(p.json, '}')
		p.open = false
	}
}

// separate makes json ready for another member.
func (p *parts) separate() []byte {
	if last := p.json[len(p.json)-1]; last != '{' {
		p.json = append(p.json, ',')
	}
	return p.json
}

// member reads one member of the object.
func (p *parts) member(d *decoder, in *input, name []byte) error {
	isMetadata := string(name) == `"metadata"`
	p.json = append(append(p.separate(), name...), ':')
	if !isMetadata || in.kind() != '{' {
		value, err := in.value()
		p.end(value)
		return err
	}
	p.json = append(p.json, '{')
	if err := members(in, func(name []byte) error { return p.metadata(d, in, name) }); err != nil {
		return err
	}
	p.end(jsontext.Value("}"))
	return nil
}

// end takes what ends one of the object's members.
func (p *parts) end(value jsontext.Value) {
	p.json = append(p.json, value...)
	p.ends = append(p.ends, len(p.json))
}

// field is a member of the metadata that says who the object is.
type field uint8

const (
	fieldOther field = iota
	fieldName
	fieldNamespace
	fieldUID
	fieldResourceVersion
	fieldCreation
	fieldDeletion
	fieldLabels
	fieldAnnotations
	fieldManaged
)

func fieldOf(name []byte) field {
	switch string(name) {
	case `"name"`:
		return fieldName
	case `"namespace"`:
		return fieldNamespace
	case `"uid"`:
		return fieldUID
	case `"resourceVersion"`:
		return fieldResourceVersion
	case `"creationTimestamp"`:
		return fieldCreation
	case `"deletionTimestamp"`:
		return fieldDeletion
	case `"labels"`:
		return fieldLabels
	case `"annotations"`:
		return fieldAnnotations
	case `"managedFields"`:
		return fieldManaged
	}
	return fieldOther
}

// metadata reads one member of the object's metadata.
func (p *parts) metadata(d *decoder, in *input, name []byte) error {
	f := fieldOf(name) // name itself is gone with the next read
	if f == fieldManaged && !d.whole {
		value, err := in.value()
		p.managed = append(p.managed, value...)
		return err
	}
	p.json = append(append(p.separate(), name...), ':')
	value, err := in.value()
	if err != nil {
		return err
	}
	p.json = append(p.json, value...)
	return p.take(d, f, value)
}

// take keeps what says who the object is.
func (p *parts) take(d *decoder, f field, value jsontext.Value) (err error) {
	switch f {
	case fieldName:
		p.key.Name = string(p.text(value))
	case fieldNamespace:
		p.key.Namespace = d.words.of(value)
	case fieldUID:
		p.uid = types.UID(p.text(value))
	case fieldResourceVersion:
		p.resourceVersion = string(p.text(value))
	case fieldCreation:
		p.created, _ = unixSeconds(p.text(value))
	case fieldDeletion:
		p.deleting = value.Kind() == '"'
	case fieldLabels:
		p.labels, err = d.labelSet(value)
	case fieldAnnotations:
		// Only a bookmark's are that small, so looking costs others little.
		if len(value) < 128 {
			p.initialEnd = string(p.text(find(value, initialEventsEnd))) == "true"
		}
	}
	return err
}

// text gives a string's characters, good until the next call.
func (p *parts) text(value jsontext.Value) []byte {
	if value.Kind() != '"' {
		return nil
	}
	p.scratch = appendText(p.scratch[:0], value)
	return p.scratch
}

// known is the object's text with what is known of its members, unless the text is not as it was read.
func (p *parts) known(text []byte) jsonscan.Object {
	if len(text) > 0 && len(text) == len(p.json) && &text[0] == &p.json[0] {
		return jsonscan.Object{Text: text, Ends: p.ends}
	}
	return jsonscan.Object{Text: text}
}

// introduce puts kind and apiVersion in front of an object that lacks them.
func (p *parts) introduce(kind, apiVersion string) {
	if find(p.json, []string{"kind"}) != nil {
		return
	}
	head := []byte(`{"kind":`)
	head, _ = jsontext.AppendQuote(head, kind)
	head = append(head, `,"apiVersion":`...)
	head, _ = jsontext.AppendQuote(head, apiVersion)
	if len(p.json) > len("{}") {
		head = append(head, ',')
	}
	p.json = slices.Replace(p.json, 0, 1, head...)
	p.ends = p.ends[:0]
}

// unixSeconds reads a time as Kubernetes writes it.
func unixSeconds(text []byte) (int64, bool) {
	t, err := time.Parse(time.RFC3339Nano, string(text))
	if err != nil {
		return 0, false
	}
	return t.Unix(), true
}
