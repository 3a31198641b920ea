package versions

import (
	"context"
	"errors"
	"fmt"

	"github.com/dogwatch/dogwatch/model/change"
	"github.com/dogwatch/dogwatch/model/jsonscan"
)

// ErrUnknown says that a version cannot be made: a change is missing between it and any that is known whole.
var ErrUnknown = errors.New("not all that happened since is remembered")

// JSON makes the version at a place in the list, without managedFields. Its cost grows with the object and with how far the
// version is from one that is known whole; it ends early when ctx does. Errors are ErrUnknown, or that what is remembered does
// not fit together.
func (l *List) JSON(ctx context.Context, i int) ([]byte, error) {
	at := l.links[i].anchor
	if at < 0 {
		return nil, fmt.Errorf("version %s: %w", l.Versions[i].ResourceVersion, ErrUnknown)
	}
	text, err := l.whole(at)
	if err != nil {
		return nil, err
	}
	for ; at < i && err == nil; at++ {
		if err = ctx.Err(); err == nil {
			text, err = l.links[at].record.Undo(text)
		}
	}
	for ; at > i && err == nil; at-- {
		if err = ctx.Err(); err == nil {
			text, err = l.links[at-1].record.Redo(text)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("make version %s: %w", l.Versions[i].ResourceVersion, err)
	}
	return text, l.check(i, text)
}

// whole gives the version at an anchor.
func (l *List) whole(at int) ([]byte, error) {
	v := &l.Versions[at]
	if v.Kind() == Deleted || v.Kind() == Left {
		text, kept, err := l.bodies.Last(v.ID.Seq)
		if err == nil && !kept {
			err = ErrUnknown // it was dropped since
		}
		if err != nil {
			return nil, fmt.Errorf("the last version, %s: %w", v.ResourceVersion, err)
		}
		return change.WithoutManagedFields(text), nil
	}
	text, err := l.present.AppendJSON(nil)
	if err != nil {
		return nil, fmt.Errorf("the present version, %s: %w", v.ResourceVersion, err)
	}
	return change.WithoutManagedFields(text), nil
}

// check finds out whether it is the version that it should be.
func (l *List) check(i int, text []byte) error {
	written := change.Find(text, []change.Step{{Member: "metadata"}, {Member: "resourceVersion"}})
	if want := l.Versions[i].ResourceVersion; written != nil && string(jsonscan.Text(written)) != want {
		return fmt.Errorf("what is remembered leads to version %s, not to %s", jsonscan.Text(written), want)
	}
	return nil
}
