package change

import (
	"bytes"
	"slices"

	"github.com/dogwatch/dogwatch/model/jsonscan"
)

const (
	// maxDeclared is how many sets of keys of one object count, and maxKeys how many members one has.
	maxDeclared = 16
	maxKeys     = 4
)

// declared are the members by which a server tells elements of lists apart, as the entries of managedFields say that begin with "k:". They
// are read where they are needed first: few lists have no key that is known without.
type declared struct {
	managedFields []byte
	isRead        bool
	keys          [][]string
}

func (d *declared) begin(managedFields []byte) {
	d.managedFields, d.isRead, d.keys = managedFields, false, d.keys[:0]
}

// read gives the sets of keys, each once.
func (d *declared) read() [][]string {
	if d.isRead {
		return d.keys
	}
	d.isRead = true
	rest := d.managedFields
	for len(d.keys) < maxDeclared {
		at := bytes.Index(rest, []byte(`"k:{`))
		if at < 0 {
			break
		}
		end := jsonscan.Skip(rest, at)
		key := membersOf(jsonscan.Text(rest[at:end]))
		if key != nil && !slices.ContainsFunc(d.keys, func(other []string) bool { return slices.Equal(other, key) }) {
			d.keys = append(d.keys, key)
		}
		rest = rest[end:]
	}
	return d.keys
}

// membersOf gives the names in a key such as k:{"lane":1,"zone":"a"}, nil where that is none, or they cannot stand in a path.
func membersOf(key []byte) []string {
	var names []string
	if !bytes.HasSuffix(key, []byte("}")) {
		return nil
	}
	for w := jsonscan.Walk(key, len("k:")); w.Next(); w.Value() {
		name := jsonscan.Text(w.Name())
		if !isPlain(name) || len(names) == maxKeys {
			return nil
		}
		names = append(names, string(name))
	}
	return names
}
