package mcp

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/workspace"
)

// lookEvery is after how many objects it is looked whether the answer is still wanted.
const lookEvery = 256

type queryQuestion struct {
	page
	Type      string   `json:"type" jsonschema:"type or category as for kubectl: pods, deployments.apps, all; several with commas between"`
	Namespace string   `json:"namespace,omitempty" jsonschema:"only this namespace; all that are watched without it"`
	Name      string   `json:"name,omitempty" jsonschema:"only objects of this name; * and ? stand for anything, as in api-*"`
	Filter    string   `json:"filter,omitempty" jsonschema:"dogwatch's filter: words that namespace, name or printed cells contain, regular expressions, !word for those without, -l app=web for labels; all have to fit"`
	Health    string   `json:"health,omitempty" jsonschema:"only objects that are so: unhealthy, progressing, healthy or unknown"`
	Fields    []string `json:"fields,omitempty" jsonschema:"fields to give instead of the printed columns, as kubectl's JSONPath: .spec.replicas, .spec.containers[*].image, .status.conditions[?(@.type=='Ready')].status"`
	CountOnly bool     `json:"count_only,omitempty" jsonschema:"give the number of objects alone"`
}

type queryAnswer struct {
	AsOf       string       `json:"as_of"`
	Watches    []watchState `json:"watches"`
	Total      int          `json:"total"`
	Objects    *items       `json:"objects,omitempty"`
	NextCursor string       `json:"next_cursor,omitempty"`
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

func (s *Server) queryObjects(ctx context.Context, q queryQuestion) (any, error) {
	wanted, err := q.parse()
	if err != nil {
		return nil, err
	}
	list := s.newItems(q.page)
	asked, err := parseFields(q.Fields, list.room)
	if err != nil {
		return nil, err
	}
	var after *place
	if err := readCursor(q.Cursor, &after); err != nil {
		return nil, err
	}
	watches, states, err := s.watched(ctx, q.Type, q.Namespace)
	if err != nil {
		return nil, err
	}
	found, err := wanted.find(ctx, watches)
	if err != nil {
		return nil, err
	}
	answer := queryAnswer{AsOf: stamp(s.opts.Now()), Watches: states, Total: len(found)}
	if q.CountOnly {
		return answer, nil
	}
	answer.Objects = list
	for i, f := range found {
		if after != nil && f.compare(*after) <= 0 {
			continue
		}
		item, err := itemOf(watches[f.Type], f.object, asked, len(watches) > 1)
		if err != nil {
			return nil, err
		}
		ok, err := list.add(item)
		if err != nil {
			return nil, err
		}
		if !ok {
			answer.NextCursor, err = cursorOf(found[i-1].place)
			return answer, err
		}
	}
	return answer, nil
}

// itemOf is an object as an answer has it: with the fields that were asked for, or as kubectl prints it.
func itemOf(w workspace.Watched, o *model.Object, asked *fields, named bool) (objectItem, error) {
	item := objectItem{Namespace: o.Namespace, Name: o.Name, Created: stamp(o.CreatedAt()), Deleting: o.Deleting}
	if named {
		item.Type = groupResource(w.Resource.GVR)
	}
	if o.Health.Level != model.Unknown {
		item.Health, item.Reason = levelWord(o.Health.Level), o.Health.Reason
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

// wanted says which objects a question is for.
type wanted struct {
	namespace, name string
	filter          model.Filter
	level           *model.Level
}

func (q *queryQuestion) parse() (*wanted, error) {
	w := &wanted{namespace: q.Namespace, name: q.Name, filter: model.ParseFilter(q.Filter)}
	if err := w.filter.Err(); err != nil {
		return nil, fmt.Errorf("the filter %q: %w", q.Filter, err)
	}
	if _, err := path.Match(q.Name, ""); err != nil {
		return nil, fmt.Errorf("the name %q: %w", q.Name, err)
	}
	if q.Health != "" {
		levels := []model.Level{model.Unknown, model.Healthy, model.Progressing, model.Unhealthy}
		i := slices.IndexFunc(levels, func(l model.Level) bool { return levelWord(l) == q.Health })
		if i < 0 {
			return nil, errors.New("health is one of unhealthy, progressing, healthy, unknown")
		}
		w.level = &levels[i]
	}
	return w, nil
}

// takes tells whether an object is wanted, but for its filter.
func (w *wanted) takes(o *model.Object) bool {
	if w.namespace != "" && o.Namespace != w.namespace || w.level != nil && o.Health.Level != *w.level {
		return false
	}
	return w.name == "" || isNamed(o.Name, w.name)
}

// isNamed tells whether a name fits a pattern, which is known to be right.
func isNamed(name, pattern string) bool {
	fits, err := path.Match(pattern, name)
	return err == nil && fits
}

// find gives the objects that are wanted, in the order of their places. A store takes no change while it is read, so what takes time is
// done behind that.
func (w *wanted) find(ctx context.Context, watches []workspace.Watched) ([]foundObject, error) {
	var found []foundObject
	for i, watched := range watches {
		watched.Watch.Store().Each(func(o *model.Object) bool {
			if w.takes(o) {
				found = append(found, foundObject{place{i, o.Namespace, o.Name}, o})
			}
			return true
		})
	}
	var failed error
	looked := 0
	found = slices.DeleteFunc(found, func(f foundObject) bool {
		if looked++; looked%lookEvery == 0 && failed == nil {
			failed = ctx.Err()
		}
		return failed != nil || !w.filter.Empty() && !w.filter.Match(f.object)
	})
	if failed != nil {
		return nil, fmt.Errorf("looking through %d objects: %w", looked, failed)
	}
	slices.SortFunc(found, func(a, b foundObject) int { return a.compare(b.place) })
	return found, nil
}

// groupResource names a type in an answer.
func groupResource(gvr schema.GroupVersionResource) string { return gvr.GroupResource().String() }
