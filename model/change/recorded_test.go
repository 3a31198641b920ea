package change_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"

	"github.com/dogwatch/dogwatch/demo"
	"github.com/dogwatch/dogwatch/model/change"
	"github.com/dogwatch/dogwatch/model/jsonscan"
	"github.com/dogwatch/dogwatch/replay/recording"
)

// enough is how many changes are looked at: reading sets of fields in full takes its time.
const enough = 1200

// What a real API server recorded of some minutes of a cluster: the managers of each change are those that structured-merge-diff
// reads, and changes make the versions of one another.
func TestManagersOfARecordedCluster(t *testing.T) {
	rec, err := demo.Recording()
	if err != nil {
		t.Fatal(err)
	}
	defer rec.Close()
	held := map[string][]byte{}
	c := &recorded{T: t}
	for _, s := range rec.Segments() {
		err := s.Read(func(e *recording.Entry) error {
			if e.Object == nil {
				return nil
			}
			var meta struct{ Metadata struct{ UID string } }
			if err := json.Unmarshal(e.Object, &meta); err != nil {
				return err
			}
			key := string(e.Type) + meta.Metadata.UID
			if old, ok := held[key]; ok && c.changes < enough && !bytes.Equal(old, e.Object) {
				c.check(old, e.Object)
			}
			held[key] = bytes.Clone(e.Object)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if c.changes < enough || float64(c.owned) < 0.7*float64(c.changes) {
		t.Errorf("of %d changes %d have a manager", c.changes, c.owned)
	}
	t.Logf("%d of %d changes have a manager", c.owned, c.changes)
}

type recorded struct {
	*testing.T
	differ         change.Differ
	managers       change.Managers
	changes, owned int
}

// entry is what one manager owns.
type entry struct {
	name  string
	at    time.Time
	paths []string
}

func (c *recorded) check(old, new []byte) {
	c.Helper()
	old, _ = split(old)
	new, managed := split(new)
	changes := c.differ.Diff(jsonscan.Object{Text: old}, jsonscan.Object{Text: new})
	if made, err := change.Apply(old, changes); err != nil || !equal(made, new) {
		c.Fatalf("the changes of %s make %s (%v)", old, made, err)
	}
	if made, err := change.Undo(new, changes); err != nil || !equal(made, old) {
		c.Fatalf("without its changes %s is %s (%v)", new, made, err)
	}
	entries := c.read(managed)
	for i, who := range c.managers.Of(managed, changes, new) {
		path := string(changes[i].Path)
		if strings.HasPrefix(path, "metadata.resourceVersion") || changes[i].IsMove() {
			continue // nobody becomes the owner by these
		}
		c.changes++
		if who.Name != "" {
			c.owned++
		}
		if want := owner(entries, path); want != who.Name {
			c.Errorf("%s -> %s of %s is owned by %q, want %q\nof %s", changes[i].Old, changes[i].New, path, who.Name, want, managed)
		}
	}
}

func split(object []byte) (rest, managed []byte) {
	path := change.Path("metadata.managedFields").Steps()
	managed = bytes.Clone(change.Find(object, path))
	return change.Remove(bytes.Clone(object), path), managed
}

func equal(a, b []byte) bool {
	var x, y any
	return json.Unmarshal(a, &x) == nil && json.Unmarshal(b, &y) == nil && fmt.Sprint(x) == fmt.Sprint(y)
}

// read gives the entries, the one that was written last first.
func (c *recorded) read(managed []byte) []entry {
	c.Helper()
	var fields []metav1.ManagedFieldsEntry
	if managed == nil {
		return nil
	}
	if err := json.Unmarshal(managed, &fields); err != nil {
		c.Fatal(err)
	}
	var all []entry
	for _, f := range slices.Backward(fields) {
		set := fieldpath.NewSet()
		if err := set.FromJSON(bytes.NewReader(f.FieldsV1.GetRawBytes())); err != nil {
			c.Fatal(err)
		}
		e := entry{name: f.Manager}
		if f.Time != nil {
			e.at = f.Time.Time
		}
		set.Iterate(func(p fieldpath.Path) { e.paths = append(e.paths, spell(p)) })
		all = append(all, e)
	}
	slices.SortStableFunc(all, func(a, b entry) int { return b.at.Compare(a.at) })
	return all
}

// spell gives a path as a change.Path has it.
func spell(p fieldpath.Path) string {
	var b strings.Builder
	for i, e := range p {
		switch {
		case e.FieldName != nil && strings.ContainsAny(*e.FieldName, "./:"):
			fmt.Fprintf(&b, "[%q]", *e.FieldName)
		case e.FieldName != nil && i > 0:
			b.WriteString("." + *e.FieldName)
		case e.FieldName != nil:
			b.WriteString(*e.FieldName)
		case e.Key != nil:
			var keys []string
			for _, k := range *e.Key {
				value, _ := json.Marshal(k.Value.Unstructured())
				keys = append(keys, k.Name+"="+string(value))
			}
			b.WriteString("[" + strings.Join(keys, ",") + "]")
		default:
			b.WriteString("[a value]")
		}
	}
	return b.String()
}

// owner finds who owns a path in plain words.
func owner(entries []entry, path string) string {
	isIn := func(inner, outer string) bool {
		return strings.HasPrefix(inner, outer+".") || strings.HasPrefix(inner, outer+"[")
	}
	for _, owns := range []func(e entry) bool{
		func(e entry) bool { return slices.Contains(e.paths, path) },
		func(e entry) bool { return slices.ContainsFunc(e.paths, func(p string) bool { return isIn(p, path) }) },
		func(e entry) bool {
			return slices.ContainsFunc(e.paths, func(p string) bool {
				return isIn(path, p) && !slices.ContainsFunc(e.paths, func(q string) bool { return isIn(q, p) })
			})
		},
	} {
		if i := slices.IndexFunc(entries, owns); i >= 0 {
			return entries[i].name
		}
	}
	return ""
}
