package text

import "strings"

// TruncatePair cleans two values and cuts them to at most w cells together, so that what differs in them is seen of both: what they begin with alike
// goes first, where they are one word each as far as there is no room for it.
func TruncatePair(old, new string, w int) (string, string) {
	old, new, _ = truncatePair(Clean(old), Clean(new), w)
	return old, new
}

// TruncateChange is TruncatePair for a value that was and the one that is. Where words are cut, and less than six cells are left of the one that was, it is
// empty, and the other has all the room.
func TruncateChange(was, is string, w int) (string, string) {
	const leastOld = 6
	was, is = Clean(was), Clean(is)
	old, new, ofWords := truncatePair(was, is, w)
	if ofWords || Width(old) >= leastOld || old == was {
		return old, new
	}
	_, new, _ = truncatePair(was, is, 2*w) // as it would be beside one of its size
	return "", Truncate(new, w)
}

// truncatePair is TruncatePair of clean values, and tells whether all that is left are whole words.
func truncatePair(old, new string, w int) (shortOld, shortNew string, ofWords bool) {
	if Width(old)+Width(new) <= w {
		return old, new, true
	}
	last, same := 0, 0 // the last character that is the same, and what follows it
	for i, r := range old {
		if i >= len(new) || !strings.HasPrefix(new[i:], string(r)) {
			break
		}
		last, same = i, i+len(string(r))
	}
	cut := func(from int) (string, string) { return Ellipsis + old[from:], Ellipsis + new[from:] }
	shortOld, shortNew = old, new
	if from := strings.LastIndexAny(old[:last], "/ .:-,@"); from > 0 {
		shortOld, shortNew = cut(from + 1)
	}
	if Width(shortOld)+Width(shortNew) <= w {
		return shortOld, shortNew, true
	}
	if Width(old[:same]) > 3 && same < min(len(old), len(new)) {
		shortOld, shortNew = cut(same)
	}
	shortOld = Truncate(shortOld, max(w/2, w-Width(shortNew)))
	return shortOld, Truncate(shortNew, w-Width(shortOld)), false
}
