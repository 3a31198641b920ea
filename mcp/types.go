package mcp

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/dogwatch/dogwatch/workspace"
)

type typesQuestion struct {
	page
	Match       string `json:"match,omitempty" jsonschema:"only types with this in their name, kind, short names or categories"`
	WatchedOnly bool   `json:"watched_only,omitempty" jsonschema:"only types that are watched now"`
}

type typesAnswer struct {
	AsOf      string `json:"as_of"`
	Context   string `json:"context"`
	Namespace string `json:"namespace"`
	// Problem says what is wrong with the connection.
	Problem string   `json:"problem,omitempty"`
	Down    []string `json:"groups_that_do_not_answer,omitempty"`
	// Problems are those of the recording: of a part that cannot be read nothing is known.
	Problems *items `json:"recording_problems,omitempty"`
	// Unknown is what the command line or the configuration names and is no type, or not known yet.
	Unknown    []unknownTypes `json:"types_not_known,omitempty"`
	History    *historyAnswer `json:"history,omitempty"`
	Total      int            `json:"total"`
	Types      *items         `json:"types"`
	NextCursor string         `json:"next_cursor,omitempty"`
}

// historyAnswer says what is remembered of changes.
type historyAnswer struct {
	Changes int    `json:"changes"`
	Oldest  string `json:"oldest,omitempty"`
	Note    string `json:"note,omitempty"`
}

// typeItem is a type in an answer.
type typeItem struct {
	Type       string   `json:"type"`
	Kind       string   `json:"kind"`
	Version    string   `json:"version"`
	Namespaced bool     `json:"namespaced"`
	ShortNames []string `json:"short_names,omitempty"`
	Categories []string `json:"categories,omitempty"`
	Watches    *items   `json:"watches,omitempty"`
	Forbidden  string   `json:"forbidden,omitempty"`
	NotServing bool     `json:"does_not_answer,omitempty"`
}

func (s *Server) listTypes(ctx context.Context, q typesQuestion) (any, error) {
	var after string
	if err := readCursor(q, q.Cursor, &after); err != nil {
		return nil, err
	}
	s.awaitTypes(ctx)
	snapshot := s.ws.Snapshot()
	answer := typesAnswer{
		AsOf: stamp(s.opts.Now()), Context: snapshot.Context, Namespace: cmp.Or(snapshot.Namespace, "all"), Problem: snapshot.Problem.Summary,
		Down: snapshot.Down, Problems: beside(s.opts.Problems(), s.opts.AnswerBytes/12), Unknown: unknownOf(snapshot.Tabs), Types: s.newItems(q.page),
	}
	if s.ws.Timeline() != nil {
		answer.History = &historyAnswer{snapshot.History.Changes, stamp(snapshot.History.Oldest), noteOfReading(snapshot.History.Reading)}
	}
	all := s.types(q)
	answer.Total = len(all)
	for i, item := range all {
		if item.Type <= after {
			continue
		}
		ok, err := answer.Types.add(item)
		if err != nil {
			return nil, err
		}
		if !ok {
			answer.NextCursor, err = cursorOf(q, all[i-1].Type)
			return answer, err
		}
	}
	return answer, nil
}

// types are those that a question is for, by name.
func (s *Server) types(q typesQuestion) []typeItem {
	watches := map[string][]workspace.Watched{}
	for _, w := range s.ws.Watches() {
		name := groupResource(w.Resource.GVR)
		watches[name] = append(watches[name], w)
	}
	var all []typeItem
	add := func(c workspace.TypeChoice) {
		item := typeItem{
			Type: c.Arg(), Kind: c.Kind, Version: c.Version, Namespaced: c.Namespaced, ShortNames: c.ShortNames,
			Categories: c.Categories, Forbidden: c.Forbidden, NotServing: c.NotServing,
		}
		if of := watches[c.Arg()]; len(of) > 0 {
			states := make([]watchState, len(of))
			for i, w := range of {
				states[i] = s.stateOf(w)
			}
			item.Watches = s.watches(states)
			delete(watches, c.Arg())
		} else if q.WatchedOnly {
			return
		}
		if matchesType(c, strings.ToLower(q.Match)) {
			all = append(all, item)
		}
	}
	for _, c := range s.ws.Choices() {
		add(c)
	}
	for _, of := range watches { // gone, or not known to the whole catalog yet
		r := of[0].Resource
		add(workspace.TypeChoice{Name: r.GVR.Resource, Group: r.GVR.Group, Version: r.GVR.Version, Kind: r.Kind, Namespaced: r.Namespaced, ShortNames: r.ShortNames})
	}
	slices.SortFunc(all, func(a, b typeItem) int { return strings.Compare(a.Type, b.Type) })
	return all
}

func matchesType(c workspace.TypeChoice, match string) bool {
	if match == "" {
		return true
	}
	names := append(append([]string{c.Arg(), strings.ToLower(c.Kind)}, c.ShortNames...), c.Categories...)
	return slices.ContainsFunc(names, func(name string) bool { return strings.Contains(name, match) })
}
