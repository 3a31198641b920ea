package history

import (
	"fmt"
	"strings"
	"time"

	"github.com/dogwatch/dogwatch/model/change"
	"github.com/dogwatch/dogwatch/model/jsonscan"
	"github.com/dogwatch/dogwatch/model/timeline"
	"github.com/dogwatch/dogwatch/model/versions"
	"github.com/dogwatch/dogwatch/ui/text"
)

// clock writes a moment by which versions are dated.
func (m *Model) clock(t time.Time) string {
	if t.IsZero() {
		return "        "
	}
	return t.Add(m.ahead).Format(time.TimeOnly)
}

// whoMade names who made a version in so many cells, with the subresource where there is room for it.
func whoMade(v *versions.Version, width int) string {
	if len(v.By) == 0 {
		return ""
	}
	if name := nameOf(v.By[0]); text.Width(text.Clean(name)) <= width {
		return name
	}
	return text.TruncateName(v.By[0].Name, width)
}

func nameOf(m change.Manager) string {
	if m.Subresource != "" {
		return m.Name + "/" + m.Subresource
	}
	return m.Name
}

// whatChanged says in short how a version came to be: where, if it was one field more than others, and what.
func whatChanged(v *versions.Version) string {
	switch v.Kind() {
	case versions.Created:
		return "created"
	case versions.Deleted:
		return "deleted"
	case versions.Found:
		return "found as it was"
	case versions.Entered:
		return "came into what is watched"
	case versions.Left:
		return "left what is watched"
	}
	if len(v.Fields) == 0 {
		return "nothing that is remembered"
	}
	return ""
}

// mostOfValue is how many bytes of a value are shown in the list at most, mostOfJSON how many are looked at.
const mostOfValue, mostOfJSON = 200, 8 << 10

// shortChange says from what to what a field changed, in so many cells: what differs in the values stays. Maps and lists are left out.
func shortChange(f *timeline.Field, width int) string {
	const arrow = " → "
	old, isPlain := plainValue(f.Old)
	new, isPlainToo := plainValue(f.New)
	switch {
	case f.IsMove():
		return " " + text.Truncate(f.Moved(), width-1)
	case f.Old == nil && isPlainToo:
		return " + " + text.Truncate(new, width-len(" + "))
	case f.Old == nil:
		return " +"
	case f.New == nil:
		return " -"
	case isPlain && isPlainToo:
		if old, new = text.TruncateChange(old, new, width-1-text.Width(arrow)); old == "" {
			return arrow + new
		}
		return " " + old + arrow + new
	}
	return ""
}

func plainValue(json []byte) (string, bool) {
	if len(json) == 0 || len(json) > mostOfJSON || json[0] == '{' || json[0] == '[' {
		return "", false
	}
	value := jsonscan.Text(json)
	return string(value[:min(len(value), mostOfValue)]), true
}

// details say more of a version, in lines.
func details(v *versions.Version) []string {
	where := "version " + v.ResourceVersion
	if v.Before != "" && v.Before != v.ResourceVersion {
		where = "version " + v.Before + " → " + v.ResourceVersion
	}
	switch n := len(v.Fields); {
	case n == 1:
		where += ", 1 field"
	case n > 1:
		where += fmt.Sprintf(", %d fields", n)
	}
	if v.Merged > 0 {
		where += fmt.Sprintf(", %d changes as one: they came too fast", v.Merged+1)
	}
	if v.Listed {
		where += ", seen by listing: it happened some time before"
	}
	if !v.Whole {
		where += ", not to be had whole"
	}
	return []string{where, writtenBy(v)}
}

// writtenBy tells all who own what was changed.
func writtenBy(v *versions.Version) string {
	if len(v.By) == 0 {
		if v.Kind() == versions.Updated || v.Kind() == versions.Created {
			return "who made it is not known"
		}
		return ""
	}
	words := make([]string, len(v.By))
	for i, m := range v.By {
		words[i] = nameOf(m) + " (" + m.Operation + ")"
	}
	return "by " + strings.Join(words, ", ")
}
