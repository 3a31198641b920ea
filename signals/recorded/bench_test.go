package recorded

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"github.com/dogwatch/dogwatch/demo"
	"github.com/dogwatch/dogwatch/replay/recording"
	"github.com/dogwatch/dogwatch/signals"
)

// aPod is one of the demo's, with its managedFields.
func aPod(b *testing.B) (types []recording.Type, pod []byte) {
	b.Helper()
	rec, err := demo.Recording()
	if err != nil {
		b.Fatal(err)
	}
	defer rec.Close()
	segment := rec.Segments()[0]
	err = segment.Read(func(e *recording.Entry) error {
		if pod == nil && e.Type == "pods.v1" && bytes.Contains(e.Object, []byte(`"ready":true`)) && bytes.Contains(e.Object, []byte(`"name":"cart-`)) {
			pod = bytes.Clone(e.Object)
		}
		return nil
	})
	if err != nil || pod == nil {
		b.Fatalf("no pod: %v", err)
	}
	return segment.Types, pod
}

// BenchmarkJudge is all that a change costs who applies the built-in rules on one core: to find what differs and who did it, to judge it, and to
// keep the object packed. 1,000 pods of 7 KB become ready and not ready in turn, which is the change that most rules look at.
func BenchmarkJudge(b *testing.B) {
	rules, err := signals.Builtin()
	if err != nil {
		b.Fatal(err)
	}
	const pods = 1000
	types, pod := aPod(b)
	j, err := NewJudge(Rules{Builtin: rules}, func(signals.Signal) {})
	if err != nil {
		b.Fatal(err)
	}
	name := []byte(member(pod, "name"))
	version := func(i int, ready bool) []byte {
		text := bytes.ReplaceAll(pod, name, fmt.Appendf(nil, "%s%04d", name[:len(name)-5], i))
		if !ready {
			text = bytes.ReplaceAll(text, []byte(`"ready":true`), []byte(`"ready":false`))
		}
		return text
	}
	var versions [2][pods][]byte
	at := time.Unix(1_800_000_000, 0)
	if err := j.Begin(recording.Header{At: at, Types: types, Objects: pods}); err != nil {
		b.Fatal(err)
	}
	for i := range pods {
		versions[0][i], versions[1][i] = version(i, true), version(i, false)
		if err := j.Write(recording.Entry{At: at, Kind: recording.Present, Type: "pods.v1", Object: versions[0][i]}); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(int64(len(pod)))
	b.ReportAllocs()
	i := pods
	for b.Loop() {
		at = at.Add(time.Millisecond)
		if err := j.Write(recording.Entry{At: at, Kind: recording.Modified, Type: "pods.v1", Object: versions[i/pods%2][i%pods]}); err != nil {
			b.Fatal(err)
		}
		i++
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "changes/s")
}
