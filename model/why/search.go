package why

import (
	"cmp"
	"slices"
	"strings"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/health"
	"github.com/dogwatch/dogwatch/model/relation"
)

const (
	// deepest is how many steps lead to a cause at most, and most how many objects are looked at.
	deepest, most = 12, 200
	// mostTried is how many objects that relate to another in one way are followed: the worst come first.
	mostTried = 5
	// mostAlso is how many others are told of.
	mostAlso = 3
)

// Find answers why the object that the graph is about is as it is.
func (w *World) Find() Answer {
	s := &search{World: w, seen: map[relation.ID]bool{}}
	for _, owner := range w.Graph.Owners() {
		s.seen[owner.ID] = true // the way goes down
		if owner.Object == nil {
			s.want(&owner)
		}
	}
	found := s.from(lead{Item: w.Graph.Subject()}, 0)
	a := Answer{Steps: found.steps, Also: s.also(found.steps), Wanted: s.wanted, Hidden: s.hidden, Unwatched: s.unwatched, Needed: s.needed, Below: s.below, HasEvents: w.Warnings != nil}
	for i := range a.Steps {
		if e := w.warning(&a.Steps[i]); e != nil {
			a.Event, a.EventOf = e, i
		}
	}
	w.changes(&a)
	return a
}

// search looks for the way to a cause.
type search struct {
	*World
	seen           map[relation.ID]bool
	looked         int
	wanted, hidden []relation.Item
	unwatched      []relation.Item
	needed, below  []relation.Type
	beside         []Step // named, not well, and not followed
}

// way leads to a cause.
type way struct {
	steps []Step
	// told is how surely what the object before says speaks of the first step.
	told mention
}

// end grades the way's last step.
func (w *way) end() grade { return trouble(&w.steps[len(w.steps)-1]) }

// better orders ways: the one with the worst end comes first, then the one that was spoken of, then the longest.
func better(a, b way) int {
	return cmp.Or(cmp.Compare(b.end(), a.end()), cmp.Compare(b.told, a.told), cmp.Compare(len(b.steps), len(a.steps)))
}

// from gives the way from an object to the deepest cause of its trouble.
func (s *search) from(it lead, depth int) way {
	s.seen[it.ID] = true
	s.looked++
	step := s.step(it.Item)
	if it.is != "" {
		step.blame = it.blame
		step.Finding.Level, step.Finding.Reason = model.Unhealthy, it.is
	}
	best := way{steps: []Step{step}}
	if it.Object == nil || depth == deepest {
		return best
	}
	var ways []way
	for _, next := range s.next(&step) {
		if s.seen[next.ID] || s.looked >= most {
			continue
		}
		found := s.from(next, depth+1)
		found.told = next.told
		found.steps[0].Others = next.others
		ways = append(ways, found)
	}
	if len(ways) == 0 {
		return best
	}
	slices.SortStableFunc(ways, better)
	best.steps = append(best.steps, ways[0].steps...)
	return best
}

// step says how an object is.
func (s *search) step(it relation.Item) Step {
	step := Step{Item: it}
	if it.Object == nil {
		step.Presence = s.Absent(it.ID)
		return step
	}
	step.Finding = s.Explain(it.Of, it.Object)
	return step
}

// lead is an object that a cause may be found in.
type lead struct {
	relation.Item
	told   mention
	others int
	// is and blame are what a message says of it that tells that it is the cause: in a word, and all.
	is, blame string
}

// next gives what may be the cause of an object's trouble: what it owns or selects, and what it names.
func (s *search) next(step *Step) []lead {
	least := onWay
	if trouble(step) == fine {
		least = failed
	}
	refs, selected := s.Graph.Leads(step.ID, func(_ relation.Type, id relation.ID) bool { return s.Absent(id) == Missing })
	leads := leadsTo(s.Graph.Worst(step.ID, mostTried, func(o *model.Object) bool { return gradeOf(o.Health.Level) >= least }))
	bad := 0
	for bad < len(selected) && selected[bad].Object != nil && gradeOf(selected[bad].Object.Health.Level) >= failed { // the worst come first
		bad++
	}
	leads = append(leads, leadsTo(selected[:min(bad, mostTried)], bad)...)
	if step.Finding.Level == model.Healthy { // what it names does well enough
		return leads
	}
	words := s.words(step)
	return append(append(leads, s.blamed(words)...), s.named(words, refs)...)
}

