package activity

import (
	"path"
	"slices"
	"strings"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/change"
	"github.com/dogwatch/dogwatch/model/timeline"
)

// maxNames is how many spellings of paths are remembered.
const maxNames = 8192

// names spell paths for people. They remember what they spelled, and are for one goroutine.
type names map[change.Path]string

func (n *names) of(p change.Path) string {
	s, ok := (*n)[p]
	if !ok {
		if *n == nil || len(*n) >= maxNames {
			*n = names{}
		}
		s = p.String()
		(*n)[p] = s
	}
	return s
}

// matcher tells which records a filter wants.
type matcher struct {
	filter Filter
	names  *names
	// hits are the fields that words were found in, of the record that was matched last: those that fit all words about fields, where there are
	// any, else those that fit the first.
	hits    []int
	scratch []int
}

// wants tells whether all terms fit.
func (m *matcher) wants(s *timeline.Source, r *timeline.Record) bool {
	m.hits = m.hits[:0]
	for i := range m.filter.terms {
		t := &m.filter.terms[i]
		if m.fits(t, s, r) == t.not {
			return false
		}
	}
	return true
}

func (m *matcher) fits(t *term, s *timeline.Source, r *timeline.Record) bool {
	switch t.part {
	case ofType:
		return t.fitsAny(func(word string) bool { return isType(s, word) })
	case ofNamespace:
		return t.fitsAny(func(word string) bool {
			ok, err := path.Match(word, r.Key.Namespace)
			return ok && err == nil
		})
	case ofObject:
		return t.fitsAny(func(word string) bool { return hasFold(r.Key.Name, word) })
	case ofManager:
		return t.fitsAny(func(word string) bool { return hasManager(r, word) })
	case ofPath:
		return m.inFields(r, t, func(f *timeline.Field, word string) bool { return hasFold(m.names.of(f.Path), word) })
	default:
		return t.fitsAny(func(word string) bool {
			return hasFold(s.GVR.Resource, word) || hasFold(r.Key.Name, word) || hasFold(r.Key.Namespace, word) ||
				strings.Contains(verbOf(r.Type), word) || hasFold(r.Key.Namespace+"/"+r.Key.Name, word) || hasManager(r, word)
		}) || m.inFields(r, t, func(f *timeline.Field, word string) bool {
			return hasFold(m.names.of(f.Path), word) || hasFold(f.Old, word) || hasFold(f.New, word)
		})
	}
}

// isType tells whether a word, such as "pods", "po" or "pods.", is the beginning of the resource and its group.
func isType(s *timeline.Source, word string) bool {
	resource, group := s.GVR.Resource, s.GVR.Group
	if len(word) <= len(resource) {
		return strings.HasPrefix(resource, word)
	}
	rest, ok := strings.CutPrefix(word, resource+".")
	return ok && strings.HasPrefix(group, strings.TrimSuffix(rest, "."))
}

func hasManager(r *timeline.Record, word string) bool {
	if hasFold(r.By.Name, word) {
		return true
	}
	for i := range r.Fields {
		if hasFold(r.Fields[i].By.Name, word) {
			return true
		}
	}
	return false
}

// inFields tells whether a field fits, and notes which do.
func (m *matcher) inFields(r *timeline.Record, t *term, fits func(f *timeline.Field, word string) bool) bool {
	found := m.scratch[:0]
	for i := range r.Fields {
		if !t.fitsAny(func(word string) bool { return fits(&r.Fields[i], word) }) {
			continue
		}
		if t.not {
			return true
		}
		found = append(found, i)
	}
	m.scratch = found
	m.note(found)
	return len(found) > 0
}

// note narrows the hits to those that were found for one more word. If that leaves none, they stay.
func (m *matcher) note(found []int) {
	if len(m.hits) == 0 {
		m.hits = append(m.hits, found...)
		return
	}
	both := func(i int) bool { return slices.Contains(found, i) }
	if slices.ContainsFunc(m.hits, both) {
		m.hits = slices.DeleteFunc(m.hits, func(i int) bool { return !both(i) })
	}
}

// verbOf says what became of an object.
func verbOf(t model.DeltaType) string {
	switch t {
	case model.Added:
		return "created"
	case model.Updated:
		return "changed"
	case model.Deleted:
		return "deleted"
	default:
		return ""
	}
}
