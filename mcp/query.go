package mcp

import (
	"cmp"
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/model"
)

type queryQuestion struct {
	page
	Type string `json:"type" jsonschema:"type or category as for kubectl: pods, deployments.apps, all; several with commas between"`
	among
	Match     string   `json:"match,omitempty" jsonschema:"words that namespace, name or printed cells contain, regular expressions, !word for those without, -l app=web for labels; all have to fit"`
	Filter    string   `json:"filter,omitempty" jsonschema:"an expression in CEL, with Kubernetes' libraries, of which object (and now, the time) is known: object.status.phase != 'Running'; what may be missing is asked for as object.?spec.?nodeName.orValue('')"`
	Health    string   `json:"health,omitempty" jsonschema:"only objects that are so: unhealthy, progressing, healthy or unknown"`
	Fields    []string `json:"fields,omitempty" jsonschema:"fields to give instead of the printed columns, as kubectl's JSONPath: .spec.replicas, .spec.containers[*].image, .status.conditions[?(@.type=='Ready')].status"`
	CountOnly bool     `json:"count_only,omitempty" jsonschema:"give the number of objects alone"`
}

type queryAnswer struct {
	AsOf    string `json:"as_of"`
	Watches *items `json:"watches"`
	// Total is how many fit, with those that answers before gave.
	Total int `json:"total"`
	// NotJudged are those of which the filter could not be told, and Note says where there was not all looked at.
	NotJudged  *notJudged `json:"not_judged,omitempty"`
	Note       string     `json:"note,omitempty"`
	Objects    *items     `json:"objects,omitempty"`
	NextCursor string     `json:"next_cursor,omitempty"`
}

// objectItem is an object in an answer.
type objectItem struct {
	Type      string                     `json:"type,omitempty"`
	Namespace string                     `json:"namespace,omitempty"`
	Name      string                     `json:"name"`
	Health    string                     `json:"health,omitempty"`
	Reason    string                     `json:"reason,omitempty"`
	Created   string                     `json:"created,omitempty"`
	Deleting  bool                       `json:"deleting,omitempty"`
	Cells     map[string]string          `json:"cells,omitempty"`
	Fields    map[string]json.RawMessage `json:"fields,omitempty"`
}

// place is where an object stands in the order of an answer.
type place struct {
	Type      int    `json:"t"`
	Namespace string `json:"n"`
	Name      string `json:"o"`
}

func (p place) compare(other place) int {
	return cmp.Or(cmp.Compare(p.Type, other.Type), strings.Compare(p.Namespace, other.Namespace), strings.Compare(p.Name, other.Name))
}

type foundObject struct {
	place
	object *model.Object
}

// behind is where an answer goes on, and how many objects those before gave.
type behind struct {
	place
	Given int `json:"g"`
}

func (s *Server) queryObjects(ctx context.Context, q queryQuestion) (any, error) {
	wanted, err := s.wanted(&q)
	if err != nil {
		return nil, err
	}
	list := s.newItems(q.page)
	asked, err := parseFields(q.Fields, list.room)
	if err != nil {
		return nil, err
	}
	var after *behind
	if err := readCursor(q, q.Cursor, &after); err != nil {
		return nil, err
	}
	sources, states, err := s.watched(ctx, q.Type, q.Namespace)
	if err != nil {
		return nil, err
	}
	look, err := wanted.look(ctx, sources, after)
	if err != nil {
		return nil, err
	}
	answer := queryAnswer{AsOf: stamp(s.opts.Now()), Watches: s.watches(states), Total: look.given + len(look.found), NotJudged: look.notJudged, Note: look.note()}
	if answer.Total == 0 {
		answer.Note = notes(answer.Note, q.doubt(flat(sources)))
	}
	if q.CountOnly {
		look.given += len(look.found)
		answer.NextCursor, err = look.rest(q)
		return answer, err
	}
	answer.Objects = list
	answer.NextCursor, err = look.list(q, list, sources, asked)
	if len(list.list) > 0 {
		answer.Note = notes(answer.Note, asked.missed())
	}
	return answer, err
}

// list adds what was found as far as there is room, and gives the cursor to go on with.
func (l *looked) list(q queryQuestion, to *items, sources []source, asked *fields) (next string, err error) {
	for i, f := range l.found {
		item, err := itemOf(sources[f.Type], f.object, asked, len(sources) > 1)
		if err != nil {
			return "", err
		}
		ok, err := to.add(item)
		if err != nil {
			return "", err
		}
		if !ok {
			return cursorOf(q, behind{l.found[i-1].place, l.given + i})
		}
	}
	l.given += len(l.found)
	return l.rest(q)
}

// itemOf is an object as an answer has it: with the fields that were asked for, or as kubectl prints it.
func itemOf(from source, o *model.Object, asked *fields, named bool) (objectItem, error) {
	item := objectItem{Namespace: o.Namespace, Name: o.Name, Created: stamp(o.CreatedAt()), Deleting: o.Deleting}
	if named {
		item.Type = groupResource(from.resource.GVR)
	}
	if o.Health.Level != model.Unknown {
		item.Health, item.Reason = levelWord(o.Health.Level), cutText(o.Health.Reason, messageBytes)
	}
	if len(asked.paths) > 0 {
		var err error
		item.Fields, err = asked.of(o)
		return item, err
	}
	item.Cells = cellsOf(o, asked.room)
	return item, nil
}

// cellsOf are the cells that kubectl prints without -o wide, but for name and age.
func cellsOf(o *model.Object, room int) map[string]string {
	cells := map[string]string{}
	for i, c := range o.Columns.List {
		if c.Wide || c.IsName || i >= len(o.Cells) || strings.EqualFold(c.Name, "age") {
			continue
		}
		cell := o.Cells[i]
		if seconds, err := strconv.ParseInt(cell, 10, 64); c.Kind == model.Date && err == nil {
			cell = stamp(time.Unix(seconds, 0))
		}
		cells[c.Name] = cutText(cell, room/max(1, len(o.Columns.List)))
	}
	return cells
}

func levelWord(l model.Level) string {
	switch l {
	case model.Healthy:
		return "healthy"
	case model.Progressing:
		return "progressing"
	case model.Unhealthy:
		return "unhealthy"
	}
	return "unknown"
}

// groupResource names a type in an answer.
func groupResource(gvr schema.GroupVersionResource) string { return gvr.GroupResource().String() }
