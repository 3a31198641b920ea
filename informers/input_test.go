package informers

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

// told is what a decoder tells of a stream: its events, and how it ended.
func told(t *testing.T, body io.Reader) []string {
	t.Helper()
	var all []string
	events := testDecoder(gauges).events(body)
	defer events.leave()
	for {
		events.await()
		err := events.next(func(e event) error {
			all = append(all, fmt.Sprint(e.Type, e.ResourceVersion, e.InitialEnd))
			if e.Object != nil {
				text, err := e.Object.JSON()
				all = append(all, fmt.Sprintf("%s %s %s %v", e.Object.Key, e.Object.Cells, text, err))
			}
			return nil
		})
		if err != nil {
			return append(all, err.Error())
		}
	}
}

// What a stream tells does not depend on the pieces in which it comes, nor on where white space is.
func TestStreamsComeInAnyPieces(t *testing.T) {
	row := `{"cells":["a",3,"5d","9d"],"object":` + widget + `}`
	large := strings.Replace(row, `"spec":{`, `"spec":{"\"text\"":"`+strings.Repeat(`long \"\u0041\\ `, 9000)+`",`, 1)
	stream := event1("ADDED", eventTable(widgetColumns, row)) + event1("MODIFIED", eventTable("null", large)) +
		event1("MODIFIED", eventTable("null", row)) + event1("BOOKMARK", eventTable("null", `{"object":{"metadata":{"resourceVersion":"9"}}}`))
	spaced := strings.NewReplacer(`{"`, "{\n\t\"", `":`, "\" :  ", `,"`, " ,\r\n\"", `}`, "\n}").Replace(stream)
	for name, text := range map[string]string{
		"as servers write it": stream, "spaced": spaced, "broken off": stream[:len(stream)-40], "broken": stream + `{"type":"ADDED","object":{"a":]}}`,
	} {
		want := told(t, strings.NewReader(text))
		if len(want) < 7 {
			t.Errorf("%s: only %.300q", name, want)
		}
		for cut, pieces := range map[string]func(io.Reader) io.Reader{
			"bytes": iotest.OneByteReader, "halves": iotest.HalfReader, "end with data": iotest.DataErrReader,
			"broken": func(r io.Reader) io.Reader { return io.MultiReader(r, iotest.ErrReader(io.EOF)) },
		} {
			if got := told(t, pieces(strings.NewReader(text))); !slices.Equal(got, want) {
				t.Errorf("%s in %s: %.300q, want %.300q", name, cut, got, want)
			}
		}
	}
}

// An input's room grows with what it must hold at once, and with reads that fill it, up to a limit.
func TestInputIsAsLargeAsItMustBe(t *testing.T) {
	for _, c := range []struct{ values, length, most int }{{1, 100, firstInput}, {5000, 100, fullInput}, {3, 1 << 20, 4 << 20}} {
		value := `"` + strings.Repeat("x", c.length) + `"`
		in := inputOf(strings.NewReader(strings.Repeat(value+"\n", c.values)), &rooms{})
		for n := range c.values {
			if got, err := in.value(); err != nil || string(got) != value {
				t.Fatalf("value %d of %d bytes: %.40q, %v", n, c.length, got, err)
			}
		}
		if in.kind() != 0 || cap(in.text) > c.most {
			t.Errorf("%d values of %d bytes took room for %d, and %c follows", c.values, c.length, cap(in.text), in.kind())
		}
	}
}

// While nothing comes of a stream, it holds no room: what it had is used by others.
func TestWhatIsQuietHoldsNoRoom(t *testing.T) {
	value := []byte(`"` + strings.Repeat("x", 3*firstInput) + `"` + "\n")
	const values = 5
	var in *input
	left, waits, rooms := bytes.Repeat(value, values), 0, &rooms{}
	in = inputOf(readerFunc(func(p []byte) (int, error) {
		if len(left) == 0 {
			return 0, io.EOF
		}
		n := len(left) % len(value) // never more than is left of one value
		if n == 0 {
			n = len(value)
			if waits++; in.room != nil || len(p) > len(in.first) {
				t.Errorf("the wait for value %d holds room for %d", waits, len(p))
			}
		}
		n = copy(p, left[:n])
		left = left[n:]
		return n, nil
	}), rooms)
	for n := range values {
		in.await()
		if got, err := in.value(); err != nil || string(got) != string(value[:len(value)-1]) {
			t.Fatalf("value %d: %.40q, %v", n, got, err)
		}
	}
	if in.await(); in.kind() != 0 || waits != values || in.gone != int64(values*len(value)) {
		t.Errorf("%d waits, %d bytes gone, %c follows", waits, in.gone, in.kind())
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// A reader that brings nothing, again and again, is not waited for forever, and its own error is told.
func TestInputsThatFail(t *testing.T) {
	broke := errors.New("broke")
	for want, body := range map[error]io.Reader{
		broke:               io.MultiReader(strings.NewReader(`{"a":[1,`), iotest.ErrReader(broke)),
		io.ErrNoProgress:    &idle{},
		io.ErrUnexpectedEOF: strings.NewReader(`{"a":[1,`),
	} {
		if _, err := inputOf(body, &rooms{}).value(); !errors.Is(err, want) {
			t.Errorf("%v, want %v", err, want)
		}
	}
}

type idle struct{}

func (*idle) Read([]byte) (int, error) { return 0, nil }

// What is deeper in one another than jsontext reads is not followed.
func TestInputsThatAreTooDeep(t *testing.T) {
	text := []byte(strings.Repeat("[", deepest+1))
	in := within(text)
	var into func() error
	into = func() error { return elements(in, into) }
	if err := into(); !errors.Is(err, errDeep) {
		t.Error(err)
	}
	object := fmt.Appendf(nil, `{"data":{"a":%s}}`, bytes.Repeat([]byte("["), 3*deepest))
	if _, err := redact(secretsGVR.GroupResource(), object, nil); err == nil {
		t.Error("lists without an end were read")
	}
}

// A value without an end is given up, not kept until memory is out.
func TestValuesWithoutAnEndAreGivenUp(t *testing.T) {
	var rooms rooms
	in := inputOf(io.MultiReader(strings.NewReader(`{"a":"`), endless('x')), &rooms)
	defer in.leave()
	if _, err := in.value(); !errors.Is(err, errLong) {
		t.Errorf("it ends with %v", err)
	}
	if len(in.text) > 3*longest {
		t.Errorf("%d bytes are held", len(in.text))
	}
}

// endless gives one byte for ever.
type endless byte

func (e endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(e)
	}
	return len(p), nil
}
