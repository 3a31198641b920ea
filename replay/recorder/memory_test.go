package recorder

import (
	"fmt"
	"io"
	"runtime"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/replay/recording"
)

// churn records changes of the same few objects.
type churn struct {
	*testing.T
	recorder *Recorder
	source   *source
	packer   *model.Packer
	columns  *model.Columns
	objects  []*model.Object
	version  int
}

func newChurn(t *testing.T, out Writer) *churn {
	opts := Options{Version: func() string { return "v1" }}
	if roll, ok := out.(*recording.Roll); ok {
		opts.Due = roll.Due
	}
	return &churn{
		T: t, recorder: New(out, opts), source: newTestSource(), packer: model.NewPacker(),
		columns: &model.Columns{List: []model.Column{{Name: "Name", IsName: true, Type: "string"}}}, objects: make([]*model.Object, 100),
	}
}

func (c *churn) record(n int) {
	c.Helper()
	for i := range n {
		c.version++
		name := fmt.Sprintf("pod-%d", i%len(c.objects))
		o := &model.Object{
			Key: model.Key{Namespace: "shop", Name: name}, UID: types.UID(name), ResourceVersion: fmt.Sprint(c.version),
			Columns: c.columns, Cells: []string{name},
		}
		o.SetJSON(c.packer, fmt.Appendf(nil, `{"metadata":{"namespace":"shop","name":%q,"resourceVersion":"%d"}}`, name, c.version))
		d := model.Delta{Type: model.Updated, Old: c.objects[i%len(c.objects)], New: o}
		if d.Old == nil {
			d.Type = model.Added
		}
		c.objects[i%len(c.objects)] = o
		if err := c.recorder.take(c.source, d, 0); err != nil {
			c.Fatal(err)
		}
		if c.recorder.due() {
			if err := c.recorder.begin(); err != nil {
				c.Fatal(err)
			}
		}
	}
	if err := c.recorder.flush(); err != nil {
		c.Fatal(err)
	}
}

// heap is what is in use once all garbage is collected.
func heap() int64 {
	runtime.GC()
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}

// A recording that is ten times as long takes no more memory.
func TestMemoryDoesNotGrowWithTheLength(t *testing.T) {
	const events = 12000
	roll, err := recording.NewRoll(t.TempDir(), recording.Limits{Size: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = roll.Close(time.Now()) }()
	file, err := recording.NewWriter(io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	for name, out := range map[string]Writer{"file": file, "directory": roll} {
		c := newChurn(t, out)
		c.record(events)
		short := heap()
		c.record(9 * events)
		long := heap()
		if perEvent := float64(long-short) / (9 * events); perEvent > 2 {
			t.Errorf("%s: the heap grew by %.1f bytes an event, from %d to %d bytes", name, perEvent, short, long)
		}
		if p := c.recorder.Progress(); p.Events < 9*events {
			t.Errorf("%d events", p.Events)
		}
		runtime.KeepAlive(c)
	}
}
