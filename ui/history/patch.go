package history

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/dogwatch/dogwatch/model/mask"
	"github.com/dogwatch/dogwatch/ui/clip"
)

var (
	errNothingToPatch = errors.New("nothing is to be patched: what differs is status, or set by the server")
	errMasked         = errors.New("values are hidden in it: a patch would put the masks in their place")
	errNoBefore       = errors.New("there is no version before it")
)

// copyPatch copies the JSON merge patch that makes the newer version of the older one, or undoes that.
func (m *Model) copyPatch(undo bool) tea.Cmd {
	older, newer, ok := m.pair()
	if !ok {
		return nil
	}
	list, ctx := m.list(), m.ctx
	what := "the merge patch"
	if undo {
		what = "the merge patch that undoes it"
	}
	if m.diff != nil { // the list may have moved on below it
		newer = list.Find(m.diff.newer.ID)
		older = list.Find(m.diff.older.ID)
	}
	return clip.Copy(what, func() (string, error) {
		if older < 0 || newer < 0 {
			return "", errNoBefore
		}
		old, new, err := texts(ctx, list, older, newer)
		if err != nil {
			return "", err
		}
		if undo {
			old, new = new, old
		}
		return mergePatch(old, new)
	})
}

// mergePatch makes the patch (RFC 7386) that kubectl patch --type merge makes new of old with, as far as that is the user's to change.
func mergePatch(old, new []byte) (string, error) {
	was, err := decoded(old)
	if err != nil {
		return "", fmt.Errorf("read the older version: %w", err)
	}
	is, err := decoded(new)
	if err != nil {
		return "", fmt.Errorf("read the newer version: %w", err)
	}
	before, _ := was.(map[string]any)
	after, _ := is.(map[string]any)
	patch := differing(withoutServers(before), withoutServers(after))
	if len(patch) == 0 {
		return "", errNothingToPatch
	}
	var b strings.Builder
	out := json.NewEncoder(&b)
	out.SetEscapeHTML(false)
	if err := out.Encode(patch); err != nil {
		return "", fmt.Errorf("write the patch: %w", err)
	}
	if strings.Contains(b.String(), mask.Begin) {
		return "", errMasked
	}
	return strings.TrimSuffix(b.String(), "\n"), nil
}

// withoutServers leaves out what the server sets itself, at the top and in metadata. It changes the object.
func withoutServers(object map[string]any) map[string]any {
	delete(object, "status")
	if metadata, ok := object["metadata"].(map[string]any); ok {
		for _, name := range []string{
			"resourceVersion", "generation", "uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds",
			"managedFields", "selfLink",
		} {
			delete(metadata, name)
		}
		if len(metadata) == 0 {
			delete(object, "metadata")
		}
	}
	return object
}

// differing gives the members in which two objects differ; null for those that are gone.
func differing(old, new map[string]any) map[string]any {
	patch := map[string]any{}
	for name, is := range new {
		was, had := old[name]
		before, isObject := was.(map[string]any)
		after, isObjectNow := is.(map[string]any)
		switch {
		case isObject && isObjectNow:
			if inner := differing(before, after); len(inner) > 0 {
				patch[name] = inner
			}
		case !had && is != nil || had && !reflect.DeepEqual(was, is):
			patch[name] = is
		}
	}
	for name := range old {
		if _, has := new[name]; !has {
			patch[name] = nil
		}
	}
	return patch
}

// copyDiff copies the difference as text, as diff -u writes it but for the lines that count lines.
func (m *Model) copyDiff() tea.Cmd {
	older, newer, ok := m.pair()
	if !ok {
		return nil
	}
	list, ctx := m.list(), m.ctx
	if m.diff != nil {
		newer, older = list.Find(m.diff.newer.ID), list.Find(m.diff.older.ID)
	}
	return clip.Copy("the difference", func() (string, error) {
		if newer < 0 {
			return "", errNoBefore
		}
		c, err := compare(ctx, list, older, newer)
		if err != nil {
			return "", err
		}
		return c.text(), nil
	})
}

// text is the unified difference as plain text.
func (c *comparison) text() string {
	var b strings.Builder
	for _, l := range c.unified() {
		if l.words != "" {
			b.WriteString("@@ " + l.words + "\n")
			continue
		}
		b.WriteString(l.right.sign.String())
		y := l.right.line
		b.WriteString(y.Lead() + y.Key + y.Colon() + y.Scalar + "\n")
	}
	return b.String()
}

func (s sign) String() string { return [...]string{" ", "+", "-", "~"}[s] }
