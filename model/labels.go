package model

import (
	"iter"
	"slices"
	"strings"
	"unique"

	"k8s.io/apimachinery/pkg/labels"
)

// LabelSet is the labels of an object, one word in size: equal sets share one
// copy of their text. It is comparable with ==, safe for concurrent use, and
// the zero LabelSet is empty.
type LabelSet struct {
	// text is "k=v,k2=v2" with the keys in order: what kubectl shows.
	text unique.Handle[string]
}

var _ labels.Labels = LabelSet{}

// MakeLabelSet makes a set of the pairs, which are not kept. A pair that no
// API server would accept, with "," in it or "=" in its key, is left out: it
// could not be told apart from two pairs.
func MakeLabelSet(pairs map[string]string) LabelSet {
	if len(pairs) == 0 {
		return LabelSet{}
	}
	keys := make([]string, 0, len(pairs))
	size := 0
	for k, v := range pairs {
		if strings.ContainsAny(k, ",=") || strings.Contains(v, ",") {
			continue
		}
		keys = append(keys, k)
		size += len(k) + len(v) + 2
	}
	if len(keys) == 0 {
		return LabelSet{}
	}
	slices.Sort(keys)
	var b strings.Builder
	b.Grow(size)
	for i, k := range keys {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(k)
		b.WriteByte('=')
		b.WriteString(pairs[k])
	}
	return LabelSet{unique.Make(b.String())}
}

// String gives the set as "k=v,k2=v2", ordered by key.
func (s LabelSet) String() string {
	if s == (LabelSet{}) {
		return ""
	}
	return s.text.Value()
}

// All gives the pairs in the order of their keys.
func (s LabelSet) All() iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		rest := s.String()
		for rest != "" {
			var pair string
			pair, rest, _ = strings.Cut(rest, ",")
			k, v, _ := strings.Cut(pair, "=")
			if !yield(k, v) {
				return
			}
		}
	}
}

// Lookup gives the value of a label and whether the set has it.
func (s LabelSet) Lookup(label string) (value string, exists bool) {
	for k, v := range s.All() {
		if k == label {
			return v, true
		}
	}
	return "", false
}

// Has tells whether the set has the label.
func (s LabelSet) Has(label string) bool {
	_, ok := s.Lookup(label)
	return ok
}

// Get gives the value of a label, empty where the set does not have it.
func (s LabelSet) Get(label string) string {
	v, _ := s.Lookup(label)
	return v
}
