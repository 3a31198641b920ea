package noise

import (
	"slices"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/change"
	"github.com/dogwatch/dogwatch/model/timeline"
)

// maxPaths is of how many paths of a type it is remembered what they are.
const maxPaths = 4096

// Judge tells changes apart by Rules. What it found of a path it remembers, since objects of a type change in the same few places. It is
// for one goroutine at a time.
type Judge struct {
	rules *Rules
	types map[schema.GroupResource]map[change.Path]*field
}

// field is what is known of a path of a type.
type field struct {
	rules   []*rule // that fit, up to the first that decides whatever the values are
	telling int
}

// NewJudge makes a Judge.
func (r *Rules) NewJudge() *Judge {
	return &Judge{rules: r, types: map[schema.GroupResource]map[change.Path]*field{}}
}

// IsNoise tells whether nothing of the change of an object of a type means anything.
func (j *Judge) IsNoise(of schema.GroupResource, r *timeline.Record) bool {
	if r.Type != model.Updated {
		return false
	}
	for i := range r.Fields {
		if !j.IsFieldNoise(of, &r.Fields[i].Change) {
			return false
		}
	}
	return true
}

// IsFieldNoise tells whether the change of one field means nothing.
func (j *Judge) IsFieldNoise(of schema.GroupResource, c *change.Change) bool {
	for _, r := range j.field(of, c.Path).rules {
		if r.values.fit(c) {
			return !r.keep
		}
	}
	return false
}

// Telling tells how soon a field is to be shown where several changed: of two that of the lower number comes first. What only has another
// place comes last.
func (j *Judge) Telling(of schema.GroupResource, c *change.Change) int {
	if c.IsMove() {
		return len(j.rules.telling) + 1
	}
	return j.field(of, c.Path).telling
}

// MostTelling gives the index of the field that is to be shown of those that changed, one that means nothing only where no other does; -1 where there is none.
func (j *Judge) MostTelling(of schema.GroupResource, fields []timeline.Field) int {
	best, rank := -1, 0
	for i := range fields {
		n := j.Telling(of, &fields[i].Change)
		if j.IsFieldNoise(of, &fields[i].Change) {
			n += len(j.rules.telling) + 2 // behind all that means something
		}
		if best < 0 || n < rank {
			best, rank = i, n
		}
	}
	return best
}

func (j *Judge) field(of schema.GroupResource, p change.Path) *field {
	paths := j.types[of]
	if f, ok := paths[p]; ok {
		return f
	}
	if paths == nil || len(paths) >= maxPaths {
		paths = map[change.Path]*field{}
		j.types[of] = paths
	}
	f := j.rules.field(of, p.Steps())
	paths[p] = f
	return f
}

func (r *Rules) field(of schema.GroupResource, steps []change.Step) *field {
	f := &field{telling: len(r.telling)}
	fits := func(p pattern) bool { return p.fits(steps) }
	if i := slices.IndexFunc(r.telling, fits); i >= 0 {
		f.telling = i
	}
	for i := range r.rules {
		one := &r.rules[i]
		if one.types != nil && !slices.Contains(one.types, of) || !slices.ContainsFunc(one.paths, fits) {
			continue
		}
		f.rules = append(f.rules, one)
		if one.values == anyValues {
			break
		}
	}
	return f
}

// fit tells whether a change is between such values.
func (v values) fit(c *change.Change) bool {
	switch v {
	case times:
		return isTime(c.Old) && isTime(c.New)
	case numbers:
		return isNumber(c.Old) && isNumber(c.New)
	case moves:
		return c.IsMove()
	default:
		return true
	}
}

// isTime tells whether JSON is a time as Kubernetes spells it: "2026-11-24T10:00:00Z", with or without parts of a second.
func isTime(json []byte) bool {
	const shape = `"0000-00-00T00:00:00`
	if len(json) < len(shape)+len(`Z"`) || len(json) > len(`"2026-11-24T10:00:00.000000000+00:00"`) {
		return false
	}
	for i := range len(shape) {
		if want, is := shape[i], json[i]; want == '0' && !isDigit(is) || want != '0' && is != want {
			return false
		}
	}
	return true
}

func isNumber(json []byte) bool {
	return len(json) > 0 && (isDigit(json[0]) || json[0] == '-')
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
