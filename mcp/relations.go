package mcp

import (
	"context"

	"github.com/dogwatch/dogwatch/model/relation"
	"github.com/dogwatch/dogwatch/workspace"
)

type relationsQuestion struct {
	objectName
	page
}

type relationsAnswer struct {
	AsOf    string `json:"as_of"`
	Watches *items `json:"watches"`
	// Complete is false where not all could be read in time, and Missing are the types of that.
	Complete   bool     `json:"complete"`
	Missing    []string `json:"not_read_yet,omitempty"`
	Total      int      `json:"total"`
	Objects    *items   `json:"objects"`
	NextCursor string   `json:"next_cursor,omitempty"`
}

func (s *Server) listRelations(ctx context.Context, q relationsQuestion) (any, error) {
	var after *branch
	if err := readCursor(q, q.Cursor, &after); err != nil {
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
	missing, err := s.follow(ctx, relations, func() (unread []string, err error) {
		tree, err = relations.Read()
		for i := range tree {
			if isUnread(&tree[i]) {
				unread = append(unread, tree[i].ID.Type.String())
			}
		}
		return unread, err
	})
	if err != nil {
		return nil, err
	}
	answer := relationsAnswer{AsOf: stamp(s.opts.Now()), Watches: s.watches(states), Complete: len(missing) == 0, Missing: missing, Total: len(tree), Objects: s.newItems(q.page)}
	for i := after.next(tree); i < len(tree); i++ {
		ok, err := answer.Objects.add(itemOfRelated(&tree[i]))
		if err != nil {
			return nil, err
		}
		if !ok {
			answer.NextCursor, err = cursorOf(q, branchOf(&tree[i-1], i-1))
			return answer, err
		}
	}
	return answer, nil
}

// branch is an object in a tree of relations, and where it was there.
type branch struct {
	ID    relation.ID  `json:"i"`
	How   relation.How `json:"h"`
	Via   string       `json:"v,omitempty"`
	Depth int          `json:"d,omitempty"`
	Place int          `json:"p"`
}

func branchOf(r *workspace.Related, place int) branch {
	return branch{ID: r.ID, How: r.How, Via: r.Via, Depth: r.Depth, Place: place}
}

// next is where an answer goes on: behind the object, or where it was if it is there no more.
func (b *branch) next(tree []workspace.Related) int {
	if b == nil {
		return 0
	}
	for i := range tree {
		if branchOf(&tree[i], b.Place) == *b {
			return i + 1
		}
	}
	return min(max(b.Place, 0), len(tree))
}

// isUnread tells that something is still to be read.
func isUnread(r *workspace.Related) bool {
	return r.More == 0 && r.Presence == workspace.Unread
}

func itemOfRelated(r *workspace.Related) stepItem {
	item := itemOfRelation(&r.Item)
	item.Message = cutText(r.Cause, messageBytes)
	if r.Object == nil && r.More == 0 {
		item.Presence = presenceWord(r.Presence == workspace.Missing, r.Presence == workspace.Hidden)
	}
	if r.Presence == workspace.Unwatched {
		item.Presence = "not watched"
	}
	return item
}
