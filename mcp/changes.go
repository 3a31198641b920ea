package mcp

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/noise"
	"github.com/dogwatch/dogwatch/model/timeline"
	"github.com/dogwatch/dogwatch/workspace"
)

const (
	// mostLooked is how many changes are looked at for one answer.
	mostLooked = 500_000
	// mostBehind is how many are looked at of those that the answer before told, to tell none of them once more.
	mostBehind = 50_000
	// mostOthers are said of those who made changes, where nothing is by the manager that is asked for.
	mostOthers = 20
)

type changesQuestion struct {
	page
	someTypes
	among
	Since   string `json:"since" jsonschema:"how long ago to begin (15m, 2h30m), or a time (2006-01-02T15:04:05Z)"`
	Until   string `json:"until,omitempty" jsonschema:"the same for the end; now without it"`
	Manager string `json:"manager,omitempty" jsonschema:"only changes by a manager with this in its name, such as kubectl, helm or kubelet"`
	Path    string `json:"path,omitempty" jsonschema:"only changes of fields with this in their path, such as spec. or image"`
	Noise   bool   `json:"noise,omitempty" jsonschema:"give changes too that only say that all goes on (heartbeats, counters); else they are counted"`
}

type changesAnswer struct {
	AsOf  string `json:"as_of"`
	Since string `json:"since"`
	// CompleteSince is since when all changes of the types are remembered, where that is later; LookedBackTo is how far the answer goes.
	CompleteSince string `json:"complete_since,omitempty"`
	coverage
	Changes    *items         `json:"changes"`
	Noise      map[string]int `json:"noise,omitempty"`
	NextCursor string         `json:"next_cursor,omitempty"`
}

// before is where to go on backwards in the changes.
type before struct {
	Seq  uint64    `json:"s"`
	Era  uint64    `json:"e"`
	From time.Time `json:"f"`
}

func (s *Server) listChanges(ctx context.Context, q changesQuestion) (any, error) {
	history := s.ws.Timeline()
	if history == nil {
		return nil, workspace.ErrNoHistory
	}
	look, err := s.changesLook(q, history)
	if err != nil {
		return nil, err
	}
	watches, covered, err := s.cover(ctx, q.Type, q.Namespace)
	if err != nil {
		return nil, err
	}
	s.awaitHistory(ctx, watches)
	answer := changesAnswer{
		AsOf: stamp(s.opts.Now()), Since: stamp(look.filter.From), Changes: s.newItems(q.page), Noise: map[string]int{}, coverage: covered.onPage(q.page),
	}
	if s.ws.Snapshot().History.Reading {
		answer.note(stillReading)
	}
	answer.CompleteSince = s.completeSince(watches, look.filter.From)
	look.watches = watches
	next, err := look.read(ctx, &answer)
	if err != nil || next == 0 {
		answer.note(look.doubt(&answer))
		return answer, err
	}
	answer.NextCursor, err = cursorOf(q, before{next, history.Era(), look.filter.From})
	return answer, err
}

// completeSince is since when all changes that watches see are remembered, where that is later than a moment.
func (s *Server) completeSince(watches []workspace.Watched, from time.Time) string {
	var complete time.Time
	for _, w := range watches {
		if since := s.ws.Remembered(w.Watch.Identity()); since.After(complete) {
			complete = since
		}
	}
	if !complete.After(from) {
		return ""
	}
	return stamp(complete)
}

// changesLook is a look through the changes, from the newest on.
type changesLook struct {
	question changesQuestion
	history  *timeline.Timeline
	filter   timeline.Filter
	from     uint64
	judge    *noise.Judge
	watches  []workspace.Watched
	sources  map[timeline.SourceID]*seer // nil for those that are not wanted
	told     timeline.Told
	// others are by whom changes are that the manager of the question has not made.
	others map[string]bool
}

// seer is a source of changes. It is shared where others are of its type, which may tell of the same changes.
type seer struct {
	timeline.Source
	isShared bool
}

