package history

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/dogwatch/dogwatch/model/change"
	"github.com/dogwatch/dogwatch/model/versions"
	"github.com/dogwatch/dogwatch/ui/detail/yamldoc"
	"github.com/dogwatch/dogwatch/ui/history/linediff"
)

// mostBytes bounds objects that are compared: an API server takes none that is larger than 3 MiB with its request.
const mostBytes = 4 << 20

var errTooLarge = errors.New("the object is too large to be compared")

// comparison is two versions as lines of YAML, and what of one becomes the other. It is never changed after it was made.
type comparison struct {
	old, new *yamldoc.Document // old is empty where there was nothing before
	ops      []linediff.Op
	marks    []yamldoc.Mark // of the new one's lines; nil where nothing differs
	// owners are who owns what was changed, by the path of it as yamldoc spells paths.
	owners map[string]change.Manager
	// partly is why only the fields that changed are there, not the versions; empty where all is.
	partly string
	// alone is why there is no older version; empty where there is one.
	alone string
	// coarse tells that too much differs to find the fewest lines.
	coarse bool
}

// compare makes two versions of a list and compares them. Where they are not to be had, what is remembered of the change is shown.
func compare(ctx context.Context, l *versions.List, older, newer int) (*comparison, error) {
	old, new, err := texts(ctx, l, older, newer)
	switch {
	case errors.Is(err, versions.ErrUnknown) && (older < 0 || older == newer+1):
		return fieldsOnly(&l.Versions[newer], err)
	case err != nil:
		return nil, err
	}
	c := &comparison{old: &yamldoc.Document{}, owners: owners(l, older, newer, new)}
	if old != nil {
		if c.old, err = yamldoc.New(old, false); err != nil {
			return nil, fmt.Errorf("version %s: %w", l.Versions[older].ResourceVersion, err)
		}
	}
	if c.new, err = yamldoc.New(new, false); err != nil {
		return nil, fmt.Errorf("version %s: %w", l.Versions[newer].ResourceVersion, err)
	}
	if older < 0 {
		c.old, c.alone = c.new, alone(&l.Versions[newer])
	}
	c.diff()
	return c, ctx.Err()
}

// alone says why there is no version before one.
func alone(v *versions.Version) string {
	if v.Kind() == versions.Created {
		return "created: there was nothing before"
	}
	return "what was before is not known"
}

func (c *comparison) diff() {
	ops, fine := linediff.Diff(lineTexts(c.old), lineTexts(c.new))
	c.ops, c.coarse = ops, !fine
	c.marks = c.new.Compare(c.old).Marks
}

// texts are the JSON of two versions, but for the resource version, which differs always; old is nil where there was nothing before.
func texts(ctx context.Context, l *versions.List, older, newer int) (old, new []byte, err error) {
	if new, err = l.JSON(ctx, newer); err != nil {
		return nil, nil, err
	}
	if older >= 0 {
		if old, err = l.JSON(ctx, older); err != nil {
			return nil, nil, err
		}
	}
	if max(len(old), len(new)) > mostBytes {
		return nil, nil, fmt.Errorf("%w: %.1f MB", errTooLarge, float64(max(len(old), len(new)))/(1<<20))
	}
	version := []change.Step{{Member: "metadata"}, {Member: "resourceVersion"}}
	if old != nil {
		old = change.Remove(bytes.Clone(old), version)
	}
	return old, change.Remove(bytes.Clone(new), version), nil
}

// lineTexts are a document's lines as they are compared: what one element of a list says is never taken for what another does.
func lineTexts(d *yamldoc.Document) []string {
	lines := make([]string, len(d.Lines))
	for i := range d.Lines {
		l := &d.Lines[i]
		lines[i] = strconv.FormatUint(l.Path.Element(), 36) + l.Lead() + l.Key + l.Colon() + l.Scalar
	}
	return lines
}

// fieldsOnly shows what is remembered of a change of which the versions are not to be had.
func fieldsOnly(v *versions.Version, why error) (*comparison, error) {
	if len(v.Fields) == 0 {
		return nil, why
	}
	old, new := map[string]json.RawMessage{}, map[string]json.RawMessage{}
	for _, f := range v.Fields {
		if f.Old != nil {
			old[f.Path.String()] = f.Old
		}
		if f.New != nil {
			new[f.Path.String()] = f.New
		}
	}
	c := &comparison{partly: why.Error()}
	for _, side := range []struct {
		doc    **yamldoc.Document
		fields map[string]json.RawMessage
	}{{&c.old, old}, {&c.new, new}} {
		text, err := json.Marshal(side.fields)
		if err != nil {
			return nil, fmt.Errorf("the fields that changed: %w", err)
		}
		if *side.doc, err = yamldoc.New(text, false); err != nil {
			return nil, fmt.Errorf("the fields that changed: %w", err)
		}
	}
	c.diff()
	return c, nil
}

// owners tells who owns what changed on the way from one version to another, by the newest change of each field.
func owners(l *versions.List, older, newer int, text []byte) map[string]change.Manager {
	if older < 0 {
		older = newer + 1
	}
	root, err := decoded(text)
	if err != nil {
		return nil // who asks for lines is told
	}
	all := map[string]change.Manager{}
	for i := min(older, len(l.Versions)) - 1; i >= newer; i-- {
		for _, f := range l.Versions[i].Fields {
			if place, ok := locate(root, f.Path.Steps()); ok && f.By != (change.Manager{}) {
				all[yamldoc.Spell(place)] = f.By
			}
		}
	}
	return all
}

func decoded(text []byte) (root any, err error) {
	in := json.NewDecoder(bytes.NewReader(text))
	in.UseNumber()
	err = in.Decode(&root)
	return root, err
}

// locate finds the place of a path in an object: elements by their names become those at an index.
func locate(v any, steps []change.Step) (place []yamldoc.Step, ok bool) {
	for _, s := range steps {
		next := yamldoc.Step{Name: s.Member, Index: -1}
		switch v := v.(type) {
		case map[string]any:
			if !s.IsMember() {
				return nil, false
			}
		case []any:
			next = yamldoc.Step{Index: s.Index}
			if s.Key != nil {
				next.Index = slices.IndexFunc(v, func(element any) bool { return hasKey(element, s.Key) })
			}
			if s.IsMember() || next.Index < 0 || next.Index >= len(v) {
				return nil, false
			}
		default:
			return nil, false
		}
		if v, ok = child(v, next); !ok {
			return nil, false
		}
		place = append(place, next)
	}
	return place, true
}

func child(v any, s yamldoc.Step) (any, bool) {
	if s.Index >= 0 {
		return v.([]any)[s.Index], true // locate has looked
	}
	is, ok := v.(map[string]any)[s.Name]
	return is, ok
}

// hasKey tells whether an element is the one with a key.
func hasKey(element any, key []change.KeyValue) bool {
	object, ok := element.(map[string]any)
	if !ok {
		return false
	}
	for _, k := range key {
		text, err := json.Marshal(object[k.Name])
		if want, errWant := decoded([]byte(k.Value)); err != nil || errWant != nil || want != object[k.Name] || len(text) == 0 {
			return false
		}
	}
	return true
}

// ownerOf tells who owns the field that a line shows, or what it is in, where that changed.
func (c *comparison) ownerOf(l *yamldoc.Line) string {
	for p := l.Path; p != nil; p = p.Parent() {
		if who, ok := c.owners[p.String()]; ok {
			return nameOf(who)
		}
	}
	return ""
}
