package activity

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/change"
	"github.com/dogwatch/dogwatch/model/jsonscan"
	"github.com/dogwatch/dogwatch/model/timeline"
)

// Kind says what a Line stands for.
type Kind uint8

const (
	// One is one change of one object.
	One Kind = iota
	// Group is the changes that one manager made to many objects of a type at once.
	Group
	// Noise is changes that mean nothing, of whatever types.
	Noise
)

// Line is one line of what went on. Its texts come from the cluster.
type Line struct {
	Kind Kind
	// First and Last are the Seqs of the first and the last record of the line, At and Until their times.
	First, Last uint64
	At, Until   time.Time
	// Resource is the type's plural; empty for Noise.
	Resource string
	// Namespace is empty where the objects have none, or not the same one; Name is empty where they are several.
	Namespace, Name string
	// Mixed tells that the objects are in several namespaces.
	Mixed bool
	// Verb says whether the objects came, changed or went.
	Verb model.DeltaType
	// Path is the field that is shown of those that changed, or what all changes of a Group have in common, spelled for people.
	// Old and New are its values, empty where there was none; long ones are cut.
	Path, Old, New string
	// Moved says from where to where it was moved in its list, which is all that changed of the field; empty for others.
	Moved string
	// Selected tells that the watch sees a part of the type's objects by selectors: those that came or went may only have come to be selected,
	// or have ceased to.
	Selected bool
	// More is how many other fields changed that mean something.
	More int
	// By is the manager.
	By string
	// Quiet tells that the change is noise that is shown all the same.
	Quiet bool
	// Changes and Objects count what a Group or Noise stands for.
	Changes, Objects int
	// Types are those of Noise, the one with the most changes first.
	Types []Count

	key groupKey
}

// Count is how many changes there are of a type.
type Count struct {
	Resource string
	Changes  int
}

// groupKey is what changes of a Group have in common.
type groupKey struct {
	cluster string
	of      schema.GroupVersionResource
	verb    model.DeltaType
	quiet   bool
	by      string
	what    string
}

// longestValue is how many bytes of a value a line has.
const longestValue = 256

// valueText is a value for people: a text without its quotes, all else as JSON.
func valueText(json []byte) string {
	if len(json) > longestValue {
		return strings.TrimPrefix(string(json[:longestValue]), `"`) + "…"
	}
	if string(json) == `""` {
		return `""` // or it would seem to be gone
	}
	return string(jsonscan.Text(json))
}

// heads are the parts of an object in which fields changed, such as "status" or "metadata.labels,spec".
func heads(fields []timeline.Field, wanted func(*timeline.Field) bool) string {
	var all []string
	for i := range fields {
		if !wanted(&fields[i]) {
			continue
		}
		if head := headOf(fields[i].Path); !slices.Contains(all, head) {
			all = append(all, head)
		}
	}
	if len(all) == 1 {
		return all[0]
	}
	slices.Sort(all)
	return strings.Join(all, ",")
}

func headOf(p change.Path) string {
	s := string(p)
	end := strings.IndexAny(s, ".[")
	if end < 0 {
		return s
	}
	if s[:end] != "metadata" || s[end] == '[' {
		return s[:end]
	}
	if next := strings.IndexAny(s[end+1:], ".["); next >= 0 {
		return s[:end+1+next]
	}
	return s
}

// tally counts noise by type.
type tally struct {
	changes     int
	first, last uint64
	at, until   time.Time
	types       []Count
}

func (t *tally) add(seq uint64, at time.Time, resource string) {
	t.plus(&tally{changes: 1, first: seq, last: seq, at: at, until: at, types: []Count{{resource, 1}}})
}

func (t *tally) plus(other *tally) {
	switch {
	case other.changes == 0:
		return
	case t.changes == 0:
		*t = *other
		t.types = slices.Clone(other.types)
		return
	}
	t.changes += other.changes
	if other.first < t.first {
		t.first, t.at = other.first, other.at
	}
	if other.last > t.last {
		t.last, t.until = other.last, other.until
	}
	for _, c := range other.types {
		if i := slices.IndexFunc(t.types, func(have Count) bool { return have.Resource == c.Resource }); i >= 0 {
			t.types[i].Changes += c.Changes
		} else {
			t.types = append(t.types, c)
		}
	}
}

func (t *tally) line() Line {
	types := slices.Clone(t.types)
	slices.SortStableFunc(types, func(a, b Count) int { return cmp.Compare(b.Changes, a.Changes) })
	return Line{Kind: Noise, First: t.first, Last: t.last, At: t.at, Until: t.until, Changes: t.changes, Types: types}
}
