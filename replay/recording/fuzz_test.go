package recording

import (
	"bytes"
	"encoding/json"
	"testing"

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
