package change

import (
	"fmt"
	"testing"

	"github.com/dogwatch/dogwatch/model/jsonscan"
)

// Lists that have no key of Kubernetes' own are compared by what managedFields say that the server goes by.
func TestKeysThatManagedFieldsTellCount(t *testing.T) {
	const old = `{"spec":{"routes":[{"lane":1,"zone":"b","weight":1},{"lane":2,"zone":"b","weight":1}]}}`
	const new = `{"spec":{"routes":[{"lane":7,"zone":"a","weight":3},{"lane":1,"zone":"b","weight":1},{"lane":2,"zone":"b","weight":9}]}}`
	managed := func(key string) []byte {
		return fmt.Appendf(nil, `[{"manager":"a","fieldsV1":{"f:spec":{"f:routes":{"k:{\"name\":\"x\"}":{},%q:{"f:weight":{}}}}}}]`, key)
	}
	byKey := []Path{`spec.routes[lane=7,zone="a"]`, `spec.routes[lane=2,zone="b"].weight`}
	byIndex := []Path{"spec.routes[0].lane", "spec.routes[0].zone", "spec.routes[0].weight", "spec.routes[1].lane", "spec.routes[2]"}
	for _, c := range []struct {
		managed []byte
		want    []Path
	}{
		{managed(`k:{"lane":1,"zone":"b"}`), byKey},
		{managed(`k:{"zone":"b"}`), byIndex}, // they do not tell all apart
		{managed(`k:{"lane":1,"zo]ne":"b"}`), byIndex},
		{managed(`k:{"lane":1,`), byIndex},
		{[]byte(`"k:{`), byIndex},
		{nil, byIndex},
	} {
		var d Differ
		changes := d.DiffManaged(jsonscan.Object{Text: []byte(old)}, jsonscan.Object{Text: []byte(new)}, c.managed)
		var got []Path
		for i := range changes {
			got = append(got, changes[i].Path)
		}
		if fmt.Sprint(got) != fmt.Sprint(c.want) {
			t.Errorf("by %s: %q, want %q", c.managed, got, c.want)
		}
		checkApply(t, []byte(old), []byte(new), changes)
		if again := d.Diff(jsonscan.Object{Text: []byte(old)}, jsonscan.Object{Text: []byte(new)}); len(again) != len(byIndex) {
			t.Errorf("what was declared once counts for another object: %q", said(again))
		}
	}
}
