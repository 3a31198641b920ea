package recording

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/dogwatch/dogwatch/model/mask"
)

// recorders writes what several recorders record of Secrets, one behind the other.
type recorders struct {
	*testing.T
	*Writer
	out bytes.Buffer
	at  time.Time
}

func newRecorders(t *testing.T) *recorders {
	t.Helper()
	r := &recorders{T: t, at: start}
	var err error
	if r.Writer, err = NewWriter(&r.out); err != nil {
		t.Fatal(err)
	}
	return r
}

// begin begins a segment. Objects are in the form of line.
func (r *recorders) begin(continues bool, objects ...string) {
	r.Helper()
	r.at = r.at.Add(time.Minute)
	h := Header{At: r.at, Types: []Type{{Name: "secrets.v1", Kind: "Secret", Namespaced: true}}, Continues: continues, Objects: len(objects)}
	if err := r.Begin(h); err != nil {
		r.Fatal(err)
	}
	for _, o := range objects {
		r.line(Present, o)
	}
}

// line writes a Secret: its UID, and names of values with their masks.
func (r *recorders) line(kind Kind, object string) {
	r.Helper()
	uid, rest, _ := strings.Cut(object, " ")
	// As servers write it, what is masked comes before the UID.
	text := fmt.Sprintf(`{"data":{%s},"metadata":{"managedFields":[{"fieldsV1":{"f:uid":"no"}}],"name":"s","uid":%q}}`, rest, uid)
	r.at = r.at.Add(time.Second)
	if err := r.Write(Entry{At: r.at, Kind: kind, Type: "secrets.v1", Object: []byte(text)}); err != nil {
		r.Fatal(err)
	}
}

// read gives the data of the objects that a reader is told of.
func (r *recorders) read() (all []string) {
	r.Helper()
	if err := r.Close(r.at); err != nil {
		r.Fatal(err)
	}
	for _, s := range open(r.T, r.out.Bytes()).Segments() {
		entries, err := readAll(&s)
		if err != nil {
			r.Error(err)
		}
		for _, e := range entries {
			data, _, _ := strings.Cut(strings.TrimPrefix(string(e.Object), `{"data":{`), "}")
			all = append(all, data)
		}
	}
	return all
}

func value(name, masked string) string { return fmt.Sprintf("%q:%q", name, masked) }

// A value that was masked by one recorder after the other is read as the same, unless its size is another; what changes among one recorder's is told.
func TestMarksOfAnotherRecorderAreThoseOfTheFirst(t *testing.T) {
	six := func(mark string) string { return value("a", mask.Marked(6, mark)) }
	r := newRecorders(t)
	r.begin(false, "u1 "+six("0001")+","+value("b", mask.Marked(3, "0002")), "u2 "+six("0003"))
	r.line(Modified, "u1 "+six("0011")+","+value("b", mask.Marked(3, "0002")))
	r.begin(false, "u1 "+six("aaa1")+","+value("b", mask.Marked(4, "aaa2"))+","+value("c", mask.Marked(6, "aaa3")), "u2 "+six("aaa4"), "u3 "+six("aaa1"))
	r.line(Modified, "u1 "+six("aaa5"))
	r.begin(true, "u1 "+six("aaa5"), "u2 "+six("aaa4"))
	r.line(Modified, "u1 "+six("aaa1"))
	r.begin(false, "u1 "+six("bbb1"), "u2 "+value("other", mask.Marked(6, "bbb2")))
	r.line(Modified, "u1 "+six("bbb9"))
	want := []string{
		six("0001") + "," + value("b", mask.Marked(3, "0002")), six("0003"), six("0011") + "," + value("b", mask.Marked(3, "0002")),
		// The second recorder's: what is larger, and what came, is as it stands there.
		six("0011") + "," + value("b", mask.Marked(4, "aaa2")) + "," + value("c", mask.Marked(6, "aaa3")), six("0003"), six("aaa1"),
		six("aaa5"), six("aaa5"), six("0003"), six("0011"),
		// The third's, by way of the second's.
		six("0011"), value("other", mask.Marked(6, "bbb2")), six("bbb9"),
	}
	got := r.read()
	if len(got) != len(want) {
		t.Fatalf("%d objects are read, want %d", len(got), len(want))
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("object %d is read with %s, want %s", i, got[i], want[i])
		}
	}
}

// What lies behind the next segment's beginning, as in recordings that overlap, was not before it.
func TestMarksOfWhatIsLaterAreNotTheFormer(t *testing.T) {
	six := func(mark string) string { return value("a", mask.Marked(6, mark)) }
	r := newRecorders(t)
	r.begin(false, "u1 "+six("0001"))
	r.at = r.at.Add(time.Hour)
	r.line(Modified, "u1 "+six("0002"))
	r.at = r.at.Add(-time.Hour)
	r.begin(false, "u1 "+six("aaa1"))
	if got := r.read(); got[len(got)-1] != six("0001") {
		t.Errorf("it is read with %s", got[len(got)-1])
	}
}

// Masks of which it is not known whose they are, and what only looks like one, stand as they are, whatever the line is.
func TestOtherTextIsLeftAsItIs(t *testing.T) {
	masked := mask.Marked(6, "aaa1")
	m := &remarks{former: map[marked]string{{"u", "/object/data/a", masked}: "0001", {"", "/object/data/a", masked}: "0002", {"u", "/object/data/" + masked, masked}: "0003"}}
	m.done.Store(true)
	for _, text := range []string{
		`{"object":{"data":{"a":"` + masked + `"}}}`,
		`{"object":{"data":{"b":"` + masked + `"},"metadata":{"uid":"u"}}}`,
		`{"object":{"data":{"a":"` + masked + ` "},"metadata":{"uid":"u"}}}`,
		`{"object":{"data":{"a":"` + masked + `"},"metadata":{"name":"u","uid":"v"}}}`,
		`{"object":{"data":{"` + masked + `":""},"metadata":{"uid":"u"}}}`,
		`{"object":{"data":{"a":"` + masked,
		`{"object":{"metadata":{"managedFields":`, masked, `{"` + masked + `":`, "",
	} {
		line := []byte(text)
		if m.apply(line); string(line) != text {
			t.Errorf("%s is read as %s", text, line)
		}
	}
	line := []byte(`{"object":{"data":{"uid":"x","a":"` + masked + `"},"metadata":{"uid":"u"}}}`)
	if m.apply(line); !bytes.Contains(line, []byte(mask.Marked(6, "0001"))) {
		t.Errorf("it is read as %s", line)
	}
}
