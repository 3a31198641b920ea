package health

import (
	"fmt"
	"testing"
	"time"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/jsonscan"
)

// Each rule by which something is unhealthy decides of an object of these tests: none is there that was never seen to hold.
func TestEachRuleThatIsUnhealthyHasATest(t *testing.T) {
	rules := builtinRules(t)
	decided := map[*rule]bool{}
	for _, tt := range beyond {
		decided[rules.deciding(t, moment, tt.object)] = true
	}
	for _, tt := range timed {
		decided[rules.deciding(t, newYear.Add(tt.span), tt.object)] = true
	}
	check := func(where string, all []rule) {
		for i := range all {
			if all[i].level == model.Unhealthy && !decided[&all[i]] {
				t.Errorf("rule %d of %s decides of no object", i+1, where)
			}
		}
	}
	check("before", rules.before)
	for gk, of := range rules.types {
		check(fmt.Sprint("the rules of ", gk), of.rules)
	}
	check("after", rules.after)
}

// deciding is the rule that decides how an object is at a moment.
func (r *Rules) deciding(t *testing.T, moment time.Time, text string) *rule {
	t.Helper()
	u, data := object(t, text)
	gk := u.GroupVersionKind().GroupKind()
	j := r.At(func() time.Time { return moment }).For(gk)
	in := newReader(j.slots, j.now)
	o := jsonscan.Object{Text: data}
	in.read(o, &j.fields, j.Written(o, nil))
	_, by, _ := in.decide(j.rules)
	if by == nil {
		return nil
	}
	i := 0 // of the type's rules, which are copies in the same order
	for &j.rules[i] != by {
		i++
	}
	for _, some := range [][]rule{r.before, r.types[gk].rules, r.after} {
		if i < len(some) {
			return &some[i]
		}
		i -= len(some)
	}
	return nil
}
