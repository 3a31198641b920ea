package command

import (
	"iter"
	"slices"
	"strings"

	"github.com/dogwatch/dogwatch/workspace"
)

// maxCandidates bounds what Complete gives: nobody reads more.
const maxCandidates = 50

// Candidates are the names that exist now.
type Candidates struct {
	Types []workspace.TypeChoice
	// Namespaces are in order, and in lower case as Kubernetes has them.
	Namespaces []string
	Contexts   []string
}

// Completion is what could stand in a line at the cursor: each candidate
// replaces the line's bytes from Start up to End.
type Completion struct {
	Start, End int
	Candidates []Candidate
}

// Candidate is one way to go on.
type Candidate struct {
	Text string
	Note string // a few words beside it, may be empty
}

// Complete offers candidates for the word that ends at or spans cursor, which
// counts bytes of line; the likeliest comes first. It never fails: a line that
// makes no sense gets no candidate. Its cost grows with the number of names.
func Complete(line string, cursor int, c Candidates) Completion {
	cursor = min(max(cursor, 0), len(line))
	place := locate(line, cursor)
	done := Completion{Start: place.start, End: place.end}
	done.Candidates = rank(place.typed, place.options(c))
	return done
}

// place is where in the grammar the cursor stands.
type place struct {
	typed      string // what stands between start and the cursor
	start, end int
	arg        argKind
	first      bool // the first word: commands may stand here
	flag       bool
}

func locate(line string, cursor int) place {
	words, _ := split(line)
	before, p := wordAt(words, line, cursor)
	switch {
	case strings.HasPrefix(p.typed, "@"):
		p.arg = argContext
		p.start, p.typed = p.start+1, p.typed[1:]
	case len(before) == 0:
		p.arg, p.first = argType, true
		p.lastOfList()
	default:
		p.follow(before)
	}
	return p
}

// wordAt finds the word under the cursor and the texts of those before it.
func wordAt(words []word, line string, cursor int) (before []string, p place) {
	p = place{start: cursor, end: cursor}
	for _, w := range words {
		if w.end < cursor {
			before = append(before, w.text)
			continue
		}
		if w.start <= cursor {
			p = place{typed: line[w.start:cursor], start: w.start, end: w.end}
		}
		break
	}
	return before, p
}

// follow decides what may come after the words before the cursor.
func (p *place) follow(before []string) {
	if v, ok := findVerb(append(slices.Clone(before), p.typed)); ok {
		switch {
		case v.arg == argObject:
			p.followObject(before[1:])
		case len(before) == 1:
			p.arg = v.arg
			p.lastOfList()
		}
		return
	}
	if strings.HasSuffix(before[len(before)-1], ",") && len(joinLists(before)) == 1 {
		p.arg = argType
		return
	}
	switch before[len(before)-1] {
	case "-n", "--namespace":
		p.arg = argNamespace
	case "--context":
		p.arg = argContext
	default:
		if p.flag = strings.HasPrefix(p.typed, "-"); !p.flag && !hasNamespace(before[1:]) {
			p.arg = argNamespace
		}
	}
}

// followObject decides what may come after the words of an object's name.
func (p *place) followObject(before []string) {
	words, _, err := takeNamespaces(before)
	switch {
	case err != nil: // the namespace is to come
		p.arg = argOneNamespace
	case strings.HasPrefix(p.typed, "-"):
		p.arg, p.flag = argObject, true
	case len(words) == 0:
		p.arg = argType
	}
}

// hasNamespace tells that a namespace was named among words after the types.
func hasNamespace(words []string) bool {
	p := targetParser{rest: words}
	for len(p.rest) > 0 {
		if p.next() != nil {
			return true
		}
	}
	return p.target.Namespace != "" || p.target.AllNamespaces
}

