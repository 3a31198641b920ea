package health

import (
	"bytes"
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/jsonscan"
)

// Judge tells how objects of one type are. It is safe for concurrent use.
type Judge struct {
	fields
	rules   []rule
	now     func() time.Time
	readers sync.Pool
}

// fields are what is read of an object.
type fields struct {
	root  *node
	slots int
	// written tells that a rule asks when the status was written.
	written bool
}

func newFields() fields {
	f := fields{root: newNode()}
	f.root.child("status").child("conditions").conditions = true
	return f
}

// For gives the judge of a type. A type without rules of its own is judged by
// those for all types.
func (r *Rules) For(gk schema.GroupKind) *Judge {
	if _, own := r.types[gk]; !own {
		return r.judgeOfOthers()
	}
	return r.newJudge(gk)
}

func (r *Rules) newJudge(gk schema.GroupKind) *Judge {
	j := &Judge{fields: newFields(), now: r.now}
	j.rules = j.bindRules(r.of(gk))
	return j
}

// of are the rules of a type, in their order.
func (r *Rules) of(gk schema.GroupKind) []rule {
	return slices.Concat(r.before, r.types[gk].rules, r.after)
}

// bindRules has the reader collect what rules ask for.
func (f *fields) bindRules(rules []rule) []rule {
	rules = slices.Clone(rules)
	for i := range rules {
		rule := &rules[i]
		rule.when = slices.Clone(rule.when)
		for k := range rule.when {
			t := &rule.when[k]
			t.left, t.right = f.bindOperand(t.left), f.bindOperand(t.right)
		}
		rule.reason = f.bindTemplate(rule.reason)
	}
	return rules
}

func (f *fields) bindTemplate(t template) template {
	t = slices.Clone(t)
	for i, p := range t {
		if p.term != nil {
			bound := f.bind(*p.term)
			t[i].term = &bound
		}
		if p.optional != nil {
			t[i].optional = f.bindTemplate(p.optional)
		}
	}
	return t
}

func (f *fields) bindOperand(o operand) operand {
	o.term = f.bind(o.term)
	if o.minus != nil {
		bound := f.bind(*o.minus)
		o.minus = &bound
	}
	return o
}

// bind has the reader collect the values of a term.
func (f *fields) bind(t term) term {
	t.slot = -1
	f.written = f.written || t.path.isWritten()
	if t.path == nil || t.path.isCondition() || t.path.isWritten() {
		return t
	}
	n := f.root
	for _, name := range t.path {
		n = n.child(name)
	}
	if n.slot < 0 {
		n.slot = f.slots
		f.slots++
	}
	t.slot = n.slot
	return t
}

// Of implements model.Judge: it tells how an object is, from its JSON, which must be valid: of other text
// it tells something.
func (j *Judge) Of(object jsonscan.Object, written uint32) model.Health {
	r, ok := j.readers.Get().(*reader)
	if !ok {
		r = newReader(j.slots, j.now)
	}
	defer j.readers.Put(r)
	r.read(object, &j.fields, written)
	return r.judge(j.rules)
}

// judge gives the health that the first rule of which all tests hold tells, and when to judge again.
func (r *reader) judge(rules []rule) model.Health {
	h, _, _ := r.decide(rules)
	return h
}

// decide is judge; it gives the rule too, nil for none, and the value for which its last test held.
func (r *reader) decide(rules []rule) (h model.Health, by *rule, hit value) {
	var due int64 // when the first of the rules that come to hold as time goes does
	lasting := false
	for i := range rules {
		rule := &rules[i]
		hit, moment, ok := r.all(rule.when)
		lasting = lasting || moment != 0 && rule.asksWritten()
		if moment != 0 && (!ok || due == 0) && (due == 0 || moment < due) {
			due = moment
		}
		if ok {
			return model.Health{Level: rule.level, Lasting: lasting, Due: dueOf(due), Reason: r.fill(rule.reason, hit)}, rule, hit
		}
	}
	return model.Health{Lasting: lasting, Due: dueOf(due)}, nil, value{}
}

// dueOf keeps a moment in the little room that there is for it.
func dueOf(moment int64) uint32 { return uint32(min(max(moment, 0), math.MaxUint32)) }

// all tells whether all tests hold, and for which value the last one did. Where nothing but time is, or was, between the tests
// and their holding, moment is when they do, in Unix seconds; else it is 0.
func (r *reader) all(tests []test) (hit value, moment int64, ok bool) {
	for i := range tests {
		t := &tests[i]
		if t.timed() {
			at, known := r.momentOf(t)
			if !known {
				return value{}, 0, false
			}
			moment = max(moment, at)
			continue
		}
		if hit, ok = r.holds(t); !ok {
			return value{}, 0, false
		}
	}
	return hit, moment, moment == 0 || r.now().Unix() >= moment
}

// momentOf is when a test of time begins to hold for all values of its left side, in Unix seconds.
func (r *reader) momentOf(t *test) (at int64, ok bool) {
	values := []value{r.operand(&t.left)}
	if r.hasSeveral(t) {
		values = r.slots[t.left.slot]
	}
	for i := range values {
		moment, err := time.Parse(time.RFC3339, string(values[i].text))
		if err != nil {
			return 0, false
		}
		at = max(at, moment.Add(t.span).Unix(), 1)
	}
	return at, true
}

// hasSeveral tells whether the left side of a test has several values.
func (r *reader) hasSeveral(t *test) bool {
	return t.left.minus == nil && t.left.slot >= 0 && len(r.slots[t.left.slot]) > 1
}

// holds tells whether a test holds, and for which value of its left side.
func (r *reader) holds(t *test) (hit value, ok bool) {
	if r.hasSeveral(t) {
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
	case t.path.isWritten():
		return r.written
	case t.slot >= 0:
		if values := r.slots[t.slot]; len(values) > 0 {
			return values[0]
		}
	}
	return t.fallback
}

func (c *condition) member(name string, fallback value) value {
	v := c.status
	switch name {
	case "reason":
		v = c.reason
	case "since":
		v = c.since
	case "message":
		v = scalar(c.message)
	}
	if v.is == missing || len(v.text) == 0 {
		return fallback
	}
	return v
}

// fill makes a reason.
func (r *reader) fill(t template, hit value) string {
	if len(t) == 1 && t[0].term == nil && !t[0].hit && t[0].optional == nil {
		return t[0].text
	}
	var b strings.Builder
	r.write(&b, t, hit)
	return b.String()
}

// write is fill, and tells whether all fields are there.
func (r *reader) write(b *strings.Builder, t template, hit value) (complete bool) {
	complete = true
	for i := range t {
		switch p := &t[i]; {
		case p.hit:
			b.Write(hit.text)
		case p.optional != nil:
			var optional strings.Builder
			if r.write(&optional, p.optional, hit) {
				b.WriteString(optional.String())
			}
		case p.term != nil:
			v := r.term(p.term)
			b.Write(v.text)
			complete = complete && len(v.text) > 0
		default:
			b.WriteString(p.text)
		}
	}
	return complete
}
