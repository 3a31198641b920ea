package health

import (
	"bytes"
	"slices"
	"strings"
	"sync"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/jsonscan"
)

// Judge tells how objects of one type are. It is safe for concurrent use.
type Judge struct {
	rules   []rule
	root    *node
	slots   int
	readers sync.Pool
}

// For gives the judge of a type. A type without rules of its own is judged by
// those for all types.
func (r *Rules) For(gk schema.GroupKind) *Judge {
	j := &Judge{
		rules: slices.Concat(r.before, r.types[gk], r.after),
		root:  newNode(),
	}
	j.root.child("status").child("conditions").conditions = true
	for i := range j.rules {
		rule := &j.rules[i]
		rule.when = slices.Clone(rule.when)
		for k := range rule.when {
			t := &rule.when[k]
			t.left, t.right = j.bindOperand(t.left), j.bindOperand(t.right)
		}
		rule.reason = slices.Clone(rule.reason)
		for k, p := range rule.reason {
			if p.term != nil {
				bound := j.bind(*p.term)
				rule.reason[k].term = &bound
			}
		}
	}
	return j
}

func (j *Judge) bindOperand(o operand) operand {
	o.term = j.bind(o.term)
	if o.minus != nil {
		bound := j.bind(*o.minus)
		o.minus = &bound
	}
	return o
}

// bind has the reader collect the values of a term.
func (j *Judge) bind(t term) term {
	t.slot = -1
	if t.path == nil || t.path.isCondition() {
		return t
	}
	n := j.root
	for _, name := range t.path {
		n = n.child(name)
	}
	if n.slot < 0 {
		n.slot = j.slots
		j.slots++
	}
	t.slot = n.slot
	return t
}

// Of tells how an object is, from its JSON, which must be valid: of other text
// it tells something.
func (j *Judge) Of(object jsonscan.Object) model.Health {
	r, ok := j.readers.Get().(*reader)
	if !ok {
		r = newReader(j.slots)
	}
	defer j.readers.Put(r)
	r.read(object, j.root)
	return r.judge(j.rules)
}

// judge gives the health that the first rule of which all tests hold tells.
func (r *reader) judge(rules []rule) model.Health {
	for i := range rules {
		rule := &rules[i]
		if hit, ok := r.all(rule.when); ok {
			return model.Health{Level: rule.level, Reason: r.fill(rule.reason, hit)}
		}
	}
	return model.Health{}
}

// all tells whether all tests hold, and for which value the last one did.
func (r *reader) all(tests []test) (hit value, ok bool) {
	for i := range tests {
		if hit, ok = r.holds(&tests[i]); !ok {
			return value{}, false
		}
	}
	return hit, true
}

// holds tells whether a test holds, and for which value of its left side.
func (r *reader) holds(t *test) (hit value, ok bool) {
	if t.left.minus == nil && t.left.slot >= 0 && len(r.slots[t.left.slot]) > 1 {
		for _, left := range r.slots[t.left.slot] {
			if r.compare(t, left) {
				return left, true
			}
		}
		return value{}, false
	}
	left := r.operand(&t.left)
	return left, r.compare(t, left)
}

func (r *reader) compare(t *test, left value) bool {
	switch t.op {
	case present:
		return left.is != missing
	case absent:
		return left.is == missing
	case in:
		return left.is != missing && slices.Contains(t.among, string(left.text))
	case hasSuffix:
		return slices.ContainsFunc(t.among, func(end string) bool { return strings.HasSuffix(string(left.text), end) })
	}
	right := r.operand(&t.right)
	if left.is == missing || right.is == missing {
		return false
	}
	numbers := left.is == isNumber && right.is == isNumber
	switch t.op {
	case equal:
		return left.equals(right)
	case unequal:
		return !left.equals(right)
	case less:
		return numbers && left.number < right.number
	case greater:
		return numbers && left.number > right.number
	}
	return false
}

func (v value) equals(other value) bool {
	if v.is == isNumber && other.is == isNumber {
		return v.number == other.number
	}
	return bytes.Equal(v.text, other.text)
}

// operand gives the value of an operand, the first where there are several.
func (r *reader) operand(o *operand) value {
	v := r.term(&o.term)
	if o.minus == nil {
		return v
	}
	minus := r.term(o.minus)
	if v.is != isNumber || minus.is != isNumber {
		return value{}
	}
	return value{number: v.number - minus.number, is: isNumber}
}

func (r *reader) term(t *term) value {
	switch {
	case t.path.isCondition():
		for i := range r.conditions {
			if c := &r.conditions[i]; string(c.kind.text) == t.path[1] {
				return c.member(t.path[2], t.fallback)
			}
		}
	case t.slot >= 0:
		if values := r.slots[t.slot]; len(values) > 0 {
			return values[0]
		}
	}
	return t.fallback
}

func (c *condition) member(name string, fallback value) value {
	v := c.status
	if name == "reason" {
		v = c.reason
	}
	if v.is == missing || len(v.text) == 0 {
		return fallback
	}
	return v
}

// fill makes a reason.
func (r *reader) fill(t template, hit value) string {
	if len(t) == 1 && t[0].term == nil && !t[0].hit {
		return t[0].text
	}
	var b strings.Builder
	for i := range t {
		switch p := &t[i]; {
		case p.hit:
			b.Write(hit.text)
		case p.term != nil:
			b.Write(r.term(p.term).text)
		default:
			b.WriteString(p.text)
		}
	}
	return b.String()
}
