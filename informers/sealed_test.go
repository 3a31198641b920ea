package informers

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"unsafe"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/model"
)

// secretRow is a Secret as kubectl apply leaves it: its value is in data and, plain, in an annotation.
func secretRow(name, value, encoded string) string {
	return `{"cells":["` + name + `","Opaque",1,"9d"],"object":{"kind":"Secret","apiVersion":"v1","metadata":{"name":"` + name + `","uid":"u","resourceVersion":"7",` +
		`"annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{\"stringData\":{\"password\":\"` + value + `\"}}\n"}},` +
		`"data":{"password":"` + encoded + `","empty":""},"type":"Opaque"}}`
}

var secretsGVR = schema.GroupVersionResource{Version: "v1", Resource: "secrets"}

// memory keeps every piece of memory that is read into, as whoever looks through a process's memory later finds it.
type memory struct {
	io.Reader
	pieces map[*byte][]byte // by their last byte
}

func (m *memory) Read(p []byte) (int, error) {
	n, err := m.Reader.Read(p)
	if m.pieces == nil {
		m.pieces = map[*byte][]byte{}
	}
	whole := p[:cap(p)]
	if last := &whole[len(whole)-1]; len(m.pieces[last]) < len(whole) {
		m.pieces[last] = whole
	}
	return n, err
}

// expectWiped checks that none of the memory holds the text.
func expectWiped(t *testing.T, d *decoder, m *memory, text string) {
	t.Helper()
	for _, piece := range append(slices.Collect(maps.Values(m.pieces)), d.parts.json[:cap(d.parts.json)]) {
		if i := bytes.Index(piece, []byte(text)); i >= 0 {
			t.Fatalf("%q is left in %q", text, piece[max(0, i-80):min(len(piece), i+80)])
		}
	}
}

// What a decoder reads of Secrets leaves no trace in the memory that it was read into, whatever pieces it comes in.
func TestSecretsAreWipedWhereTheyAreRead(t *testing.T) {
	rows := make([]string, 30)
	for i := range rows {
		rows[i] = secretRow(fmt.Sprintf("s-%d", i), strings.Repeat("x", 300*i)+"hunter2", "aHVudGVyMg==")
	}
	for name, cut := range map[string]func(io.Reader) io.Reader{
		"whole": func(r io.Reader) io.Reader { return r }, "halves": iotest.HalfReader, "bytes": iotest.OneByteReader,
	} {
		t.Run(name, func(t *testing.T) {
			d, m := testDecoder(secretsGVR), &memory{Reader: cut(strings.NewReader(table(rows...)))}
			var objects []*model.Object
			if _, err := d.list(m, func(page) {}, func(o *model.Object) { objects = append(objects, o) }); err != nil {
				t.Fatal(err)
			}
			if len(objects) != len(rows) {
				t.Errorf("%d objects", len(objects))
			}
			expectWiped(t, d, m, "hunter2")
			expectWiped(t, d, m, "aHVudGVyMg")
		})
	}
}

// arrivals is a stream on which texts arrive one after the other. Before each it has waited.
type arrivals struct {
	texts []string
	now   io.Reader
	wait  func()
}

func (a *arrivals) Read(p []byte) (int, error) {
	if n, err := a.now.Read(p); n > 0 || err != io.EOF {
		return n, err
	}
	a.wait()
	if len(a.texts) == 0 {
		return 0, errors.New("the connection broke")
	}
	a.now, a.texts = strings.NewReader(a.texts[0]), a.texts[1:]
	return a.now.Read(p)
}

