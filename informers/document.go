package informers

import (
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// document reads one JSON document of a server's: a Table, a list or an
// object. Servers say first which it is.
type document struct {
	*decoder
	in *input
	// list tells that what is no Table must be a list, not an object.
	list bool
	// head, if not nil, gets the metadata of a Table or list.
	head func(jsontext.Value) error
	// each is called when the decoder's parts, and cells, hold an object.
	each func() error

	kind, apiVersion string
	// complete tells that the document had what its kind promises.
	complete bool
}

func (doc *document) read() error {
	doc.parts.reset()
	if err := members(doc.in, doc.member); err != nil {
		return err
	}
	if doc.list || doc.isTable() || !doc.complete {
		return nil
	}
	doc.parts.close()
	doc.usePlainLayout()
	return doc.each()
}

func (doc *document) isTable() bool {
	return doc.kind == "Table" && strings.HasPrefix(doc.apiVersion, metav1.GroupName+"/")
}

func (doc *document) member(name []byte) error {
	switch {
	case string(name) == `"kind"`:
		return doc.word(name, &doc.kind)
	case string(name) == `"apiVersion"`:
		return doc.word(name, &doc.apiVersion)
	case doc.isTable():
		return doc.tableMember(name)
	case doc.list:
		return doc.listMember(name)
	}
	doc.complete = true
	return doc.parts.member(doc.decoder, doc.in, name)
}

// word reads a string that says what the document is. It is kept for the case
// that the document is an object.
func (doc *document) word(name []byte, word *string) error {
	p := &doc.parts
	p.json = append(append(p.separate(), name...), ':')
	value, err := doc.in.value()
	if err != nil {
		return err
	}
	p.end(value)
	*word = doc.words.of(value)
	return nil
}

func (doc *document) tableMember(name []byte) error {
	switch string(name) {
	case `"metadata"`:
		return doc.metadata()
	case `"columnDefinitions"`:
		return doc.readColumns(doc.in)
	case `"rows"`:
		doc.complete = true
		return elements(doc.in, func() error {
			if err := doc.row(doc.in); err != nil {
				return err
			}
			return doc.each()
		})
	}
	return doc.in.skip()
}

func (doc *document) listMember(name []byte) error {
	kind, isList := strings.CutSuffix(doc.kind, "List")
	switch {
	case string(name) == `"metadata"`:
		return doc.metadata()
	case string(name) == `"items"` && isList:
		doc.complete = true
		doc.usePlainLayout()
		return elements(doc.in, func() error {
			doc.parts.reset()
			if err := doc.parts.read(doc.decoder, doc.in); err != nil {
				return err
			}
			// The items of a typed list don't say what they are.
			doc.parts.introduce(kind, doc.apiVersion)
			return doc.each()
		})
	}
	return doc.in.skip()
}

func (doc *document) metadata() error {
	value, err := doc.in.value()
	if err != nil || doc.head == nil {
		return err
	}
	return doc.head(value)
}
