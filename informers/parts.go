package informers

import (
	"time"

	"github.com/go-json-experiment/json/jsontext"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/dogwatch/dogwatch/model"
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
	managed    []byte
	scratch    []byte
	open       bool // json lacks its closing brace
}

func (p *parts) reset() {
	*p = parts{json: append(p.json[:0], '{'), managed: p.managed[:0], scratch: p.scratch, open: true}
}

// read reads a whole object.
func (p *parts) read(d *decoder, in *jsontext.Decoder) error {
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
func (p *parts) member(d *decoder, in *jsontext.Decoder, name []byte) error {
	isMetadata := string(name) == `"metadata"`
	p.json = append(append(p.separate(), name...), ':')
	if !isMetadata || in.PeekKind() != '{' {
		return p.copy(in)
	}
	p.json = append(p.json, '{')
	if err := members(in, func(name []byte) error { return p.metadata(d, in, name) }); err != nil {
		return err
	}
	p.json = append(p.json, '}')
	return nil
}

func (p *parts) copy(in *jsontext.Decoder) error {
	value, err := in.ReadValue()
	p.json = append(p.json, value...)
	return err
}

// metadata reads one member of the object's metadata.
func (p *parts) metadata(d *decoder, in *jsontext.Decoder, name []byte) error {
	field := d.words.of(name) // name itself is gone with the next read
	if field == "managedFields" && !d.whole {
		value, err := in.ReadValue()
		p.managed = append(p.managed, value...)
		return err
	}
	p.json = append(append(p.separate(), name...), ':')
	value, err := in.ReadValue()
	if err != nil {
		return err
	}
	p.json = append(p.json, value...)
	return p.take(d, field, value)
}

// take keeps what says who the object is.
func (p *parts) take(d *decoder, field string, value jsontext.Value) (err error) {
	switch field {
	case "name":
		p.key.Name = string(p.text(value))
	case "namespace":
		p.key.Namespace = d.words.of(value)
	case "uid":
		p.uid = types.UID(p.text(value))
	case "resourceVersion":
		p.resourceVersion = string(p.text(value))
	case "creationTimestamp":
		p.created, _ = unixSeconds(p.text(value))
	case "deletionTimestamp":
		p.deleting = value.Kind() == '"'
	case "labels":
		p.labels, err = d.labelSet(value)
	case "annotations":
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
	p.json = append(head, p.json[1:]...)
}

// unixSeconds reads a time as Kubernetes writes it.
func unixSeconds(text []byte) (int64, bool) {
	t, err := time.Parse(time.RFC3339Nano, string(text))
	if err != nil {
		return 0, false
	}
	return t.Unix(), true
}
