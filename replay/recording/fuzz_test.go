package recording

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	strict "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/klauspost/compress/zstd"
)

func compress(text []byte) ([]byte, error) {
	enc, err := zstd.NewWriter(nil)
	if err != nil {
		return nil, err
	}
	return enc.EncodeAll(text, nil), nil
}

// FuzzOpen reads whatever claims to be a recording.
func FuzzOpen(f *testing.F) {
	packed, err := compress([]byte(`{"dogwatchRecording":1}` + "\n" + `{"event":"END"}` + "\n"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(packed)
	f.Add([]byte{0x50, 0x2a, 0x4d, 0x18, 0xff, 0xff, 0xff, 0xff})
	f.Fuzz(func(_ *testing.T, file []byte) {
		rec, err := Open(bytes.NewReader(file), int64(len(file)))
		if err != nil {
			return
		}
		for _, s := range rec.Segments() {
			_ = s.Read(func(*Entry) error { return nil })
		}
	})
}

// FuzzDecode compares the quick way of reading a line with the plain one.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"at":"2026-11-24T08:00:00Z","event":"ADDED","type":"pods.v1","cells":["a"],"object":{"a":1}}`))
	f.Add([]byte(`{"event":"ADDED","type":"pods.v1","cells":[{"a":1,"object":{}}],"object":{}}`))
	f.Add([]byte(`{"event":"ADDED","object":{},"type":"pods.v1"}`))
	f.Add([]byte(`{"event":"ADDED","type":"pods.v1","object":{}]`))
	f.Fuzz(func(t *testing.T, line []byte) {
		var quick, plain Entry
		err := quick.decode(line)
		wrong := json.Unmarshal(line, &plain)
		if wrong == nil {
			wrong = plain.check()
		}
		if (err == nil) != (wrong == nil) {
			t.Fatalf("quick: %v, plain: %v", err, wrong)
		}
		if err == nil && (quick.Kind != plain.Kind || quick.Type != plain.Type || !bytes.Equal(quick.Object, plain.Object)) {
			t.Fatalf("quick %+v, plain %+v", quick, plain)
		}
	})
}

// FuzzLine compares what a line says at first sight with what it says when it is read as JSON.
func FuzzLine(f *testing.F) {
	f.Add([]byte(`{"at":"2026-11-24T08:00:00Z","event":"ADDED","type":"pods.v1","merged":3,"cells":["a"],"object":{"a":1}}`))
	f.Add([]byte(`{"at":"2026-11-24T08:00:00Z","event":"ADDED","type":"pods.v1","cells":[{"a":[1],"object":{}}],"object":{}}`))
	f.Add([]byte(`{"at":"2026-11-24T08:00:00Z","event":"ADDED","object":{},"type":"pods.v1"}`))
	f.Add([]byte(`{"at":"2026-11-24T08:00:00Z","event":"WATCH","type":"pods.v1","live":true}`))
	f.Add([]byte(`{"at":"2026-11-24T08:00:00Z","event":"TYPES","types":[]}`))
	f.Add([]byte(`{"at":"2026-11-24T08:00:00Z","event":"END"}`))
	f.Add([]byte(`{"at":"2026-11-24T08:00:00Z","event":"END\u0041","type":"a\u0041.v1"}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		var plain struct {
			At     time.Time      `json:"at"`
			Kind   Kind           `json:"event"`
			Type   TypeName       `json:"type"`
			Cells  jsontext.Value `json:"cells"`
			Object jsontext.Value `json:"object"`
		}
		if strict.Unmarshal(text, &plain) != nil {
			return // what is not JSON may be read as anything, as long as it does not panic
		}
		var line Line
		if err := line.read(text); err != nil {
			t.Fatalf("a line that is JSON: %v", err)
		}
		if !line.At.Equal(plain.At) || line.Kind != plain.Kind || line.Type != plain.Type {
			t.Fatalf("line %+v, plain %+v", line, plain)
		}
		cells, object, ok := Split(text)
		if ok && object.IsValid() && (!bytes.Equal(cells, plain.Cells) || !bytes.Equal(object, plain.Object)) {
			t.Fatalf("split %s and %s, plain %s and %s", cells, object, plain.Cells, plain.Object)
		}
	})
}
