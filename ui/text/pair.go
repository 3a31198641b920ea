package text

import "strings"

// TruncatePair cleans two values and cuts them to at most w cells together, so that what differs in them is seen of both: what they begin with alike
// goes first.
func TruncatePair(old, new string, w int) (string, string) {
	old, new = Clean(old), Clean(new)
	if Width(old)+Width(new) <= w {
		return old, new
	}
	same := 0
	for i, r := range old {
		if i >= len(new) || !strings.HasPrefix(new[i:], string(r)) {
			break
		}
		same = i
	}
	if from := strings.LastIndexAny(old[:same], "/ .:-,@"); from > 0 {
		old, new = Ellipsis+old[from+1:], Ellipsis+new[from+1:]
	}
	half := w / 2
	old = Truncate(old, max(half, w-Width(new)))
	return old, Truncate(new, w-Width(old))
}
