package noise

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/demo"
	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/change"
	"github.com/dogwatch/dogwatch/model/jsonscan"
	"github.com/dogwatch/dogwatch/model/timeline"
	"github.com/dogwatch/dogwatch/replay/recording"
)

// enough is how many changes are looked at: to read all takes its time. Of all 1,498, 177 are noise.
const enough = 500

// What a real API server recorded of some minutes of a cluster: heartbeats are folded, and nothing is that people would miss.
func TestNoiseOfARecordedCluster(t *testing.T) {
	rec, err := demo.Recording()
	if err != nil {
		t.Fatal(err)
	}
	defer rec.Close()
	c := &counted{T: t, judge: judge(t, ""), held: map[string][]byte{}, folded: map[string]int{}, left: map[string]int{}}
	for _, s := range rec.Segments() {
		if err := s.Read(c.entry); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("of %d changes %d are noise", c.all, c.noise)
	for name, counts := range map[string]map[string]int{"folded": c.folded, "left": c.left} {
		for _, key := range slices.Sorted(maps.Keys(counts)) {
			t.Logf("%s %5d %s", name, counts[key], key)
		}
	}
	if c.all < enough || c.noise*20 < c.all || c.noise*2 > c.all {
		t.Errorf("of %d changes %d are noise", c.all, c.noise)
	}
}

type counted struct {
	*testing.T
	judge        *Judge
	differ       change.Differ
	held         map[string][]byte
	all, noise   int
	folded, left map[string]int // by type and path
}

func (c *counted) entry(e *recording.Entry) error {
	if e.Object == nil || c.all >= enough {
		return nil
	}
	text := bytes.Clone(e.Object)
	uid := change.Find(text, change.Path("metadata.uid").Steps())
	key := string(e.Type) + string(uid)
	text = change.Remove(text, change.Path("metadata.managedFields").Steps())
	if old, ok := c.held[key]; ok && !bytes.Equal(old, text) {
		c.check(e, old, text)
	}
	c.held[key] = text
	return nil
}

func (c *counted) check(e *recording.Entry, old, new []byte) {
	r := &timeline.Record{Type: model.Updated}
	r.SetFields(c.differ.Diff(jsonscan.Object{Text: old}, jsonscan.Object{Text: new}), nil)
	c.all++
	into := c.left
	of := groupResource(e.Type)
	if c.judge.IsNoise(of, r) {
		c.noise++
		into = c.folded
	}
	for _, f := range r.Fields {
		if into[of.String()]++; !c.judge.IsFieldNoise(of, &f.Change) {
			into[fmt.Sprint(of, " ", f.Path)]++
		}
		// Nobody would want to miss these.
		for _, path := range []change.Path{"status.phase", "spec.replicas", "spec.nodeName"} {
			if f.Path == path && c.judge.IsNoise(of, r) {
				c.Errorf("%s of %s is noise", path, of)
			}
		}
	}
}

// groupResource takes the version out of "deployments.v1.apps".
func groupResource(name recording.TypeName) schema.GroupResource {
	resource, rest, _ := strings.Cut(string(name), ".")
	_, group, _ := strings.Cut(rest, ".")
	return schema.GroupResource{Group: group, Resource: resource}
}
