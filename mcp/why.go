package mcp

import (
	"context"

	"github.com/dogwatch/dogwatch/model/change"
	"github.com/dogwatch/dogwatch/model/relation"
	"github.com/dogwatch/dogwatch/model/why"
)

type whyAnswer struct {
	AsOf    string `json:"as_of"`
	Watches *items `json:"watches"`
	// Well tells that nothing is known to be wrong; Complete is false where not all could be read in time.
	Well     bool     `json:"well"`
	Complete bool     `json:"complete"`
	Missing  []string `json:"not_read_yet,omitempty"` // the types of which something is not
	Note     string   `json:"note,omitempty"`
	// Steps lead from the object to the cause, which is the last.
	Steps []stepItem `json:"steps"`
	// Event is what the server says of one of the steps.
	Event *eventItem `json:"event,omitempty"`
	Began string     `json:"trouble_began,omitempty"`
	// Changes are those before it began, the newest first.
	Changes *items `json:"changes_before"`
	// Since is since when changes are remembered; NotRemembered are types on the way whose changes are not.
	Since         string     `json:"changes_remembered_since,omitempty"`
	NotRemembered []string   `json:"changes_not_remembered_of,omitempty"`
	NotReadable   []stepItem `json:"may_not_be_read,omitempty"`
	// Also are others that are named and not well, though nothing says that they matter.
	Also *items `json:"also_not_well"`
}

// stepItem is an object on the way to a cause, or in a tree of relations.
type stepItem struct {
	Type      string `json:"type"`
	Namespace string `json:"namespace,omitempty"`
	Name      string `json:"name,omitempty"`
	Relation  string `json:"relation,omitempty"`
	Via       string `json:"via,omitempty"`
	Depth     int    `json:"depth,omitempty"`
	// Presence is missing, not readable, or not known yet, of what is not there.
	Presence string `json:"presence,omitempty"`
	Health   string `json:"health,omitempty"`
	Reason   string `json:"reason,omitempty"`
	Message  string `json:"message,omitempty"`
	Since    string `json:"since,omitempty"`
	// Others is how many others, which relate in the same way, are not well either.
	Others   int  `json:"others_not_well,omitempty"`
	Optional bool `json:"optional,omitempty"`
	// More stands for so many objects that are left out.
	More int `json:"more,omitempty"`
}

type eventItem struct {
	Of      stepItem `json:"of"`
	Reason  string   `json:"reason"`
	Message string   `json:"message"`
	Source  string   `json:"source,omitempty"`
	Count   int      `json:"count,omitempty"`
	Last    string   `json:"last,omitempty"`
}

func (s *Server) explain(ctx context.Context, name objectName) (any, error) {
	of, kind, _, states, err := s.findObject(ctx, name)
	if err != nil {
		return nil, err
	}
	reasons, err := s.ws.WatchReasons(of, kind)
	if err != nil {
		return nil, err
	}
	defer reasons.Close()
	var found *why.Answer
	missing, err := s.follow(ctx, reasons, func() ([]string, error) {
		var err error
		if found, err = reasons.Read(); err != nil {
			return nil, err
		}
		return unreadOf(found), nil
	})
	if err != nil {
		return nil, err
	}
	return s.fittingAnswer(found, states, missing)
}

// fittingAnswer has as much of each message as there is room for.
func (s *Server) fittingAnswer(found *why.Answer, states []watchState, missing []string) (any, error) {
	for most := messageBytes; ; most /= 2 {
		answer, err := s.whyAnswer(found, states, missing, most)
		if err != nil || most < leastValueBytes {
			return answer, err
		}
		if text, err := encode(answer); err != nil || len(text) <= s.opts.AnswerBytes {
			return answer, err
		}
	}
}

// unreadOf names the types of what more is to be expected in an answer.
func unreadOf(a *why.Answer) []string {
	var all []string
	for i := range a.Steps {
		if a.Steps[i].Object == nil && a.Steps[i].Presence == why.Unread {
			all = append(all, a.Steps[i].ID.Type.String())
		}
	}
	for _, it := range a.Wanted {
		all = append(all, it.ID.Type.String())
	}
	for _, of := range a.Needed {
		all = append(all, groupResource(of.GVR))
	}
	return all
}

