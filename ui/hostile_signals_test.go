package ui_test

import (
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	sig "github.com/dogwatch/dogwatch/model/signal"
	"github.com/dogwatch/dogwatch/ui"
)

// hostileRules tell signals in which everything is one text: one with the change that made it so, one with what was edited before, one
// with neither.
func hostileRules(t *testing.T, text string) *rules {
	t.Helper()
	r := newRules(t)
	for i, s := range []*sig.Signal{
		{Change: &sig.Edit{}, Unwell: make([]sig.Unwell, 2)},
		{Edit: &sig.Edit{New: []byte(text)}},
		{},
	} {
		s.Opened = now.Add(-time.Hour - time.Duration(i)*time.Minute)
		s.Since = s.Opened
		fill(reflect.ValueOf(s), text)
		r.list.Take(s)
	}
	r.list.SetReady()
	fill(reflect.ValueOf(&r.state), text)
	return r
}

// fail has the rules be applied no longer, or again with no error.
func (r *rules) fail(err error, nextTry time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.state.Err, r.state.NextTry = err, nextTry
}

// behind says that nothing more has been judged for so long.
func (r *rules) behind(d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.state.Behind = d
}

// news tells of one more signal.
func (h *hostile) news() {
	s := &sig.Signal{Opened: now, Since: now}
	fill(reflect.ValueOf(s), h.text)
	s.Fingerprint, s.Rule = "news of"+h.text, "the rule of"+h.text // another is muted
	h.rules.list.Take(s)
	time.Sleep(time.Minute) // by the test's own clock
	synctest.Wait()
	h.send(ui.FrameMsg{Snapshot: h.snapshot})
}

// fill puts a text wherever v has room for one: into each string that is empty, JSON and map that is none, in all that v holds and can be set.
// Lists without elements get one, and what points to nothing stays so.
func fill(v reflect.Value, text string) {
	switch v.Kind() {
	case reflect.String:
		if v.CanSet() && v.Len() == 0 {
			v.SetString(text)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				fill(v.Field(i), text)
			}
		}
	case reflect.Pointer:
		fill(v.Elem(), text)
	case reflect.Slice:
		switch {
		case v.Type().Elem().Kind() == reflect.Uint8:
			if v.IsNil() {
				v.SetBytes(quoted(text))
			}
			return
		case v.Len() == 0 && v.CanSet():
			v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		}
		for i := range v.Len() {
			fill(v.Index(i), text)
		}
	case reflect.Map:
		if v.IsNil() {
			v.Set(reflect.ValueOf(map[string]any{text: text}))
		}
	default: // numbers, times, and what is of another kind, hold no text
	}
}
