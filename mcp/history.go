package mcp

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/dogwatch/dogwatch/model/change"
	"github.com/dogwatch/dogwatch/model/jsonscan"
	"github.com/dogwatch/dogwatch/model/versions"
)

type historyQuestion struct {
	objectName
	page
}

type historyAnswerOf struct {
	AsOf      string `json:"as_of"`
	Watches   *items `json:"watches"`
	Type      string `json:"type"`
	Namespace string `json:"namespace,omitempty"`
	Name      string `json:"name"`
	// Remembered is since when changes of anything are; Complete tells that the oldest version is the first that there was.
	Remembered string `json:"changes_remembered_since,omitempty"`
	Complete   bool   `json:"goes_back_to_creation"`
	Total      int    `json:"total"`
	Note       string `json:"note,omitempty"`
	Versions   *items `json:"versions"`
	NextCursor string `json:"next_cursor,omitempty"`
}

// versionsOf gives what is remembered of an object.
func (s *Server) versionsOf(ctx context.Context, name objectName) (of versions.Object, states []watchState, list *versions.List, err error) {
	of, _, _, states, err = s.findObject(ctx, name)
	if err != nil {
		return of, nil, nil, err
	}
	log, err := s.ws.WatchVersions(of)
	if err != nil {
		return of, nil, nil, err
	}
	defer log.Close()
	list, err = log.Read()
	return of, states, list, err
}

func (s *Server) objectHistory(ctx context.Context, q historyQuestion) (any, error) {
	var after *versions.ID
	if err := readCursor(q, q.Cursor, &after); err != nil {
		return nil, err
	}
	of, states, list, err := s.versionsOf(ctx, q.objectName)
	if err != nil {
		return nil, err
	}
	first := 0
	if after != nil {
		if first = list.Find(*after) + 1; first == 0 {
			return nil, errCursor
		}
	}
	answer := historyAnswerOf{
		AsOf: stamp(s.opts.Now()), Watches: s.watches(states), Type: groupResource(of.GVR), Namespace: of.Key.Namespace, Name: of.Key.Name,
		Remembered: stamp(list.Begins), Complete: list.Complete, Total: len(list.Versions), Versions: s.newItems(q.page),
		Note: noteOfReading(list.Reading),
	}
	if list.Cut {
		answer.Note = "more versions are remembered than are listed: diff_object and get_object know only these"
	}
	judge := s.ws.Noise().NewJudge()
	for i := first; i < len(list.Versions); i++ {
		item := itemOfVersion(&list.Versions[i])
		item.showFields(list.Versions[i].Fields, of.GVR.GroupResource(), judge)
		if len(item.By) == 0 {
			item.By = managerNames(list.Versions[i].By)
		}
		ok, err := answer.Versions.add(item)
		if err != nil {
			return nil, err
		}
		if !ok {
			answer.NextCursor, err = cursorOf(q, list.Versions[i-1].ID)
			return answer, err
		}
	}
	return answer, nil
}

func itemOfVersion(v *versions.Version) changeItem {
	item := changeItem{At: stamp(v.At), Version: v.ResourceVersion, Change: kindWord(v.Kind()), Listed: v.Listed, Merged: v.Merged}
	if v.Gap {
		item.Note = "what happened between the version before and this one is not known"
	}
	return item
}

func kindWord(k versions.Kind) string {
	switch k {
	case versions.Created:
		return "created"
	case versions.Deleted:
		return "deleted"
	case versions.Found:
		return "was there before"
	case versions.Entered:
		return "came to match the selector"
	case versions.Left:
		return "no longer matched the selector"
	}
	return "updated"
}

type diffQuestion struct {
	objectName
	From string `json:"from,omitempty" jsonschema:"the older version: its resource_version from object_history, how long ago (15m), or a time; the one before the newest without it"`
	To   string `json:"to,omitempty" jsonschema:"the newer version, in the same way; the newest without it"`
}

type diffAnswer struct {
	AsOf      string     `json:"as_of"`
	Watches   *items     `json:"watches"`
	Type      string     `json:"type"`
	Namespace string     `json:"namespace,omitempty"`
	Name      string     `json:"name"`
	From      changeItem `json:"from"`
	To        changeItem `json:"to"`
	Note      string     `json:"note,omitempty"`
	Total     int        `json:"total"`
	Fields    *items     `json:"fields"`
	// Left tells how many did not fit.
	Left int `json:"left_out,omitempty"`
}

