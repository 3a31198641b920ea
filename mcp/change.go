package mcp

import (
	"encoding/json"
	"slices"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/change"
	"github.com/dogwatch/dogwatch/model/noise"
	"github.com/dogwatch/dogwatch/model/timeline"
)

const (
	// mostChangedFields are shown of a change in a list of changes.
	mostChangedFields = 12
	// changedValueBytes is how much of a value is shown there.
	changedValueBytes = 300
)

// fieldItem is a field that changed.
type fieldItem struct {
	Path string          `json:"path"`
	Old  json.RawMessage `json:"old,omitempty"`
	New  json.RawMessage `json:"new,omitempty"`
	// Moved says from where to where an element of a list was moved, which has no values here.
	Moved string `json:"moved,omitempty"`
	By    string `json:"by,omitempty"`
}

// changeItem is a change in an answer.
type changeItem struct {
	At        string `json:"at,omitempty"`
	Type      string `json:"type,omitempty"`
	Namespace string `json:"namespace,omitempty"`
	Name      string `json:"name,omitempty"`
	// Change is created, updated or deleted, or what versions.Kind says beside.
	Change  string      `json:"change"`
	Version string      `json:"resource_version,omitempty"`
	By      []string    `json:"by,omitempty"`
	Fields  []fieldItem `json:"fields,omitempty"`
	// More is how many others changed, with those that mean nothing.
	More int `json:"more_fields,omitempty"`
	// Listed tells that it happened some time before, while nobody watched; Merged how many changes are in it.
	Listed bool `json:"seen_late,omitempty"`
	Merged int  `json:"merged_changes,omitempty"`
	Noise  bool `json:"noise,omitempty"`
	// Selected tells that it is seen through a selector: what was created may only have come to match.
	Selected bool   `json:"through_selector,omitempty"`
	Note     string `json:"note,omitempty"`
}

// itemOfRecord is a change as an answer has it.
func itemOfRecord(r *timeline.Record, source timeline.Source, judge *noise.Judge) changeItem {
	item := changeItem{
		At: stamp(r.At), Type: groupResource(source.GVR), Namespace: r.Key.Namespace, Name: r.Key.Name, Change: verbs(r.Type), Version: r.New,
		Listed: r.Listed, Merged: r.Merged, Selected: source.LabelSelector != "" || source.FieldSelector != "",
	}
	switch r.Type {
	case model.Added:
		item.By = managerNames([]change.Manager{r.By})
	case model.Updated:
		item.showFields(r.Fields, source.GVR.GroupResource(), judge)
	}
	return item
}

// showFields shows the fields that mean something, those that tell most first; noise only where there is nothing else.
func (c *changeItem) showFields(all []timeline.Field, of schema.GroupResource, judge *noise.Judge) {
	shown := slices.Clone(all)
	if judge != nil {
		shown = slices.DeleteFunc(shown, func(f timeline.Field) bool { return judge.IsFieldNoise(of, &f.Change) })
		if len(shown) == 0 {
			shown = slices.Clone(all)
		}
		slices.SortStableFunc(shown, func(a, b timeline.Field) int { return judge.Telling(of, &a.Change) - judge.Telling(of, &b.Change) })
	}
	managers := make([]change.Manager, len(shown))
	for i := range shown {
		managers[i] = shown[i].By
	}
	c.By = managerNames(managers)
	if len(shown) > mostChangedFields {
		shown = shown[:mostChangedFields]
	}
	c.More = len(all) - len(shown)
	for i := range shown {
		f := fieldOf(&shown[i].Change)
		if len(c.By) > 1 {
			f.By = shown[i].By.Name
		}
		c.Fields = append(c.Fields, f)
	}
}

func fieldOf(c *change.Change) fieldItem {
	return fieldItem{Path: string(c.Path), Old: shortValue(c.Old), New: shortValue(c.New), Moved: c.Moved()}
}

// shortValue is a value, or the beginning of its text.
func shortValue(raw []byte) json.RawMessage {
	if len(raw) <= changedValueBytes {
		return raw
	}
	short, err := encode(tooLong(raw, changedValueBytes))
	if err != nil {
		return nil
	}
	return short
}

func verbs(t model.DeltaType) string {
	switch t {
	case model.Added:
		return "created"
	case model.Deleted:
		return "deleted"
	}
	return "updated"
}

// managerNames are the names of those who are known, each once.
func managerNames(managers []change.Manager) []string {
	var names []string
	for _, m := range managers {
		if m.Name != "" && !slices.Contains(names, m.Name) {
			names = append(names, m.Name)
		}
	}
	return names
}
