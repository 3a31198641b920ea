package signals

import "fmt"

// place is where a rule stands.
type place struct {
	file         string
	line, column int
}

func (p place) String() string { return fmt.Sprintf("%s:%d:%d", p.file, p.line, p.column) }

// Distinct gives those of some rules that no rule before them is called as, neither of them nor of others, and says of the rest which rule is. What a rule tells
// is known by the rule's name and its object: of two rules of one name what one tells would be taken for what the other does.
func Distinct(rules, others []*Rule) (distinct []*Rule, wrong []error) {
	named := map[string]*Rule{}
	for _, r := range others {
		named[r.Name] = r
	}
	for _, r := range rules {
		if other := named[r.Name]; other != nil {
			wrong = append(wrong, r.isCalledAs(other))
			continue
		}
		named[r.Name] = r
		distinct = append(distinct, r)
	}
	return distinct, wrong
}

// isCalledAs says that another rule has the name.
func (r *Rule) isCalledAs(other *Rule) error {
	says := "dogwatch comes with a rule of this name; give this one another"
	if !other.isBuiltin {
		says = fmt.Sprintf("there is a rule of this name at %s; give this one another", other.place)
	}
	return &RuleError{File: r.place.file, Line: r.place.line, Column: r.place.column, Rule: r.Name, Message: says}
}
