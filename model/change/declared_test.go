package change

import (
	"fmt"
	"math/rand/v2"
	"strings"
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
		changes, _ := d.DiffManaged(jsonscan.Object{Text: []byte(old)}, jsonscan.Object{Text: []byte(new)}, c.managed, &Managers{})
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

// What the server goes by counts before what looks like a name, in lists of lists too, and for the list alone that it is told of.
func TestDeclaredKeysComeFirst(t *testing.T) {
	const managed = `[{"manager":"alice","time":"2026-11-30T10:00:00Z","fieldsV1":{"f:spec":{"f:roads":{"k:{\"id\":1}":{".":{},"f:lanes":{"k:{\"id\":7}":{".":{},"f:id":{}}}}},` +
		`"f:tags":{".":{},"v:\"a\"":{}}}}},` +
		`{"manager":"bob","time":"2026-11-30T11:00:00Z","fieldsV1":{"f:spec":{"f:roads":{"k:{\"id\":1}":{"f:lanes":{"k:{\"id\":7}":{"f:name":{}}}}},"f:tags":{"v:\"d\"":{}}}}}]`
	for _, c := range []struct{ name, old, new, want string }{
		{
			"a name that changed", `{"spec":{"roads":[{"id":1,"name":"x","lanes":[{"id":7,"name":"left"},{"id":8,"name":"right"}]}]}}`,
			`{"spec":{"roads":[{"id":1,"name":"y","lanes":[{"id":7,"name":"links"},{"id":8,"name":"right"}]}]}}`,
			`spec.roads[1].name "x"->"y" by , spec.roads[1].lanes[7].name "left"->"links" by bob`,
		},
		{"another list", `{"spec":{"lanes":[{"id":7,"name":"left"}]}}`, `{"spec":{"lanes":[{"id":8,"name":"left"}]}}`, `spec.lanes[left].id 7->8 by `},
		{
			"elements without that key", `{"spec":{"roads":[{"name":"a","v":1}]}}`, `{"spec":{"roads":[{"name":"b"},{"name":"a","v":2}]}}`,
			`spec.roads[b] ->{"name":"b"} by , spec.roads[a].v 1->2 by `,
		},
		{"a set", `{"spec":{"tags":["a","b","c"]}}`, `{"spec":{"tags":["b","c","d"]}}`, `spec.tags[2] ->"d" by bob, spec.tags[0] "a"-> by `},
		{"a set in another order", `{"spec":{"tags":["a","b","c"]}}`, `{"spec":{"tags":["c","a","b"]}}`, `spec.tags[0] moved from [2] to [0] by `},
		{"what is no set", `{"spec":{"tags":["a","a","c"]}}`, `{"spec":{"tags":["a","c","d"]}}`, `spec.tags[1] "a"->"c" by , spec.tags[2] "c"->"d" by bob`},
		{"a list of lists in place of a set", `{"spec":{"tags":[["a"],["b"]]}}`, `{"spec":{"tags":[["b"]]}}`, `spec.tags[0] ["a"]-> by `},
	} {
		var d Differ
		m := &Managers{}
		for range 2 { // what is known of the list is remembered
			changes, by := d.DiffManaged(objectOf([]byte(c.old)), objectOf([]byte(c.new)), []byte(managed), m)
			var got []string
			for i := range changes {
				what := fmt.Sprintf("%s->%s", changes[i].Old, changes[i].New)
				if changes[i].IsMove() {
					what = changes[i].Moved()
				}
				got = append(got, fmt.Sprintf("%s %s by %s", changes[i].Path, what, by[i].Name))
			}
			if strings.Join(got, ", ") != c.want {
				t.Errorf("%s: %s, want %s", c.name, strings.Join(got, ", "), c.want)
			}
			checkApply(t, []byte(c.old), []byte(c.new), changes)
		}
	}
}

// Changes of sets make the versions of one another, whatever comes, goes and moves.
func TestChangesOfRandomSets(t *testing.T) {
	managed := []byte(`[{"manager":"a","fieldsV1":{"f:l":{"v:1":{}}}}]`)
	random := rand.New(rand.NewPCG(7, 7))
	var d Differ
	m := &Managers{}
	for range 500 {
		version := func() []byte {
			elements := strings.Split("1 2 3 4 5 6 7", " ")
			random.Shuffle(len(elements), func(i, j int) { elements[i], elements[j] = elements[j], elements[i] })
			return fmt.Appendf(nil, `{"l":[%s]}`, strings.Join(elements[random.IntN(len(elements)+1):], ","))
		}
		old, new := version(), version()
		changes, _ := d.DiffManaged(objectOf(old), objectOf(new), managed, m)
		checkApply(t, old, new, changes)
		for i := range changes {
			if changes[i].Old != nil && changes[i].New != nil && changes[i].Path != "l" {
				t.Fatalf("%s to %s: an element of a set became another: %s", old, new, said(changes))
			}
		}
	}
}
