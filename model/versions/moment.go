package versions

import "time"

// IsLater tells whether a version came to be after a moment. One of which it is not known when it came to be is later if the one after it is,
// unless it is the oldest that is known.
func (l *List) IsLater(i int, than time.Time) bool {
	v := &l.Versions[i]
	if !v.At.IsZero() {
		return v.At.After(than)
	}
	if i+1 == len(l.Versions) || l.Versions[i+1].UID != v.UID {
		return false
	}
	if i == 0 || l.Versions[i-1].UID != v.UID {
		return true // it is what is there now, and what led to it is not remembered
	}
	return l.IsLater(i-1, than)
}

// At gives the place of the version that an object had at a moment. It is false where none of the name was there then, as far as is known.
func (l *List) At(at time.Time) (int, bool) {
	for i := range l.Versions {
		first := i == 0 || l.Versions[i-1].UID != l.Versions[i].UID || l.IsLater(i-1, at)
		if first && !l.IsLater(i, at) {
			if kind := l.Versions[i].Kind(); kind != Deleted && kind != Left {
				return i, true
			}
		}
	}
	return 0, false
}
