package informers

import (
	"bytes"
	"encoding/base64"
	"slices"

	"github.com/go-json-experiment/json/jsontext"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/model/mask"
)

// lastApplied is where kubectl keeps a copy of what was applied.
const lastApplied = "kubectl.kubernetes.io/last-applied-configuration"

// redactor replaces values that must not be kept. The nil redactor replaces
// none.
type redactor []secretPath

// secretPath leads to values by member names; "*" is any member or element.
type secretPath struct {
	steps  []string
	base64 bool
	// rule is the user's wish that the path is of; nil for what is always secret.
	rule *Redaction
}

// secretPaths lists, by type, what never gets into an object.
var secretPaths = map[schema.GroupResource]redactor{
	{Resource: "secrets"}: {
		{steps: []string{"data", "*"}, base64: true},
		{steps: []string{"stringData", "*"}},
		{steps: []string{"metadata", "annotations", lastApplied}},
	},
}

// redactorFor hides what is secret in a type, and what the rules say.
func redactorFor(t Type, rules []*Redaction) redactor {
	r := slices.Clone(secretPaths[t.GVR.GroupResource()])
	for _, rule := range rules {
		if rule.For(t) {
			r = append(r, secretPath{steps: rule.path, rule: rule})
		}
	}
	return r
}

// apply gives the JSON with the values replaced, and wipes what it was given.
// What rules of the user's own hid is given too, for there may be copies of it:
// in the JSON they are replaced already. The caller wipes it. The masks of an
// object whose UID is known are marked, unless marks is nil.
func (r redactor) apply(json []byte, marks *Marks, uid string) ([]byte, hidden, error) {
	if r == nil {
		return json, nil, nil
	}
	m := masking{in: within(json), marks: marks, uid: uid}
	masked, err := m.value(r, make([]byte, 0, len(json)))
	clear(json)
	if err == nil && slices.ContainsFunc(r, func(p secretPath) bool { return p.rule != nil }) {
		masked, err = m.copies(r, masked)
	}
	return masked, m.hidden, err
}

// masking is the way of a redactor through one JSON text.
type masking struct {
	in     *input
	hidden hidden
	// encode is for masks as base64 where values are.
	encode bool
	// marks are for the masks of the object with a UID, and place are the names that lead to what is read. In a list there is none: elements have no name of
	// their own, and move.
	marks *Marks
	uid   string
	place []byte
	lists int // that what is read is in
}

// value copies one value to dst.
func (m *masking) value(r redactor, dst []byte) ([]byte, error) {
	kind := m.in.kind()
	switch {
	case len(r) > 0 && kind == '{' && !r.ends():
		return m.object(r, dst)
	case len(r) > 0 && kind == '[' && !r.ends():
		return m.array(r, dst)
	}
	value, err := m.in.value()
	if err != nil {
		return dst, err
	}
	if len(r) == 0 || kind == 'n' {
		return append(dst, value...), nil
	}
	m.note(r, value)
	// Where something else stands than was expected, it is masked as well.
	masked := m.mask(r, value)
	if m.encode && r[0].base64 {
		masked = base64.StdEncoding.EncodeToString([]byte(masked))
	}
	return jsontext.AppendQuote(dst, masked)
}

// note remembers what is being hidden by the user's rules.
func (m *masking) note(r redactor, value jsontext.Value) {
	for _, p := range r {
		if p.rule != nil {
			p.rule.count.Add(1)
			m.hidden = m.hidden.with(value)
			return
		}
	}
}

func (m *masking) object(r redactor, dst []byte) ([]byte, error) {
	dst = append(dst, '{')
	first := true
	err := members(m.in, func(name []byte) (err error) {
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = append(append(dst, name...), ':')
		member := string(appendText(nil, name))
		above := len(m.place)
		m.place = append(append(m.place, 0), member...)
		dst, err = m.value(r.below(member), dst)
		m.place = m.place[:above]
		return err
	})
	return append(dst, '}'), err
}

func (m *masking) array(r redactor, dst []byte) ([]byte, error) {
	inner := r.inList()
	m.lists++
	defer func() { m.lists-- }()
	dst = append(dst, '[')
	first := true
	err := elements(m.in, func() (err error) {
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst, err = m.value(inner, dst)
		return err
	})
	return append(dst, ']'), err
}

