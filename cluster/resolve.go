package cluster

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// ErrNotDiscovered is Resolve's error before the server has answered, or as
// long as what is asked for may be in groups that it has not told of yet.
var ErrNotDiscovered = errors.New("the server has not said yet which types it has")

// UnknownTypeError says that no type has the name that was asked for.
type UnknownTypeError struct {
	// Arg is the name as it was typed.
	Arg string
	// Nearest are names of types that may have been meant, best first.
	Nearest []string
	// FailedGroups did not answer: the type may be theirs.
	FailedGroups []string
}

func (e *UnknownTypeError) Error() string {
	text := fmt.Sprintf("the server has no type %q", e.Arg)
	if len(e.Nearest) > 0 {
		text += "; did you mean " + strings.Join(e.Nearest, ", ") + "?"
	}
	if len(e.FailedGroups) > 0 {
		text += " (no answer from " + strings.Join(e.FailedGroups, ", ") + ")"
	}
	return text
}

// NotWatchableError says that a type exists, but cannot be listed and watched.
type NotWatchableError struct {
	GVR schema.GroupVersionResource
}

func (e *NotWatchableError) Error() string {
	return fmt.Sprintf("%s cannot be listed and watched", e.GVR.GroupResource())
}

// Resolve finds the types that arg names as kubectl would: by plural,
// singular, kind, short name, each with a group or a version and group behind
// it ("deployments.apps", "foos.v1.example.com"), or by category, which may be
// several types. If several types have the name, the core group wins, then
// the server's order. Other than kubectl, capitals do not matter.
//
// A pattern (IsPattern) stands for all types that match it, which may be none.
//
// Errors: ErrNotDiscovered, *UnknownTypeError, *NotWatchableError, or that
// arg is not the name of a type.
func (s *Snapshot) Resolve(arg string) ([]Resource, error) {
	switch {
	case IsPattern(arg):
		return s.match(arg)
	case strings.Contains(arg, "/"):
		return nil, fmt.Errorf("%q names one object; a type is needed, such as %q", arg, arg[:strings.Index(arg, "/")])
	case strings.TrimSpace(arg) == "" || strings.Contains(arg, ","):
		return nil, fmt.Errorf("%q is not the name of a type", arg)
	case s.byType == nil:
		return nil, ErrNotDiscovered
	}
	if s.Fetched.IsZero() {
		return s.resolveCore(arg)
	}
	for _, spelling := range []string{arg, strings.ToLower(arg)} {
		if members := s.category(spelling); len(members) > 0 {
			return members, nil
		}
		if gvr, ok := s.mappingFor(spelling); ok {
			return s.watchable(gvr)
		}
	}
	return nil, s.unknown(arg)
}

// resolveCore finds a type while only the core group is known. It wins over all
// others, so a type that has the name there is what was meant. But a category
// may have members in all groups, and what is a short name here may be the whole
// name of a type elsewhere, which counts more.
func (s *Snapshot) resolveCore(arg string) ([]Resource, error) {
	for _, spelling := range []string{arg, strings.ToLower(arg)} {
		if len(s.category(spelling)) > 0 {
			break
		}
		for _, asked := range readings(spelling) {
			if gvr, ok := s.find(asked, isGroup, isName); ok {
				return s.watchable(gvr)
			}
		}
	}
	return nil, ErrNotDiscovered
}

// category returns the watchable types of a category.
func (s *Snapshot) category(name string) []Resource {
	var members []Resource
	for _, r := range s.all {
		gr := r.GVR.GroupResource()
		isMember := func(m Resource) bool { return m.GVR.GroupResource() == gr }
		if !slices.Contains(r.Categories, name) || slices.ContainsFunc(members, isMember) {
			continue
		}
		if preferred, _ := s.ServedAs(gr, ""); preferred.ListWatch {
			members = append(members, preferred)
		}
	}
	return members
}

// readings are what an argument may say, the first that fits counts: a type of a version and group ("foos.v1.example.com"), or of a group.
func readings(arg string) []schema.GroupVersionResource {
	full, short := schema.ParseResourceArg(arg)
	if full == nil {
		return []schema.GroupVersionResource{short.WithVersion("")}
	}
	return []schema.GroupVersionResource{*full, short.WithVersion("")}
}