func (s *Server) changesLook(q changesQuestion, history *timeline.Timeline) (*changesLook, error) {
	l := &changesLook{question: q, history: history, from: timeline.Newest, judge: s.ws.Noise().NewJudge(), sources: map[timeline.SourceID]*seer{}, others: map[string]bool{}}
	err := q.check()
	if err != nil {
		return nil, err
	}
	if l.filter.From, err = s.pastMoment(q.Since); err != nil {
		return nil, fmt.Errorf("since: %w", err)
	}
	if q.Until != "" {
		if l.filter.To, err = s.moment(q.Until); err != nil {
			return nil, fmt.Errorf("until: %w", err)
		}
		if !l.filter.To.After(l.filter.From) {
			return nil, fmt.Errorf("until: %s is not behind since, which is %s", stamp(l.filter.To), stamp(l.filter.From))
		}
	}
	if q.Name != "" && q.Namespace != "" && !strings.ContainsAny(q.Name, `*?[\`) {
		l.filter.Key = model.Key{Namespace: q.Namespace, Name: q.Name}
	}
	if q.Cursor != "" {
		var at before
		if err := readCursor(q, q.Cursor, &at); err != nil {
			return nil, err
		}
		if at.Era != history.Era() {
			return nil, errCursor
		}
		l.from, l.filter.From = at.Seq, at.From
	}
	return l, nil
}

// read adds changes to an answer. next is where to go on, 0 where there is nothing more.
func (l *changesLook) read(ctx context.Context, a *changesAnswer) (next uint64, err error) {
	l.noteThoseBehind()
	looked := 0
	for r := range l.history.Backward(l.from, l.filter) {
		if looked++; looked%lookEvery == 0 && ctx.Err() != nil {
			return 0, fmt.Errorf("looking through %d changes: %w", looked, ctx.Err())
		}
		if looked > mostLooked {
			a.note(fmt.Sprintf("%d changes were looked at, back to %s: next_cursor goes on", mostLooked, stamp(r.At)))
			return r.Seq + 1, nil
		}
		source := l.source(r.Source)
		if source == nil || !l.wants(&r) || l.isTold(source, &r) {
			continue
		}
		quiet := l.judge.IsNoise(source.GVR.GroupResource(), &r)
		if quiet && !l.question.Noise {
			a.Noise[groupResource(source.GVR)]++
			continue
		}
		item := itemOfRecord(&r, source.Source, l.judge)
		item.Noise = quiet
		ok, err := a.Changes.add(item)
		if err != nil {
			return 0, err
		}
		if !ok {
			return r.Seq + 1, nil
		}
	}
	return 0, nil
}

// isTold tells whether another watch tells of a change, in this answer or in the one before.
func (l *changesLook) isTold(by *seer, r *timeline.Record) bool {
	return by.isShared && l.told.Has(r, 0, timeline.Newest)
}

// noteThoseBehind notes what the answer before has told, as far as others may tell of it once more.
func (l *changesLook) noteThoseBehind() {
	if l.from == timeline.Newest {
		return
	}
	var first time.Time
	looked := 0
	for r := range l.history.Forward(l.from, l.filter) {
		if looked++; first.IsZero() {
			first = r.At
		}
		if looked > mostBehind || r.At.Sub(first) > timeline.LatestTold {
			return
		}
		if source := l.source(r.Source); source != nil && l.wants(&r) {
			l.isTold(source, &r)
		}
	}
}

// source gives the source of a change, nil where it is of no type that is wanted.
func (l *changesLook) source(id timeline.SourceID) *seer {
	if known, ok := l.sources[id]; ok {
		return known
	}
	var wanted *seer
	if source, ok := l.history.Source(id); ok {
		isOf := func(w workspace.Watched) bool {
			of := w.Watch.Identity()
			return of.Cluster == source.Cluster && of.GVR.GroupResource() == source.GVR.GroupResource()
		}
		isOther := func(other timeline.Source) bool {
			return other != source && other.Cluster == source.Cluster && other.GVR == source.GVR
		}
		if l.question.Type == "" || slices.ContainsFunc(l.watches, isOf) {
			wanted = &seer{source, slices.ContainsFunc(l.history.Sources(), isOther)}
		}
	}
	l.sources[id] = wanted
	return wanted
}

func (l *changesLook) wants(r *timeline.Record) bool {
	q := &l.question
	if !q.takes(r.Key) {
		return false
	}
	path := plainPath(q.Path)
	if path != "" && !slices.ContainsFunc(r.Fields, func(f timeline.Field) bool {
		return strings.Contains(string(f.Path), path) || strings.Contains(f.Path.String(), path)
	}) {
		return false
	}
	if q.Manager == "" {
		return true
	}
	by := func(f timeline.Field) bool { return strings.Contains(f.By.Name, q.Manager) }
	if r.By.Name != "" && strings.Contains(r.By.Name, q.Manager) || slices.ContainsFunc(r.Fields, by) {
		return true
	}
	l.noteOthers(r)
	return false
}

// plainPath is a path as changes have it, of one that may be spelled as kubectl's JSONPath.
func plainPath(spelling string) string {
	text := strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(spelling), "{"), "}")
	return strings.TrimPrefix(strings.TrimPrefix(text, "$"), ".")
}

// noteOthers keeps by whom a change is that the manager of the question has not made.
func (l *changesLook) noteOthers(r *timeline.Record) {
	add := func(name string) {
		if name != "" && len(l.others) < mostOthers {
			l.others[name] = true
		}
	}
	add(r.By.Name)
	for i := range r.Fields {
		add(r.Fields[i].By.Name)
	}
}

// doubt says that what an answer does not have may be asked for by a name that is wrong.
func (l *changesLook) doubt(a *changesAnswer) string {
	if len(a.Changes.list) > 0 || len(a.Noise) > 0 || l.question.Cursor != "" {
		return ""
	}
	if len(l.others) > 0 {
		others := slices.Sorted(maps.Keys(l.others))
		return "the changes are by others: " + cutText(strings.Join(others, ", "), messageBytes)
	}
	return l.question.doubt(l.watches)
}