// words are what a step and its Events say, and what was said of it.
func (s *search) words(step *Step) string {
	words := step.blame + "\n" + step.Finding.Message
	if e := s.warning(step); e != nil {
		words += "\n" + e.Message
	}
	return strings.TrimSpace(words)
}

// blamed gives the objects of which words tell that they are the cause.
func (s *search) blamed(words string) []lead {
	told, types := s.Graph.Told(words)
	for _, of := range types {
		s.need(of)
	}
	leads := make([]lead, 0, len(told))
	for _, t := range told {
		leads = append(leads, lead{Item: t.Item, told: byName, is: t.Is, blame: words})
	}
	return leads[:min(len(leads), mostTried)]
}

// need notes a type of which it is to be known which objects there are.
func (s *search) need(of relation.Type) {
	it := relation.Item{ID: relation.ID{Type: of.GVR.GroupResource()}, Of: of}
	switch presence := s.Absent(it.ID); {
	case presence == Hidden:
		s.want(&it)
	case presence == Unread && !slices.Contains(s.needed, of):
		s.needed = append(s.needed, of)
	case presence == Unwatched && !slices.Contains(s.below, of):
		s.below = append(s.below, of)
	}
}

// leadsTo are leads to the worst of those that are bad.
func leadsTo(worst []relation.Item, bad int) []lead {
	leads := make([]lead, len(worst))
	for i, it := range worst {
		leads[i] = lead{Item: it, others: bad - 1}
	}
	return leads
}

// named gives what an object names and what is not well, where the object or its Events speak of it, or say nothing at all.
func (s *search) named(words string, refs []relation.Item) []lead {
	var leads []lead
	for _, it := range refs {
		if it.Object == nil && (it.Optional || s.Absent(it.ID) != Missing) {
			if !it.Optional && (!s.Graph.IsGiven(&it) || mentions(words, &it) == byName) {
				s.want(&it)
			}
			continue
		}
		other := s.step(it)
		told := mentions(words, &it)
		switch bad := trouble(&other); {
		case bad == fine, bad == onWay && told == not:
		case told == not && words != "":
			s.beside = append(s.beside, other)
		default:
			leads = append(leads, lead{Item: it, told: told})
		}
	}
	slices.SortStableFunc(leads, func(a, b lead) int { return cmp.Compare(b.told, a.told) })
	return leads[:min(len(leads), mostTried)]
}

// want notes an object of which it is not known whether it is there.
func (s *search) want(it *relation.Item) {
	list := &s.wanted
	switch s.Absent(it.ID) {
	case Hidden:
		list = &s.hidden
	case Unwatched:
		list = &s.unwatched
	}
	if s.Absent(it.ID) != Missing && !slices.ContainsFunc(*list, func(other relation.Item) bool { return other.ID == it.ID }) {
		*list = append(*list, *it)
	}
}

// warning is the newest that the server says of a step and that the step does not say itself: rather one in words than a word, such as
// "Error: ErrImagePull".
func (w *World) warning(step *Step) (found *Event) {
	if trouble(step) == fine || step.Object == nil || w.Warnings == nil {
		return nil
	}
	for _, e := range w.Warnings(step.Item) {
		switch {
		case repeats(&e, &step.Finding):
		case strings.Contains(strings.TrimPrefix(e.Message, "Error: "), " "):
			return &e
		case found == nil:
			found = &e
		}
	}
	return found
}

// leastRepeated is how long a message is at least that an Event repeats, and does not have by chance.
const leastRepeated = 12

// repeats tells whether an Event says what is said already, whatever words it puts before it: a message names the container first.
func repeats(e *Event, said *health.Finding) bool {
	text := strings.TrimPrefix(e.Message, "Error: ")
	if strings.Contains(said.Reason+"\n"+said.Message, text) {
		return true
	}
	core := said.Message
	if strings.HasPrefix(core, "container ") {
		_, core, _ = strings.Cut(core, ": ")
	}
	return len(core) >= leastRepeated && strings.Contains(text, core)
}

// also gives what is not well beside the way.
func (s *search) also(steps []Step) []Step {
	var also []Step
	for _, step := range s.beside {
		is := func(other Step) bool { return other.ID == step.ID }
		if !slices.ContainsFunc(steps, is) && !slices.ContainsFunc(also, is) && len(also) < mostAlso {
			also = append(also, step)
		}
	}
	return also
}