// copies replaces what an object holds twice: in the annotation of kubectl
// apply, and in the keys of managedFields.
func (m *masking) copies(r redactor, json []byte) ([]byte, error) {
	var also redactor
	annotation := []string{"metadata", "annotations", lastApplied}
	if applied := find(json, annotation); applied != nil && !r.covers(annotation) {
		former := copyText(applied)
		defer clear(former)
		before := masking{in: within(former)}
		_, err := before.value(r, nil)
		if err != nil || len(before.hidden) > 0 || len(m.hidden) > 0 {
			also = append(also, secretPath{steps: annotation})
		}
		m.hidden = append(m.hidden, before.hidden...)
	}
	if m.hidden.within(find(json, []string{"metadata", "managedFields"})) {
		also = append(also, secretPath{steps: []string{"metadata", "managedFields", "*", "fieldsV1"}})
	}
	masked, _, err := also.apply(json, m.marks, m.uid)
	return masked, err
}

// below is what is left of the paths under a member.
func (r redactor) below(member string) redactor {
	var rest redactor
	for _, p := range r {
		if p.steps[0] == member || p.steps[0] == "*" {
			rest = append(rest, secretPath{p.steps[1:], p.base64, p.rule})
		}
	}
	return rest
}

// inList is what is left of the paths in the elements of a list. A path that does
// not say that there is a list goes on in all of it: that hides too much rather
// than too little.
func (r redactor) inList() redactor {
	rest := make(redactor, len(r))
	for i, p := range r {
		if rest[i] = p; p.steps[0] == "*" {
			rest[i].steps = p.steps[1:]
		}
	}
	return rest
}

// covers tells whether a path leads to just this place.
func (r redactor) covers(place []string) bool {
	return slices.ContainsFunc(r, func(p secretPath) bool {
		return slices.EqualFunc(p.steps, place, func(step, name string) bool { return step == name || step == "*" })
	})
}

// ends tells whether a path ends here.
func (r redactor) ends() bool {
	return slices.ContainsFunc(r, func(p secretPath) bool { return len(p.steps) == 0 })
}

// mask stands for a value: it tells its size only, and by its mark whether it is
// another than before. A mask stands for itself, as in what a replay serves.
func (m *masking) mask(r redactor, value jsontext.Value) string {
	content := copyText(value)
	defer clear(content)
	if known, ok := knownMask(content); ok {
		return known
	}
	size := len(content)
	if r[0].base64 {
		size = base64.StdEncoding.DecodedLen(size) - bytes.Count(content, []byte("="))
	}
	if m.marks == nil || m.uid == "" || m.lists > 0 {
		return mask.Of(size)
	}
	return mask.Marked(size, m.marks.of(m.uid, m.place, content))
}

// knownMask reads a mask, which may be encoded. It copies nothing that does not
// begin as one.
func knownMask(content []byte) (string, bool) {
	encoded := []byte(base64.StdEncoding.EncodeToString([]byte(mask.Begin))) // of whole groups: so begins what is longer, too
	if bytes.HasPrefix(content, encoded) {
		decoded, err := base64.StdEncoding.AppendDecode(nil, content)
		if err != nil {
			return "", false
		}
		content = decoded
	}
	if !bytes.HasPrefix(content, []byte(mask.Begin)) {
		return "", false
	}
	text := string(content)
	_, _, ok := mask.Parse(text)
	return text, ok
}

// Redact gives an object's JSON with what is secret in its type masked, as
// watches keep it. It wipes what it was given where there is something to mask.
func (m *Manager) Redact(gr schema.GroupResource, json []byte) ([]byte, error) {
	return redact(gr, json, m.opts.Marks)
}

func redact(gr schema.GroupResource, json []byte, marks *Marks) ([]byte, error) {
	r := secretPaths[gr]
	if r == nil {
		return json, nil
	}
	var uid []byte
	if marks != nil && jsontext.Value(json).IsValid() {
		uid = appendText(nil, find(json, []string{"metadata", "uid"}))
	}
	masked, _, err := r.apply(json, marks, string(uid))
	return masked, err
}

// EncodeMasks gives the JSON of an object that was redacted with its masks as
// base64 where the type has base64, so that a typed client can read it.
func EncodeMasks(gr schema.GroupResource, json []byte) ([]byte, error) {
	m := masking{in: within(json), encode: true}
	return m.value(secretPaths[gr], make([]byte, 0, len(json)+len(json)/2))
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
