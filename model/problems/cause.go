package problems

import "k8s.io/apimachinery/pkg/runtime/schema"

// place is where the objects are of which one may be the cause of another's trouble.
type place struct{ cluster, namespace string }

func (id ID) place() place { return place{id.Cluster, id.Namespace} }

// nameCauses has what others make unhealthy tell of the newest of those, after there were news of the place where they are.
func (k *keeper) nameCauses() {
	places := map[place]bool{}
	for id, p := range k.news {
		places[id.place()] = true
		if p != nil && p.caused != nil {
			k.caused[id] = true
		} else {
			delete(k.caused, id)
		}
	}
	told := map[ID]*Problem{}
	for id := range k.caused {
		if !places[id.place()] {
			continue
		}
		p := k.list.index[id] // only this goroutine writes it
		if cause := k.list.causeOf(p); cause != p.cause {
			told[id] = p.because(cause)
		}
	}
	k.list.publish(told)
}

// causeOf is the newest problem that may be the cause of another; nil for none.
func (l *List) causeOf(of *Problem) *Problem {
	for _, p := range l.sorted {
		if p.place() == of.place() && (schema.GroupKind{Group: p.Type.Group, Kind: p.Kind}) == of.caused.Kind && of.caused.Selector.Matches(p.labels) {
			return p
		}
	}
	return nil
}

// because gives the problem with what is its cause, nil for itself.
func (p *Problem) because(cause *Problem) *Problem {
	told := *p
	told.cause, told.Message = cause, p.says
	if cause == nil {
		return &told
	}
	told.Message = cause.Reason
	if cause.Message != "" {
		told.Message += ": " + cause.Message
	}
	told.Message += " (" + cause.Kind + " " + cause.Name + ")"
	return &told
}