func (s *Server) diffObject(ctx context.Context, q diffQuestion) (any, error) {
	of, states, list, err := s.versionsOf(ctx, q.objectName)
	if err != nil {
		return nil, err
	}
	to := 0
	if q.To != "" {
		if to, err = s.version(list, q.To); err != nil {
			return nil, fmt.Errorf("to: %w", err)
		}
	}
	if len(list.Versions) == 0 {
		return nil, noVersion(list)
	}
	from := list.Before(to)
	if q.From != "" {
		if from, err = s.version(list, q.From); err != nil {
			return nil, fmt.Errorf("from: %w", err)
		}
	}
	if from < 0 {
		err := fmt.Errorf("there is nothing to compare with: %s is the first version that is remembered", list.Versions[to].ResourceVersion)
		if list.Reading {
			err = fmt.Errorf("%w; %s", err, stillReading)
		}
		return nil, err
	}
	if from < to { // the newest is the first
		return nil, fmt.Errorf("from: %s is newer than %s, which is to: exchange them", list.Versions[from].ResourceVersion, list.Versions[to].ResourceVersion)
	}
	answer := diffAnswer{
		AsOf: stamp(s.opts.Now()), Watches: s.watches(states), Type: groupResource(of.GVR), Namespace: of.Key.Namespace, Name: of.Key.Name,
		From: itemOfVersion(&list.Versions[from]), To: itemOfVersion(&list.Versions[to]), Fields: s.newItems(page{Limit: mostItems}),
		Note: noteOfReading(list.Reading),
	}
	return answer, answer.read(ctx, list, from, to)
}

// read finds what differs.
func (a *diffAnswer) read(ctx context.Context, list *versions.List, from, to int) error {
	texts := make([][]byte, 2)
	for i, place := range []int{from, to} {
		var err error
		if texts[i], err = list.JSON(ctx, place); err != nil {
			return fmt.Errorf("making version %s again: %w", list.Versions[place].ResourceVersion, err)
		}
	}
	var differ change.Differ
	fields := differ.Diff(jsonscan.Object{Text: texts[0]}, jsonscan.Object{Text: texts[1]})
	fields = slices.DeleteFunc(fields, func(c change.Change) bool { return c.Path == "metadata.resourceVersion" })
	a.Total = len(fields)
	for i := range fields {
		ok, err := a.Fields.add(fieldItem{Path: string(fields[i].Path), Old: a.value(fields[i].Old), New: a.value(fields[i].New), Moved: fields[i].Moved()})
		if err != nil {
			return err
		}
		if !ok {
			a.Left = len(fields) - i
			break
		}
	}
	return nil
}

// value is a value of a diff, or as much as there is room for.
func (a *diffAnswer) value(raw []byte) []byte {
	room := max(changedValueBytes, a.Fields.room/4)
	if len(raw) <= room {
		return raw
	}
	short, err := encode(tooLong(raw, room))
	if err != nil {
		return nil
	}
	return short
}

// version finds a version by its resource version, or by a moment.
func (s *Server) version(list *versions.List, spelling string) (int, error) {
	if i := slices.IndexFunc(list.Versions, func(v versions.Version) bool { return v.ResourceVersion == spelling }); i >= 0 {
		return i, nil
	}
	at, err := s.moment(spelling)
	if err != nil {
		err := fmt.Errorf("%s is no resource version that is remembered, nor a moment such as 15m or 2006-01-02T15:04:05Z", quoted(spelling))
		if list.Reading {
			err = fmt.Errorf("%w; %s", err, stillReading)
		}
		return 0, err
	}
	if err := s.hasCome(at); err != nil {
		return 0, err
	}
	i, ok := list.At(at)
	if !ok {
		return 0, noVersion(list)
	}
	return i, nil
}

// stillReading is said of a recording that is not read to its beginning yet, by answers that what was before may be missing in.
const stillReading = "the recording is still being read, and more may be known of it in a moment: ask again"

func noteOfReading(isReading bool) string {
	if isReading {
		return stillReading
	}
	return ""
}

var errNoVersion = errors.New("nothing is remembered of that version: object_history tells which there are")

// noVersion is errNoVersion, or says that it may be known in a moment.
func noVersion(list *versions.List) error {
	if list.Reading {
		return fmt.Errorf("%w; %s", errNoVersion, stillReading)
	}
	return errNoVersion
}