func (s *Server) whyAnswer(a *why.Answer, states []watchState, missing []string, most int) (any, error) {
	answer := whyAnswer{
		AsOf: stamp(s.opts.Now()), Watches: s.watches(states), Well: a.IsWell(), Complete: len(missing) == 0, Missing: missing, Began: stamp(a.Began), Since: stamp(a.Since), Note: noteOfReading(a.Reading),
		Changes: s.newItems(page{}), Also: s.newItems(page{Limit: 20}),
	}
	// The steps, the changes and what else is not well share the room.
	answer.Changes.room /= 3
	answer.Also.room /= 3
	for i := range a.Steps {
		answer.Steps = append(answer.Steps, itemOfStep(&a.Steps[i], most))
	}
	if a.Event != nil && a.EventOf < len(a.Steps) {
		answer.Event = &eventItem{
			Of: stepName(a.Steps[a.EventOf].Item), Reason: a.Event.Reason, Message: cutText(a.Event.Message, most),
			Source: a.Event.Source, Count: a.Event.Count, Last: stamp(a.Event.Last),
		}
	}
	for _, of := range a.Forgotten {
		answer.NotRemembered = append(answer.NotRemembered, groupResource(of.GVR))
	}
	for _, it := range a.Hidden {
		if len(answer.NotReadable) < 10 {
			answer.NotReadable = append(answer.NotReadable, stepName(it))
		}
	}
	for i := range a.Changes {
		if ok, err := answer.Changes.add(itemOfCause(&a.Changes[i])); err != nil || !ok {
			return answer, err
		}
	}
	for i := range a.Also {
		if ok, err := answer.Also.add(itemOfStep(&a.Also[i], most)); err != nil || !ok {
			return answer, err
		}
	}
	return answer, nil
}

func stepName(it relation.Item) stepItem {
	return stepItem{Type: it.ID.Type.String(), Namespace: it.ID.Namespace, Name: it.ID.Name}
}

func itemOfStep(step *why.Step, most int) stepItem {
	item := itemOfRelation(&step.Item)
	item.Depth, item.Others = 0, step.Others
	if step.Object == nil {
		item.Presence = presenceWord(step.Presence == why.Missing, step.Presence == why.Hidden)
		return item
	}
	item.Health, item.Reason = levelWord(step.Finding.Level), cutText(step.Finding.Reason, most)
	item.Message, item.Since = cutText(step.Finding.Message, most), stamp(step.Finding.Since)
	return item
}

func itemOfRelation(it *relation.Item) stepItem {
	item := stepName(*it)
	item.Relation, item.Via, item.Depth, item.Optional, item.More = relationWord(it.How), it.Via, it.Depth, it.Optional, it.More
	if it.Object != nil {
		item.Health, item.Reason = levelWord(it.Object.Health.Level), cutText(it.Object.Health.Reason, messageBytes)
	}
	return item
}

func relationWord(how relation.How) string {
	switch how {
	case relation.Owned:
		return "owned"
	case relation.RefersTo:
		return "referred to"
	case relation.Selects:
		return "selected"
	case relation.SelectedBy:
		return "selects it"
	case relation.ReferredBy:
		return "refers to it"
	case relation.NotKnown:
		return "not known"
	}
	return "" // the object itself, or its owners
}

func presenceWord(missing, hidden bool) string {
	switch {
	case missing:
		return "missing"
	case hidden:
		return "may not be read"
	}
	return "not known yet"
}

func itemOfCause(c *why.Change) changeItem {
	item := changeItem{
		At: stamp(c.At), Type: c.Item.ID.Type.String(), Namespace: c.Item.ID.Namespace, Name: c.Item.ID.Name, Change: verbs(c.Type),
		By: managerNames([]change.Manager{c.By}), More: c.More,
	}
	if c.Path != "" {
		item.Fields = []fieldItem{{Path: string(c.Path), Old: shortValue(c.Old), New: shortValue(c.New), Moved: c.Moved}}
	}
	return item
}
