package model

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"testing"
)

// podJSON makes the JSON of a pod that differs from its siblings as pods do.
func podJSON(i int) []byte {
	return fmt.Appendf(nil, `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"web-%d","namespace":"shop","uid":"%08x-%04x","resourceVersion":"%d","labels":{"app":"web","pod-template-hash":"7c9d8b6f5"}},"spec":{"nodeName":"worker-%d","containers":[%s]},"status":{"phase":"Running","podIP":"10.244.%d.%d"}}`,
		i, i*2654435761, i, 1000+i, i%17, strings.Repeat(`{"name":"web","image":"registry.example.com/web:1.2.3","resources":{"limits":{"cpu":"1"}}},`, 20)+`{}`, i%250, i/250)
}

func TestPackedPodsAreSmallAndComeBackWhole(t *testing.T) {
	p := NewPacker()
	var packed []Packed
	for i := range 200 {
		packed = append(packed, p.Pack(podJSON(i)))
	}
	size := 0
	for i, x := range packed {
		got, err := x.JSON()
		if err != nil || !bytes.Equal(got, podJSON(i)) {
			t.Fatalf("pod %d came back as %.60q, %v", i, got, err)
		}
		if i >= dictionarySamples {
			size += x.Size()
		}
	}
	if mean, whole := size/(len(packed)-dictionarySamples), len(podJSON(0)); mean > whole/10 {
		t.Errorf("a pod of %d bytes takes %d", whole, mean)
	}
}

func TestPackDoesNotKeepTheText(t *testing.T) {
	p := NewPacker()
	for i := range 2 * dictionarySamples {
		text := podJSON(i)
		packed := p.Pack(text)
		clear(text)
		if got, err := packed.JSON(); err != nil || !bytes.Equal(got, podJSON(i)) {
			t.Errorf("pod %d changed with the text that was packed: %v", i, err)
		}
	}
}

func TestPackerIsSafeForConcurrentUse(t *testing.T) {
	p := NewPacker()
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := g; i < 400; i += 8 {
				o := &Object{}
				o.SetJSON(p, podJSON(i))
				if got, err := o.JSON(); err != nil || !bytes.Equal(got, podJSON(i)) {
					t.Errorf("pod %d: %v", i, err)
				}
			}
		})
	}
	wg.Wait()
}

func FuzzPackRoundTrip(f *testing.F) {
	f.Add([]byte(`{"a":1}`), []byte(`{}`), uint16(3))
	f.Add(podJSON(1), podJSON(2), uint16(300))
	f.Fuzz(func(t *testing.T, sample, text []byte, times uint16) {
		p := NewPacker()
		for range dictionarySamples {
			p.Pack(append(bytes.Clone(sample), "        padding that takes a sample over the smallest size that is packed                                          "...))
		}
		text = bytes.Repeat(text, int(times)%1000)
		got, err := p.Pack(text).JSON()
		if err != nil || !bytes.Equal(got, text) {
			t.Fatalf("%d bytes came back as %d: %v", len(text), len(got), err)
		}
	})
}

func BenchmarkPack(b *testing.B) {
	p := NewPacker()
	for i := range dictionarySamples {
		p.Pack(podJSON(i))
	}
	b.SetBytes(int64(len(podJSON(0))))
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		p.Pack(podJSON(i))
	}
}

func BenchmarkUnpack(b *testing.B) {
	p := NewPacker()
	for i := range dictionarySamples {
		p.Pack(podJSON(i))
	}
	packed := p.Pack(podJSON(100))
	b.SetBytes(int64(len(podJSON(0))))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := packed.JSON(); err != nil {
			b.Fatal(err)
		}
	}
}
