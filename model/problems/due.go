package problems

import (
	"math"
	"time"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/jsonscan"
)

// times is what a keeper knows of time, in Unix seconds.
type times struct {
	last int64 // when it judged last what was due
	next int64 // when the next object is, 0 for none
}

// setDue notes when an object is to be judged anew; is is nil for one that is gone.
func (k *keeper) setDue(f *followed, key model.Key, is *model.Object) {
	if is == nil || is.Health.Due == 0 {
		delete(f.due, key)
		return
	}
	due := is.Health.Due
	if f.due[key] == due {
		return
	}
	f.due[key] = due
	if at := int64(due); at <= k.last {
		k.judge(f, key) // it may have been judged before that, and have come here since
	} else if k.next == 0 || at < k.next {
		k.next = at
	}
}

// untilDue is how long there is to wait for what is due next.
func (k *keeper) untilDue() (time.Duration, bool) {
	switch {
	case k.list.opts.Now != nil: // it may go back, too
		return poll, k.anyDue()
	case k.next == 0:
		return 0, false
	}
	return max(0, time.Until(time.Unix(k.next, 0))), true
}

func (k *keeper) anyDue() bool {
	for _, f := range k.sources {
		if len(f.due) > 0 {
			return true
		}
	}
	return false
}

// judgeDue judges again all whose time has come or, where time went back, has not come any more.
func (k *keeper) judgeDue() {
	now := k.list.now().Unix()
	last := k.last
	k.last = now
	if now >= last && (k.next == 0 || now < k.next) {
		return
	}
	next := int64(math.MaxInt64)
	for _, f := range k.sources {
		for key, due := range f.due {
			at := int64(due)
			if (at <= last) != (at <= now) {
				k.judge(f, key)
			}
			if at > now {
				next = min(next, at)
			}
		}
	}
	if k.next = next; next == math.MaxInt64 {
		k.next = 0
	}
}

// judge judges one object as it is now. What comes of it is delivered as every change is.
func (k *keeper) judge(f *followed, key model.Key) {
	o, ok := f.Store.Get(key)
	if !ok || f.Judge == nil {
		return
	}
	if text, ok := k.text(o); ok {
		f.Store.Rejudge(o, f.Judge(jsonscan.Object{Text: text}, o.Written))
	}
}
