package activity

import (
	"path"
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
	// hit is the field that a word about fields was found in, of the record that was matched last; -1 for none.
	hit int
}

// wants tells whether all terms fit.
func (m *matcher) wants(s *timeline.Source, r *timeline.Record) bool {
	m.hit = -1
	for i := range m.filter.terms {
		t := &m.filter.terms[i]
		if t.fitsAny(func(word string) bool { return m.fits(t, word, s, r) }) == t.not {
			return false
		}
	}
	return true
}

func (m *matcher) fits(t *term, word string, s *timeline.Source, r *timeline.Record) bool {
	switch t.part {
	case ofType:
		return isType(s, word)
	case ofNamespace:
		ok, err := path.Match(word, r.Key.Namespace)
		return ok && err == nil
	case ofObject:
		return hasFold(r.Key.Name, word)
	case ofManager:
		return m.hasManager(r, word)
	case ofPath:
		return m.inField(r, t, func(f *timeline.Field) bool { return hasFold(m.names.of(f.Path), word) })
	default:
		return hasFold(s.GVR.Resource, word) || hasFold(r.Key.Name, word) || hasFold(r.Key.Namespace, word) ||
			strings.Contains(verbOf(r.Type), word) || hasFold(r.Key.Namespace+"/"+r.Key.Name, word) || m.hasManager(r, word) ||
			m.inField(r, t, func(f *timeline.Field) bool {
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

func (m *matcher) hasManager(r *timeline.Record, word string) bool {
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

// inField tells whether one field fits, and notes which.
func (m *matcher) inField(r *timeline.Record, t *term, fits func(*timeline.Field) bool) bool {
	for i := range r.Fields {
		if fits(&r.Fields[i]) {
			if !t.not && m.hit < 0 {
				m.hit = i
			}
			return true
		}
	}
	return false
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
