package faults

import (
	"bytes"
	"cmp"
	"encoding/json"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/dogwatch/dogwatch/informers"
)

// oddity is a server that says wrong things in good JSON.
type oddity struct {
	// events makes what changes the events of one stream; over tells that this one is to be right, and what was kept back.
	events func() func(e *event, over bool) [][]byte
	// list changes the rows of a list.
	list func(*tableRow)
	skew time.Duration
	// unlike tells that what the server says cannot be believed, so that all is listed anew; else the watch stays live throughout.
	unlike bool
	// heavy tells that a slow machine takes so long that the server may give the stream up.
	heavy bool
	// events that are odd before it is over; 50 if 0.
	enough int64
}

func oddities() map[string]oddity {
	return map[string]oddity{
		"rows with a cell too few":        {events: rows(dropCell), list: dropCell, unlike: true},
		"rows with a cell too many":       {events: rows(addCell), list: addCell, unlike: true},
		"events twice":                    {events: each(twice)},
		"events out of order":             {events: late(func(*event) bool { return true }), unlike: true},
		"deletions after what comes next": {events: late(func(e *event) bool { return e.Type == "DELETED" }), unlike: true},
		"a bookmark without a version":    {events: bookmarked("")},
		"a bookmark that is no number":    {events: bookmarked("nonsense")},
		"a bookmark from long ago":        {events: bookmarked("1"), unlike: true},
		"a bookmark from the future":      {events: bookmarked("9007199254740993"), unlike: true},
		"objects of 3 MB":                 {events: rows(fatten), enough: objects + 5, heavy: true},
		"a clock that is an hour ahead":   {skew: time.Hour},
		"a clock that is an hour behind":  {skew: -time.Hour},
	}
}

// TestOddAnswersLeaveNoTrace lets a server say odd things in the list and in the watch, and then go on as it should: on the
// same stream, so that nothing is read anew but what dogwatch reads anew by itself.
func TestOddAnswersLeaveNoTrace(t *testing.T) {
	for name, oddity := range oddities() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			var over atomic.Bool
			var odd, right atomic.Int64
			w.proxy.SetFault(w.onObjects(oddity.hook(&over, &odd, &right)))
			options := w.options()
			options.Watching.Backoff.Max = 3 * time.Second // rows that don't fit are read again after the longest pause
			d := Start(t, options)
			live := d.AwaitPhase(configMaps, time.Time{}, informers.Live)
			stopChurn := w.churn(2)
			w.eventually("odd events", func() bool { return odd.Load() > cmp.Or(oddity.enough, 50) })
			over.Store(true)
			before := right.Load()
			w.eventually("events as they should be", func() bool { return right.Load() > before+5 })
			stopChurn()
			ended := time.Now()
			took := w.oracle.Converge(t, d, ended)
			oddity.isTold(d, live.At)
			t.Logf("true again after %v, %d lists", took.Round(time.Millisecond), d.Watch(configMaps).State().Stats.Lists)
		})
	}
}

// isTold checks what was shown since a moment: dated rows and the list that comes in anew where the server cannot be believed, and that
// it is tried again where it could not be for long; nothing but the present where it can.
func (o oddity) isTold(d *Dogwatch, from time.Time) {
	d.tb.Helper()
	for _, t := range d.Log(configMaps, from) {
		isExpected := t.Phase == informers.Live
		if o.unlike || o.heavy {
			isExpected = isExpected || (t.Phase == informers.Listing || t.Phase == informers.Retrying) && isDated(t.State)
		}
		if !isExpected {
			d.tb.Errorf("it was not to be so: %s", t)
		}
	}
	if lists := d.Watch(configMaps).State().Stats.Lists; !o.heavy && o.unlike != (lists > 1) {
		d.tb.Errorf("all was listed %d times", lists)
	}
}

// hook makes answers odd until it is over, and counts the events that are odd and those that are right.
func (o oddity) hook(over *atomic.Bool, odd, right *atomic.Int64) func(*http.Request) *Fault {
	return func(*http.Request) *Fault {
		change := func(e *event, _ bool) [][]byte { return e.bytes() }
		if o.events != nil {
			change = o.events()
		}
		fault := &Fault{Skew: o.skew, Event: eachEvent(func(e *event) [][]byte {
			if over.Load() {
				right.Add(1)
				return change(e, true)
			}
			odd.Add(1)
			return change(e, false)
		})}
		if o.list != nil && !over.Load() {
			fault.Whole = eachList(o.list)
		}
		return fault
	}
}

