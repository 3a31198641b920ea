package informers

import (
	"github.com/go-json-experiment/json/jsontext"

	"github.com/dogwatch/dogwatch/model"
)

// plainLayout is for servers that print no cells: the columns are made of what
// nearly every object has.
func plainLayout() *layout {
	return &layout{
		columns: &model.Columns{List: []model.Column{
			{Name: "Name", IsName: true},
			{Name: "Status"},
			{Name: "Age", Kind: model.Date},
		}},
		dates: []datePaths{nil, nil, {creation}},
		plain: true,
	}
}

// plainCells fills in what the server would have printed; the age is a date.
func plainCells(cells []string, o *model.Object, json []byte, w *words) {
	cells[0] = o.Name
	cells[1] = plainStatus(o, json, w)
}

// plainStatus says how an object is from what the API conventions name: its
// deletion, its phase or its Ready condition.
func plainStatus(o *model.Object, json []byte, w *words) string {
	if o.Deleting {
		return "Terminating"
	}
	if phase := find(json, []string{"status", "phase"}); phase.Kind() == '"' {
		return w.of(phase)
	}
	in := within(find(json, []string{"status", "conditions"}))
	status := ""
	_ = elements(in, func() error {
		condition, err := in.value()
		if string(appendText(nil, find(condition, []string{"type"}))) == "Ready" {
			status = readyStatus(condition, w)
		}
		return err
	})
	return status
}

func readyStatus(condition jsontext.Value, w *words) string {
	if string(appendText(nil, find(condition, []string{"status"}))) == "True" {
		return "Ready"
	}
	if reason := find(condition, []string{"reason"}); reason.Kind() == '"' && len(reason) > len(`""`) {
		return w.of(reason)
	}
	return "NotReady"
}
