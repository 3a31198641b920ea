package mcp

import (
	"context"
	"errors"
	"math"
	"slices"
	"time"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/problems"
	"github.com/dogwatch/dogwatch/workspace"
)

const (
	// messageBytes is how much of a message is shown.
	messageBytes = 1000
	// judging is how long is waited for what the watches know to be unhealthy to be listed.
	judging = 2 * time.Second
)

type problemsQuestion struct {
	page
	someTypes
	among
	Match string `json:"match,omitempty" jsonschema:"words that kind, namespace, name, reason or message contain; !word for those without"`
}

type problemsAnswer struct {
	AsOf string `json:"as_of"`
	coverage
	Total      int    `json:"total"`
	Problems   *items `json:"problems"`
	NextCursor string `json:"next_cursor,omitempty"`
}

type problemItem struct {
	Type      string `json:"type"`
	Namespace string `json:"namespace,omitempty"`
	Name      string `json:"name"`
	Reason    string `json:"reason,omitempty"`
	Message   string `json:"message,omitempty"`
	Since     string `json:"since,omitempty"`
	// Seen tells that Since is when it was seen first: it may be so for longer.
	Seen bool `json:"since_seen,omitempty"`
}

func (s *Server) listProblems(ctx context.Context, q problemsQuestion) (any, error) {
	var after *problems.Problem
	if err := readCursor(q, q.Cursor, &after); err != nil {
		return nil, err
	}
	filter, err := words(q.Match)
	if err = errors.Join(err, q.check()); err != nil {
		return nil, err
	}
	watches, covered, err := s.cover(ctx, q.Type, q.Namespace)
	if err != nil {
		return nil, err
	}
	s.awaitJudged(ctx)
	answer := problemsAnswer{AsOf: stamp(s.opts.Now()), coverage: covered.onPage(q.page), Problems: s.newItems(q.page)}
	found := s.problems(&q, filter, watches)
	if answer.Total = len(found); answer.Total == 0 {
		answer.note(q.doubt(watches))
	}
	if after != nil {
		found = slices.DeleteFunc(found, func(p *problems.Problem) bool { return problems.Compare(p, after) <= 0 })
	}
	for i, p := range found {
		ok, err := answer.Problems.add(itemOfProblem(p))
		if err != nil {
			return nil, err
		}
		if !ok {
			answer.NextCursor, err = cursorOf(q, placeOfProblem(found[i-1]))
			return answer, err
		}
	}
	return answer, nil
}

// placeOfProblem is what says where a problem stands in the order of problems.
func placeOfProblem(p *problems.Problem) problems.Problem {
	return problems.Problem{ID: p.ID, Since: p.Since, Weight: p.Weight}
}

// problems are those that a question is for, what matters most first.
func (s *Server) problems(q *problemsQuestion, filter model.Filter, watches []workspace.Watched) []*problems.Problem {
	var found []*problems.Problem
	for _, p := range s.ws.Problems().Window(0, math.MaxInt).Problems {
		isOf := func(w workspace.Watched) bool { return w.Resource.GVR.GroupResource() == p.Type }
		if !q.takes(p.Key) || !slices.ContainsFunc(watches, isOf) {
			continue
		}
		if filter.Empty() || filter.Match(&model.Object{Key: p.Key}, p.Kind, p.Reason, p.Message) {
			found = append(found, p)
		}
	}
	return found
}

// awaitJudged waits a moment until what the watches know to be unhealthy is listed.
func (s *Server) awaitJudged(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, judging)
	defer cancel()
	s.opts.Marks.wait(ctx, func() bool {
		most := map[string]int{} // several watches may have the same objects
		for _, w := range s.ws.Watches() {
			name := groupResource(w.Resource.GVR)
			most[name] = max(most[name], w.Watch.Store().Unhealthy())
		}
		unhealthy := 0
		for _, n := range most {
			unhealthy += n
		}
		return s.ws.Problems().Len() >= unhealthy
	})
}

func itemOfProblem(p *problems.Problem) problemItem {
	return problemItem{
		Type: p.Type.String(), Namespace: p.Namespace, Name: p.Name, Reason: cutText(p.Reason, messageBytes), Message: cutText(p.Message, messageBytes),
		Since: stamp(p.Since), Seen: p.Seen,
	}
}