// lastOfList narrows a place to what follows the last comma of its word.
func (p *place) lastOfList() {
	if i := strings.LastIndexByte(p.typed, ','); i >= 0 {
		p.start += i + 1
		p.typed = p.typed[i+1:]
		p.first = false
	}
}

// option is a candidate and the names, in lower case, that find it.
type option struct {
	Candidate
	name    string
	aliases []string
}

// options gives what may stand at the place to yield, one by one: of the many
// names few are kept.
func (p *place) options(c Candidates) iter.Seq[option] {
	return func(yield func(option) bool) {
		if p.first && !commandOptions(yield) {
			return
		}
		switch {
		case p.flag && p.arg == argObject:
			named(objectFlags(), yield)
		case p.flag:
			named(flagNames(), yield)
		case p.arg == argType, p.arg == argWatchedType:
			typeOptions(c.Types, p.arg == argWatchedType, yield)
		case p.arg == argNamespace:
			namespaceOptions(c.Namespaces, true, yield)
		case p.arg == argOneNamespace:
			namespaceOptions(c.Namespaces, false, yield)
		case p.arg == argContext:
			named(c.Contexts, yield)
		}
	}
}

func commandOptions(yield func(option) bool) bool {
	for _, v := range verbs() {
		if !yield(option{Candidate{v.names[0], v.help}, v.names[0], v.names[1:]}) {
			return false
		}
	}
	return true
}

func named(names []string, yield func(option) bool) {
	for _, name := range names {
		if !yield(option{Candidate: Candidate{Text: name}, name: strings.ToLower(name)}) {
			return
		}
	}
}

// namespaceOptions spares what named does: there may be very many.
func namespaceOptions(names []string, all bool, yield func(option) bool) {
	if all && !yield(option{Candidate: Candidate{allNamespaces, "all namespaces"}, name: allNamespaces}) {
		return
	}
	for _, name := range names {
		if !yield(option{Candidate: Candidate{Text: name}, name: name}) {
			return
		}
	}
}

// typeOptions spells each type in the shortest way that names it alone.
func typeOptions(types []workspace.TypeChoice, onlyWatched bool, yield func(option) bool) {
	taken := map[string]bool{}
	for _, t := range types {
		if onlyWatched && !t.Watched {
			continue
		}
		text := t.Name
		if taken[text] {
			text = t.Arg()
		}
		taken[t.Name] = true
		aliases := append([]string{strings.ToLower(t.Kind)}, t.ShortNames...)
		if !yield(option{Candidate{text, strings.Join(t.ShortNames, ",")}, strings.ToLower(text), aliases}) {
			return
		}
	}
}

// rank keeps the options that what was typed may mean, likeliest first and no
// more than maxCandidates. There are few scores, so that nothing need be sorted.
func rank(typed string, options iter.Seq[option]) []Candidate {
	typed = strings.ToLower(typed)
	var byScore [exactly + 1][]Candidate
	best := exactly
	if typed == "" {
		best = somewhere // nothing scores more
	}
	for o := range options {
		s := o.score(typed)
		if s != never && len(byScore[s]) < maxCandidates {
			byScore[s] = append(byScore[s], o.Candidate)
		}
		if len(byScore[best]) == maxCandidates {
			break
		}
	}
	var list []Candidate
	for s := exactly; s > never; s-- {
		list = append(list, byScore[s]...)
	}
	return list[:min(len(list), maxCandidates)]
}

// How well an option fits what was typed, and where it stands in its names.
const (
	never = iota
	somewhere
	aliasStart
	nameStart
	exactly
)

func (o option) score(typed string) int {
	switch {
	case typed == "":
		return somewhere
	case o.name == typed, slices.Contains(o.aliases, typed):
		return exactly
	case strings.HasPrefix(o.name, typed):
		return nameStart
	case slices.ContainsFunc(o.aliases, func(a string) bool { return strings.HasPrefix(a, typed) }):
		return aliasStart
	case strings.Contains(o.name, typed):
		return somewhere
	}
	return never
}