// A watch waits for its next event with nothing left of those before, also of one that brought nothing new.
func TestSecretEventsAreWipedBeforeTheNext(t *testing.T) {
	a := &arrivals{now: strings.NewReader("")}
	for _, value := range []string{"hunter2", strings.Repeat("y", 9000) + "hunter2", "hunter2"} {
		a.texts = append(a.texts, event1("MODIFIED", eventTable(widgetColumns, secretRow("s", value, "aHVudGVyMg==")))+"\n")
	}
	m := &memory{Reader: a}
	d := testDecoder(secretsGVR)
	waited, known := 0, map[model.Key]*model.Object{}
	d.held = func(k model.Key) (*model.Object, bool) { o, ok := known[k]; return o, ok }
	a.wait = func() {
		waited++
		expectWiped(t, d, m, "hunter2")
		expectWiped(t, d, m, "aHVudGVyMg")
	}
	events := d.events(m)
	for range 3 {
		if err := events.next(func(e event) error { known[e.Object.Key] = e.Object; return nil }); err != nil {
			t.Fatal(err)
		}
	}
	if err := events.next(func(event) error { return nil }); err == nil || !strings.Contains(err.Error(), "the connection broke") || waited != 4 {
		t.Errorf("at the end: %v, waited %d times", err, waited)
	}
}

// What breaks in the middle of a Secret leaves nothing either.
func TestBrokenSecretsAreWiped(t *testing.T) {
	whole := event1("ADDED", eventTable(widgetColumns, secretRow("s", "hunter2", "aHVudGVyMg==")))
	for _, broken := range []string{whole[:len(whole)-9], strings.Replace(whole, `"Opaque"}`, `Opaque}`, 1)} {
		for name, end := range map[string]error{"ended": io.EOF, "broke": errors.New("broke")} {
			d, m := testDecoder(secretsGVR), &memory{Reader: io.MultiReader(strings.NewReader(broken), iotest.ErrReader(end))}
			if err := d.events(m).next(func(event) error { return nil }); err == nil {
				t.Errorf("%s: no error", name)
			}
			expectWiped(t, d, m, "hunter2")
			expectWiped(t, d, m, "aHVudGVyMg")
		}
	}
}

// Sealed values are those that the text has, and its end is one only between two of them.
func TestSealedValues(t *testing.T) {
	for text, want := range map[string][]string{
		``:                        nil,
		" {} \n":                  {" {}"},
		`{"a":"}\"{"}{"b":[{}]} `: {`{"a":"}\"{"}`, `{"b":[{}]}`},
		`{"a":1}{"b"`:             {`{"a":1}`, `{"b"`},
		`"x"1`:                    {`"x"`, `1`},
		`<h`:                      {`<`, `h`},
		`}]`:                      {`}`, `]`},
	} {
		s := sealed{body: iotest.OneByteReader(strings.NewReader(text))}
		var got []string
		for {
			value, err := s.next()
			if err != nil {
				if !errors.Is(err, io.EOF) {
					t.Errorf("%q: %v", text, err)
				}
				break
			}
			got = append(got, string(value))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q has %q, want %q", text, got, want)
		}
	}
}

// A cell that shows a hidden value is not kept where it was read either.
func TestHiddenCellsAreNotKept(t *testing.T) {
	d := testDecoder(gauges)
	d.redact = redactorFor(d.typ, rules(t, ".spec.token"))
	columns := strings.Replace(widgetColumns, `"name":"Last","type":"date"`, `"name":"Token","type":"string"`, 1)
	body := strings.Replace(table(`{"cells":["hidden",7,"hunter2","9d"],"object":{"metadata":{"name":"hidden"},"spec":{"token":"hunter2"}}}`), widgetColumns, columns, 1)
	if _, _, err := readList(d, body); err != nil {
		t.Fatal(err)
	}
	if _, ok := d.words.known["hunter2"]; ok || slices.Contains(d.cells[:cap(d.cells)], "hunter2") ||
		bytes.Contains(d.words.scratch[:cap(d.words.scratch)], []byte("hunter2")) {
		t.Error("the decoder still has it")
	}
}

// What is masked is read where it is, not in a copy.
func TestMaskingReadsInPlace(t *testing.T) {
	json := []byte(`{"data":{"a":"aHVudGVyMg=="}}`)
	value, err := within(json).value()
	if err != nil || unsafe.SliceData(value) != unsafe.SliceData(json) {
		t.Errorf("a copy is read, %v", err)
	}
}
