package mcp

import (
	"context"
	"slices"

	"github.com/dogwatch/dogwatch/model/relation"
	"github.com/dogwatch/dogwatch/workspace"
)

type relationsQuestion struct {
	objectName
	page
}

type relationsAnswer struct {
	AsOf    string       `json:"as_of"`
	Watches []watchState `json:"watches"`
	// Complete is false where not all could be read in time.
	Complete   bool   `json:"complete"`
	Total      int    `json:"total"`
	Objects    *items `json:"objects"`
	NextCursor string `json:"next_cursor,omitempty"`
}

func (s *Server) listRelations(ctx context.Context, q relationsQuestion) (any, error) {
	var from int
	if err := readCursor(q.Cursor, &from); err != nil {
		return nil, err
	}
	of, kind, _, states, err := s.findObject(ctx, q.objectName)
	if err != nil {
		return nil, err
	}
	relations, err := s.ws.WatchRelations(of, kind)
	if err != nil {
		return nil, err
	}
	defer relations.Close()
	var tree []workspace.Related
	complete, err := s.follow(ctx, relations, func() (bool, error) {
		var err error
		tree, err = relations.Read()
		return !slices.ContainsFunc(tree, isUnread), err
	})
	if err != nil {
		return nil, err
	}
	answer := relationsAnswer{AsOf: stamp(s.opts.Now()), Watches: states, Complete: complete, Total: len(tree), Objects: s.newItems(q.page)}
	for i := min(max(from, 0), len(tree)); i < len(tree); i++ {
		ok, err := answer.Objects.add(itemOfRelated(&tree[i]))
		if err != nil {
			return nil, err
		}
		if !ok {
			answer.NextCursor, err = cursorOf(i)
			return answer, err
		}
	}
	return answer, nil
}

// isUnread tells that something is still to be read.
func isUnread(r workspace.Related) bool {
	return r.More == 0 && (r.Presence == workspace.Unread || r.How == relation.NotKnown && r.Presence != workspace.Hidden)
}

func itemOfRelated(r *workspace.Related) stepItem {
	item := itemOfRelation(&r.Item)
	item.Message = cutText(r.Cause, messageBytes)
	if r.Object == nil && r.More == 0 {
		item.Presence = presenceWord(r.Presence == workspace.Missing, r.Presence == workspace.Hidden)
	}
	return item
}
