package problems

import (
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/selection"
)

// place is where the objects are of which one may be the cause of another's trouble.
type place struct{ cluster, namespace string }

func (id ID) place() place { return place{id.Cluster, id.Namespace} }

// nameCauses has what others make unhealthy tell of the newest of those, after there were news of the place where they are.
func (k *keeper) nameCauses() {
	news := map[place]bool{}
	for id, p := range k.news {
		news[id.place()] = true
		if p != nil && p.caused != nil {
			k.caused[id] = true
		} else {
			delete(k.caused, id)
		}
	}
	var concerned []*Problem
	for id := range k.caused {
		if news[id.place()] {
			concerned = append(concerned, k.list.index[id]) // only this goroutine writes it
		}
	}
	if len(concerned) == 0 {
		return
	}
	told := map[ID]*Problem{}
	may := k.list.causesOf(concerned)
	for _, p := range concerned {
		if message := p.saysOf(may.of(p)); message != p.Message {
			next := *p
			next.Message = message
			told[p.ID] = &next
		}
	}
	k.list.publish(told)
}

// saysOf is the message with what is the cause, nil for the problem itself.
func (p *Problem) saysOf(cause *Problem) string {
	if cause == nil {
		return p.says
	}
	message := cause.Reason
	if cause.Message != "" {
		message += ": " + cause.Message
	}
	return message + " (" + cause.Kind + " " + cause.Name + ")"
}

// bucket is where one looks for a cause: not among all that is wrong, which in an outage is all there is.
type bucket struct {
	place
	kind schema.GroupKind
	// label and value are what the selector wants first; empty where it names no value.
	label, value string
}

// bucketOf is where the causes of a problem are.
func bucketOf(p *Problem) bucket {
	b := bucket{place: p.place(), kind: p.caused.Kind}
	wanted, _ := p.caused.Selector.Requirements()
	for _, r := range wanted {
		if value, ok := oneValue(r); ok {
			b.label, b.value = r.Key(), value
			break
		}
	}
	return b
}

// oneValue is the only value that a label may have.
func oneValue(r labels.Requirement) (value string, ok bool) {
	switch r.Operator() {
	case selection.Equals, selection.DoubleEquals, selection.In:
		if values := r.ValuesUnsorted(); len(values) == 1 {
			return values[0], true
		}
	}
	return "", false
}

// causes are the problems that may be causes, in the order of the list.
type causes map[bucket][]*Problem

// causesOf looks once through the list for what may be the cause of some problems.
func (l *List) causesOf(concerned []*Problem) causes {
	found, keys := causes{}, map[bucket]bool{} // those of any value
	for _, p := range concerned {
		b := bucketOf(p)
		found[b] = nil
		b.value = ""
		keys[b] = true
	}
	byPlace := map[place][]bucket{}
	for b := range keys {
		byPlace[b.place] = append(byPlace[b.place], b)
	}
	for _, p := range l.sorted {
		for _, b := range byPlace[p.place()] {
			if (schema.GroupKind{Group: p.Type.Group, Kind: p.Kind}) != b.kind {
				continue
			}
			if b.label != "" {
				b.value = p.labels.Get(b.label)
			}
			if all, ok := found[b]; ok {
				found[b] = append(all, p)
			}
		}
	}
	return found
}

// of is the newest problem that may be the cause of another; nil for none.
func (c causes) of(p *Problem) *Problem {
	for _, cause := range c[bucketOf(p)] {
		if p.caused.Selector.Matches(cause.labels) {
			return cause
		}
	}
	return nil
}
