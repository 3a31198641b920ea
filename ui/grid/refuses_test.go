package grid

import (
	"testing"

	"github.com/dogwatch/dogwatch/keymap"
	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/workspace"
)

func TestWideIsRefusedWhereNoColumnIsWide(t *testing.T) {
	narrow := &model.Columns{List: []model.Column{{Name: "Name", IsName: true}, {Name: "Age"}}}
	mixed := podTab(podColumns())
	mixed.Sources = append(mixed.Sources, workspace.Source{Name: "nodes", Columns: narrow})
	for name, test := range map[string]struct {
		tab     workspace.Tab
		refuses bool
	}{
		"pods":                 {podTab(podColumns()), false},
		"no wide column":       {podTab(narrow), true},
		"several types":        {mixed, true},
		"columns to come":      {podTab(nil), false},
		"no type has been got": {workspace.Tab{}, false},
	} {
		m := shown(t, test.tab, &fakeView{}, 80, 10)
		if words := m.Refuses(keymap.ToggleWide); (words != "") != test.refuses {
			t.Errorf("%s: says %q, want something: %v", name, words, test.refuses)
		}
	}
}