// mappingFor reads an argument in the order that kubectl does: as the name of a
// type or a short one, then as a kind. Of a group its beginning is enough.
func (s *Snapshot) mappingFor(arg string) (schema.GroupVersionResource, bool) {
	for _, asked := range readings(arg) {
		for _, ofGroup := range []func(group, asked string) bool{isGroup, strings.HasPrefix} {
			for _, isCalled := range []func(r *Resource, name string) bool{isName, isShortName} {
				if gvr, ok := s.find(asked, ofGroup, isCalled); ok {
					return gvr, true
				}
			}
		}
	}
	for _, asked := range readings(arg) {
		if gvr, ok := s.find(asked, isGroup, isKind); ok {
			return gvr, true
		}
	}
	return schema.GroupVersionResource{}, false
}

// find finds the first type, in the server's order, that is called what was asked for: at its preferred version unless one was asked
// for, though it may have the name at another only.
func (s *Snapshot) find(asked schema.GroupVersionResource, ofGroup func(group, asked string) bool, isCalled func(r *Resource, name string) bool) (schema.GroupVersionResource, bool) {
	for i := range s.all {
		r := &s.all[i]
		if (asked.Version == "" || r.GVR.Version == asked.Version) && ofGroup(r.GVR.Group, asked.Group) && isCalled(r, asked.Resource) {
			served, ok := s.ServedAs(r.GVR.GroupResource(), asked.Version)
			return served.GVR, ok
		}
	}
	return schema.GroupVersionResource{}, false
}

// isGroup tells whether a group is the one that was asked for: any, where none was.
func isGroup(group, asked string) bool { return asked == "" || group == asked }

func isName(r *Resource, name string) bool { return r.GVR.Resource == name || r.Singular == name }

func isShortName(r *Resource, name string) bool { return slices.Contains(r.ShortNames, name) }

func isKind(r *Resource, name string) bool { return r.Kind == name || strings.ToLower(r.Kind) == name }

func (s *Snapshot) watchable(gvr schema.GroupVersionResource) ([]Resource, error) {
	r, _ := s.ServedAs(gvr.GroupResource(), gvr.Version)
	if !r.ListWatch {
		return nil, &NotWatchableError{GVR: gvr}
	}
	return []Resource{r}, nil
}

// maxNearest is how many names are offered for one that does not exist.
const maxNearest = 3

func (s *Snapshot) unknown(arg string) error {
	unknown := &UnknownTypeError{Arg: arg, Nearest: s.nearest(arg)}
	for _, failure := range s.Failed {
		unknown.FailedGroups = append(unknown.FailedGroups, failure.GroupVersion.String())
	}
	return unknown
}

// nearest offers types one of whose names is near to arg.
func (s *Snapshot) nearest(arg string) []string {
	var spellings []string
	types := make(map[string][]string)
	for _, r := range s.Resources {
		typeName := s.typeName(r)
		for _, spelling := range append([]string{r.GVR.Resource, r.GVR.GroupResource().String(), r.Singular, r.Kind}, r.ShortNames...) {
			spellings = append(spellings, spelling)
			types[spelling] = append(types[spelling], typeName)
		}
	}
	var best []string
	for _, spelling := range Nearest(arg, spellings, len(spellings)) {
		for _, typeName := range types[spelling] {
			if len(best) < maxNearest && !slices.Contains(best, typeName) {
				best = append(best, typeName)
			}
		}
	}
	return best
}

// typeName is the shortest name that Resolve takes for a type.
func (s *Snapshot) typeName(r Resource) string {
	if gvr, ok := s.mappingFor(r.GVR.Resource); ok && gvr.GroupResource() == r.GVR.GroupResource() {
		return r.GVR.Resource
	}
	return r.GVR.GroupResource().String()
}

// singular is the type's singular name; old servers do not say it.
func singular(r metav1.APIResource) string {
	if r.SingularName != "" {
		return r.SingularName
	}
	return strings.ToLower(r.Kind)
}
