package mcp

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/dogwatch/dogwatch/informers"
	"github.com/dogwatch/dogwatch/workspace"
)

// coverage says in an answer that may be of many types of which it is, and what may be missing in it.
type coverage struct {
	// Types are those of which a whole list was there once.
	Types *items `json:"types_watched,omitempty"`
	// NotLive are watches that do not tell the present state, or not all of it.
	NotLive *items `json:"watches_not_live,omitempty"`
	// Unknown is what was asked for at the start, and is not watched.
	Unknown *items `json:"types_not_known,omitempty"`
	Note    string `json:"note,omitempty"`
}

// note says one thing more.
func (c *coverage) note(said string) { c.Note = notes(c.Note, said) }

// onPage is what is said on a page: the first names the types.
func (c coverage) onPage(p page) coverage {
	if p.Cursor != "" {
		c.Types = nil
	}
	return c
}

// cover gives the watches of the types that are named, each once it is live or known not to be, and what they cover; where none is named all that there are.
func (s *Server) cover(ctx context.Context, types, namespace string) ([]workspace.Watched, coverage, error) {
	if types == "" {
		if err := s.inScope(namespace); err != nil {
			return nil, coverage{}, err
		}
		watches, unknown := s.settle(ctx)
		return watches, s.coverageOf(watches, unknown), nil
	}
	sources, states, err := s.watched(ctx, types, namespace)
	if err != nil {
		return nil, coverage{}, err
	}
	watches := flat(sources)
	c := s.coverageOf(watches, nil)
	for _, state := range states {
		if strings.HasPrefix(state.Note, watchedFromNowOn) {
			c.note(state.Type + " is " + state.Note)
		}
	}
	return watches, c, nil
}

func (s *Server) coverageOf(watches []workspace.Watched, unknown []unknownTypes) coverage {
	var types []string
	var notLive []watchState
	for _, w := range watches {
		state := s.stateOf(w)
		if state.Complete {
			types = append(types, state.Type)
		}
		if state.State != informers.Live.String() {
			notLive = append(notLive, state)
		}
	}
	slices.Sort(types)
	room := s.opts.AnswerBytes / 12 // of the quarter that the items leave
	return coverage{Types: beside(slices.Compact(types), room), NotLive: beside(notLive, room), Unknown: beside(unknown, room)}
}

// beside is a list of texts, or of what is made of texts and numbers, that is said beside the items of an answer, as far as there is room; what is left
// out is counted.
func beside[T any](all []T, room int) *items {
	if len(all) == 0 {
		return nil
	}
	list := &items{most: defaultItems, room: room}
	for i, one := range all {
		if ok, err := list.add(one); err != nil || !ok {
			list.list = append(list.list, fmt.Appendf(nil, `{"more":%d}`, len(all)-i))
			break
		}
	}
	return list
}

// watches says how those are that an answer comes from.
func (s *Server) watches(states []watchState) *items { return beside(states, s.opts.AnswerBytes/8) }

// settle waits until all watches are live or known not to be, and gives them, and what was asked for at the start and is not watched.
func (s *Server) settle(ctx context.Context) (watches []workspace.Watched, unknown []unknownTypes) {
	s.awaitTypes(ctx)
	ctx, cancel := context.WithTimeout(ctx, s.opts.Patience)
	defer cancel()
	s.opts.Marks.wait(ctx, func() bool {
		unknown = unknownOf(s.ws.Snapshot().Tabs) // before the watches, which a tab may be given meanwhile
		watches = s.ws.Watches()
		return !slices.ContainsFunc(watches, func(w workspace.Watched) bool { return !s.isSettled(w) })
	})
	return watches, unknown
}

// isAwaited tells that the server is being asked for the types of a tab, and has not failed to answer.
func isAwaited(t workspace.Tab) bool { return !t.Resolved && t.Problem == "" && t.Pending == "" }

// unknownTypes are asked for by the command line or the configuration, and are no types or not known yet.
type unknownTypes struct {
	Asked  string `json:"asked_for"`
	Reason string `json:"reason"`
}

func unknownOf(tabs []workspace.Tab) []unknownTypes {
	var all []unknownTypes
	for _, t := range tabs {
		if len(t.Sources) == 0 || t.Problem != "" {
			reason := cmp.Or(t.Problem, t.Pending, "the server has not told its types yet")
			if t.Waits {
				reason = "there is no such type now"
			}
			all = append(all, unknownTypes{cutText(t.Title, reasonBytes), cutText(strings.ReplaceAll(reason, "\n", "; "), reasonBytes)})
		}
	}
	return all
}