// event is one event of a watch with a Table.
type event struct {
	Type   string `json:"type"`
	Object struct {
		metav1.TypeMeta
		metav1.ListMeta   `json:"metadata"`
		ColumnDefinitions []any       `json:"columnDefinitions"`
		Rows              []*tableRow `json:"rows"`
	} `json:"object"`
}

type tableRow struct {
	Cells  []any          `json:"cells"`
	Object map[string]any `json:"object"`
}

func (r *tableRow) metadata() map[string]any {
	metadata, _ := r.Object["metadata"].(map[string]any)
	return metadata
}

// eachEvent lets change make other events of one. What is no Table passes.
func eachEvent(change func(*event) [][]byte) func([]byte) [][]byte {
	return func(line []byte) [][]byte {
		e := &event{}
		if err := json.Unmarshal(line, e); err != nil || e.Object.Kind != "Table" {
			return [][]byte{line}
		}
		return change(e)
	}
}

// bytes is the event as a server sends it.
func (e *event) bytes() [][]byte {
	text, err := json.Marshal(e)
	if err != nil {
		return nil
	}
	return [][]byte{append(text, '\n')}
}

// eachRow changes the rows, unless it is a bookmark's, which has no cells.
func (e *event) eachRow(change func(*tableRow)) {
	if e.Type == "BOOKMARK" {
		return
	}
	for _, r := range e.Object.Rows {
		change(r)
	}
}

// dropCell drops the last cells.
func dropCell(r *tableRow) {
	r.Cells = r.Cells[:max(len(r.Cells)-2, 0)] // the last is the age, which is not read
}

func addCell(r *tableRow) { r.Cells = append([]any{"odd"}, r.Cells...) }

// fatten makes an object of 3 MB.
func fatten(r *tableRow) {
	r.metadata()["annotations"] = map[string]any{"fat": strings.Repeat("fat ", 3<<20/4)}
}

// eachList changes the rows of a list.
func eachList(change func(*tableRow)) func([]byte) []byte {
	return func(body []byte) []byte {
		e := &event{}
		if err := json.Unmarshal(body, &e.Object); err != nil {
			return body
		}
		e.eachRow(change)
		text, err := json.Marshal(e.Object)
		if err != nil {
			return body
		}
		return text
	}
}

// each changes one event at a time.
func each(change func(*event) [][]byte) func() func(*event, bool) [][]byte {
	return func() func(*event, bool) [][]byte {
		return func(e *event, over bool) [][]byte {
			if over {
				return e.bytes()
			}
			return change(e)
		}
	}
}

// rows changes each event's rows.
func rows(change func(*tableRow)) func() func(*event, bool) [][]byte {
	return each(func(e *event) [][]byte {
		e.eachRow(change)
		return e.bytes()
	})
}

// late sends events after the ones that follow them.
func late(which func(*event) bool) func() func(*event, bool) [][]byte {
	return func() func(*event, bool) [][]byte {
		var kept []byte
		return func(e *event, over bool) [][]byte {
			line := e.bytes()[0]
			switch {
			case kept != nil:
				both := [][]byte{line, kept}
				kept = nil
				return both
			case over || e.Type == "BOOKMARK" || e.Object.ColumnDefinitions != nil || !which(e):
				return [][]byte{line}
			}
			kept = line
			return nil
		}
	}
}

// bookmarked sends a bookmark at a version after each event, but not within a list.
func bookmarked(version string) func() func(*event, bool) [][]byte {
	return func() func(*event, bool) [][]byte {
		listed := false
		return func(e *event, over bool) [][]byte {
			lines := e.bytes()
			if over || !listed {
				listed = listed || bytes.Contains(lines[0], []byte(metav1.InitialEventsAnnotationKey))
				return lines
			}
			mark := event{Type: "BOOKMARK", Object: e.Object}
			mark.Object.Rows = []*tableRow{{Cells: []any{}, Object: map[string]any{"metadata": map[string]any{"resourceVersion": version}}}}
			mark.Object.ColumnDefinitions = nil
			return append(lines, mark.bytes()...)
		}
	}
}
