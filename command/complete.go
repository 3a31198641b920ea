package command

import (
	"cmp"
	"slices"
	"strings"

	"github.com/dogwatch/dogwatch/workspace"
)

// maxCandidates bounds what Complete gives: nobody reads more.
const maxCandidates = 50

// Candidates are the names that exist now.
type Candidates struct {
	Types      []workspace.TypeChoice
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
// makes no sense gets no candidate.
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
		if len(before) == 1 {
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

// option is a candidate and the other names that find it.
type option struct {
	Candidate
	aliases []string
}

func (p *place) options(c Candidates) []option {
	var list []option
	if p.first {
		for _, v := range verbs() {
			list = append(list, option{Candidate{v.names[0], v.help}, v.names[1:]})
		}
	}
	if p.flag {
		return append(list, named(flagNames(), "")...)
	}
	switch p.arg {
	case argType, argWatchedType:
		list = append(list, typeOptions(c.Types, p.arg == argWatchedType)...)
	case argNamespace:
		list = append(list, option{Candidate: Candidate{allNamespaces, "all namespaces"}})
		list = append(list, named(c.Namespaces, "")...)
	case argContext:
		list = append(list, named(c.Contexts, "")...)
	}
	return list
}

func named(names []string, note string) []option {
	list := make([]option, len(names))
	for i, name := range names {
		list[i] = option{Candidate: Candidate{name, note}}
	}
	return list
}

// typeOptions spells each type in the shortest way that names it alone.
func typeOptions(types []workspace.TypeChoice, onlyWatched bool) []option {
	taken := map[string]bool{}
	var list []option
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
		list = append(list, option{Candidate{text, strings.Join(t.ShortNames, ",")}, aliases})
	}
	return list
}

// rank keeps the options that what was typed may mean, likeliest first.
func rank(typed string, options []option) []Candidate {
	type scored struct {
		Candidate
		score int
	}
	var hits []scored
	for _, o := range options {
		if s := o.score(strings.ToLower(typed)); s > 0 {
			hits = append(hits, scored{o.Candidate, s})
		}
	}
	slices.SortStableFunc(hits, func(a, b scored) int { return cmp.Compare(b.score, a.score) })
	hits = hits[:min(len(hits), maxCandidates)]
	list := make([]Candidate, len(hits))
	for i, h := range hits {
		list[i] = h.Candidate
	}
	return list
}

// score tells how well an option fits what was typed; 0 is not at all.
func (o option) score(typed string) int {
	name := strings.ToLower(o.Text)
	switch {
	case typed == "":
		return 1
	case name == typed, slices.Contains(o.aliases, typed):
		return 4
	case strings.HasPrefix(name, typed):
		return 3
	case slices.ContainsFunc(o.aliases, func(a string) bool { return strings.HasPrefix(a, typed) }):
		return 2
	case strings.Contains(name, typed):
		return 1
	}
	return 0
}
