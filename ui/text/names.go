package text

import "strings"

// TruncateObject cleans the name of an object, with its namespace before a slash, and cuts it to at most w cells: first the namespace, of which the
// first letters stay, then the name within, of which both ends stay.
func TruncateObject(s string, w int) string {
	const shortNamespace, leastNamespace, leastName = 4, 3, 6
	whole := Truncate(s, w)
	if !strings.HasSuffix(whole, Ellipsis) || whole == s {
		return whole
	}
	i := strings.LastIndexByte(s, '/')
	if i < 0 || w < leastNamespace+1+leastName {
		return TruncateName(s, w)
	}
	namespace, name := s[:i], s[i+1:]
	least := leastNamespace
	if len(namespace) <= shortNamespace {
		least = shortNamespace
	}
	namespace = Truncate(namespace, max(least, w-1-Width(Truncate(name, w))))
	return namespace + "/" + TruncateName(name, w-Width(namespace)-1)
}

// TruncateName cleans a name of words between dashes and dots, and cuts it within to at most w cells: its beginning says what it is of, and its last
// words, whole where they are short, tell it from others. Of "kube-controller-manager" stays "kube…manager".
func TruncateName(name string, w int) string {
	const leastEnd, leastStart, longWord = 5, 3, 10
	whole := Truncate(name, w)
	if !strings.HasSuffix(whole, Ellipsis) || whole == name {
		return whole
	}
	end := min((w-1)/2, max(leastEnd, (w-1)/3))
	tail := strings.TrimPrefix(TruncateLeft(name, end+1), Ellipsis)
	word := name[strings.LastIndexAny(name, "-.")+1:]
	switch i := strings.IndexAny(tail, "-."); {
	case i >= 0 && i < len(tail)-1:
		tail = tail[i+1:]
	case word != "" && len(word) <= longWord && len(word) <= w-1-leastStart && isPlain(word):
		tail = word
	}
	start := strings.TrimSuffix(Truncate(name, w-Width(tail)), Ellipsis)
	if trimmed := strings.TrimRight(start, "-."); trimmed != "" {
		start = trimmed
	}
	return start + Ellipsis + tail
}

// TruncatePath cleans the path of a field and cuts it to at most w cells, by whole steps as long as there is room for the last one with the keys
// that it is found by: of "spec.template.spec.containers[web].image" stays "spec…containers[web].image", then "spec…[web].image", "…[web].image" and
// "…image". A step for which there is no room is cut within.
func TruncatePath(path string, w int) string {
	if w <= 0 {
		return ""
	}
	if len(path) > 2*MostBytes(w) {
		path = path[:runeBoundary(path, MostBytes(w))] + path[runeBoundary(path, len(path)-MostBytes(w)):]
	}
	path = Clean(path)
	if Width(path) <= w {
		return path
	}
	steps := pathSteps(path)
	last := len(steps) - 1
	own := last // where the last step begins, with the keys before it
	for own > 1 && steps[own-1][0] == '[' {
		own--
	}
	join := func(from int) string { return strings.TrimPrefix(strings.Join(steps[from:], ""), ".") }
	for _, head := range []string{steps[0], ""} {
		fits := ""
		for from := own; from > 0; from-- {
			cut := head + Ellipsis + join(from)
			if Width(cut) > w {
				break
			}
			fits = cut
		}
		if fits != "" {
			return fits
		}
	}
	return truncateStep(steps[max(own, 0):], w)
}

// truncateStep cuts the last step of a path, and the key before it, or the key that it is.
func truncateStep(steps []string, w int) string {
	const leastKey = 5
	last := len(steps) - 1
	key, rest := steps[last], ""
	if last > 0 {
		key, rest = steps[last-1], key
	}
	if room := w - Width(Ellipsis+"[]"+rest); key[0] == '[' && room >= leastKey {
		return Ellipsis + "[" + TruncateName(strings.Trim(key, "[]"), room) + "]" + rest
	}
	switch name := strings.TrimPrefix(steps[last], "."); {
	case Width(name) <= w:
		return TruncateLeft(Ellipsis+name, w)
	default:
		return TruncateName(name, w)
	}
}

// pathSteps takes a path apart where steps begin: at a dot, and at the bracket of a key. A bracket or dot within a key ends nothing.
func pathSteps(path string) []string {
	var steps []string
	begin, inKey := 0, false
	for i := range len(path) {
		switch {
		case inKey:
			if path[i] == ']' && (i+1 == len(path) || path[i+1] == '.' || path[i+1] == '[') {
				inKey = false
			}
			continue
		case path[i] == '[':
			inKey = true
		case path[i] != '.':
			continue
		}
		if i > begin {
			steps = append(steps, path[begin:i])
			begin = i
		}
	}
	return append(steps, path[begin:])
}
