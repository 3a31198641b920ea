package yamldoc_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/dogwatch/dogwatch/ui/detail/yamldoc"
)

// threeMegabytes is as large as an object gets, in many small values.
func threeMegabytes() []byte {
	var members []string
	for i := range 30_000 {
		members = append(members, fmt.Sprintf(`"k%d":{"at":"2026-11-23T13:58:01Z","ip":"10.0.3.%d","message":"some words: and more of them","n":%d}`, i, i%256, i))
	}
	return []byte("{" + strings.Join(members, ",") + "}")
}

func BenchmarkNewPod(b *testing.B) {
	for b.Loop() {
		if _, err := yamldoc.New([]byte(pod), false); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkNewThreeMegabytes(b *testing.B) {
	object := threeMegabytes()
	b.SetBytes(int64(len(object)))
	for b.Loop() {
		if _, err := yamldoc.New(object, false); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCompareThreeMegabytes(b *testing.B) {
	object := threeMegabytes()
	old, err := yamldoc.New(object, false)
	if err != nil {
		b.Fatal(err)
	}
	changed, err := yamldoc.New([]byte(strings.Replace(string(object), `"n":15000}`, `"n":1}`, 1)), false)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		changed.Compare(old)
	}
}
