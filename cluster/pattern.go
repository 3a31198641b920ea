package cluster

import (
	"fmt"
	"path"
	"strings"

	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// definitionPrefix begins a pattern that chooses types by the labels of their CustomResourceDefinitions.
const definitionPrefix = "crd:"

// IsPattern tells whether an argument stands for all types that match it, those that come later too: with a "*" in it ("*.gateway.networking.k8s.io"), or by the
// labels of CustomResourceDefinitions ("crd:team=shop").
func IsPattern(arg string) bool {
	return strings.Contains(arg, "*") || ByLabels(arg)
}

// ByLabels tells whether an argument is a pattern that chooses types by the labels of their CustomResourceDefinitions, which have to be watched for that.
func ByLabels(arg string) bool { return strings.HasPrefix(arg, definitionPrefix) }

// StandsFor tells whether a type of that name matches an argument that is a pattern of names, whether there is one yet or not.
func StandsFor(arg string, gr schema.GroupResource) bool {
	p, err := parsePattern(arg)
	return err == nil && IsPattern(arg) && p.labels == nil && p.matches(gr, nil)
}

// Stands tells whether an argument that named a type stands for as many as there are: a pattern, or a category of it.
func (r *Resource) Stands(arg string) bool {
	for _, category := range r.Categories {
		if strings.EqualFold(category, arg) {
			return true
		}
	}
	return IsPattern(arg)
}

// pattern says which types are meant.
type pattern struct {
	name, group string // as path.Match takes them
	labels      labels.Selector
}

// ParsePattern finds what is wrong with a pattern.
func ParsePattern(arg string) error {
	_, err := parsePattern(arg)
	return err
}

func parsePattern(arg string) (pattern, error) {
	if text, ok := strings.CutPrefix(arg, definitionPrefix); ok {
		selector, err := labels.Parse(text)
		return pattern{labels: selector}, err
	}
	name, group, _ := strings.Cut(strings.ToLower(arg), ".")
	_, err := path.Match(name, "")
	if err == nil {
		_, err = path.Match(group, "")
	}
	return pattern{name: name, group: group}, err
}

// matches tells whether a type is meant. labels are those of its definition, nil where it has none that is known.
func (p *pattern) matches(gr schema.GroupResource, of labels.Set) bool {
	if p.labels != nil {
		return of != nil && p.labels.Matches(of)
	}
	name, _ := path.Match(p.name, gr.Resource)
	group, _ := path.Match(p.group, gr.Group)
	return name && group
}

// match gives the types that match a pattern now, none as well.
func (s *Snapshot) match(arg string) ([]Resource, error) {
	p, err := parsePattern(arg)
	if err != nil {
		return nil, err
	}
	switch {
	case s.Fetched.IsZero():
		return nil, ErrNotDiscovered
	case p.labels != nil && s.labelsErr != nil:
		return nil, fmt.Errorf("%s: the labels of CustomResourceDefinitions are not known, which may not be watched", arg)
	case p.labels != nil && s.labels == nil:
		return nil, ErrNotDiscovered
	}
	var all []Resource
	for _, r := range s.Resources {
		if gr := r.GVR.GroupResource(); p.matches(gr, s.labels[gr]) {
			all = append(all, r)
		}
	}
	return all, nil
}
