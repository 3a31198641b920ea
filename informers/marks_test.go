package informers

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/model/mask"
)

func newMarks(t testing.TB) *Marks {
	t.Helper()
	m, err := NewMarks()
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// A mark is of 16 bits, so that some pairs in 65,536 are alike by chance: many are compared.
func TestMarksTellValuesApart(t *testing.T) {
	a, b := newMarks(t), newMarks(t)
	const n = 200
	alike := map[string]int{}
	for i := range n {
		value := fmt.Appendf(nil, "a password that is renewed %03d", i)
		mark := a.of("uid", []byte("password"), value)
		if again := a.of("uid", []byte("password"), bytes.Clone(value)); again != mark {
			t.Fatalf("%s is marked %s and %s", value, mark, again)
		}
		for other, got := range map[string]string{
			"the next value":    a.of("uid", []byte("password"), fmt.Appendf(nil, "a password that is renewed %03d", i+1)),
			"the first letter":  a.of("uid", []byte("password"), fmt.Appendf(nil, "A password that is renewed %03d", i)),
			"a zero at the end": a.of("uid", []byte("password"), append(bytes.Clone(value), 0)),
			"another object":    a.of("diu", []byte("password"), value),
			"another name":      a.of("uid", []byte("password2"), value),
			"a letter moved":    a.of("uidp", []byte("assword"), value),
			"another process":   b.of("uid", []byte("password"), value),
		} {
			if got == mark {
				alike[other]++
			}
		}
	}
	for other, count := range alike {
		if count > 2 {
			t.Errorf("%s has the same mark in %d of %d", other, count, n)
		}
	}
}

// What is renewed has another mask, though it is as long, also where kubectl keeps a copy; what is as it was has the same.
func TestMasksTellWhatIsRenewed(t *testing.T) {
	d := testDecoder(pods.GroupVersion().WithResource("secrets"))
	d.marks = newMarks(t)
	read := func(version, password string) string {
		t.Helper()
		encoded := base64.StdEncoding.EncodeToString([]byte(password))
		secret := fmt.Sprintf(`{"kind":"Secret","apiVersion":"v1","metadata":{"name":"s","uid":"u","resourceVersion":%q,"annotations":{%q:%q}},"data":{"same":"c2FtZQ==","password":%q}}`,
			version, lastApplied, password, encoded)
		all, _, err := readList(d, table(`{"cells":["s","Opaque",2,"1d"],"object":`+secret+`}`))
		if err != nil {
			t.Fatal(err)
		}
		text, err := all[0].JSON()
		if err != nil {
			t.Fatal(err)
		}
		return strings.Replace(string(text), `"resourceVersion":"`+version+`"`, "", 1)
	}
	before, same := read("1", "hunter21"), read("2", "hunter21")
	if before != same {
		t.Errorf("unchanged it is %s, and then %s", before, same)
	}
	part := func(text, name string) string {
		_, rest, _ := strings.Cut(text, name+`":"`)
		value, _, _ := strings.Cut(rest, `"`)
		return value
	}
	renewed := 0
	for i := range 20 { // one in 65,536 is marked as before
		after := read(fmt.Sprint(3+i), fmt.Sprintf("hunter%02d", 30+i))
		for _, name := range []string{"password", lastApplied} {
			if masked := part(after, name); !strings.HasPrefix(masked, mask.Begin+" (8 bytes, mark ") {
				t.Fatalf("%s is masked as %q in %s", name, masked, after)
			} else if masked != part(before, name) {
				renewed++
			}
		}
		if part(after, "same") != part(before, "same") {
			t.Errorf("what is the same is %s, and was %s", part(after, "same"), part(before, "same"))
		}
	}
	if renewed < 38 {
		t.Errorf("%d of 40 renewed values are told", renewed)
	}
}

// What a replay serves is masked by another process, and keeps its marks.
func TestMarkedMasksStandForThemselves(t *testing.T) {
	secrets := schema.GroupResource{Resource: "secrets"}
	masked, err := redact(secrets, []byte(`{"metadata":{"uid":"u"},"data":{"a":"c2VzYW1l"}}`), newMarks(t))
	if err != nil || !bytes.Contains(masked, []byte(mask.Begin+" (6 bytes, mark ")) {
		t.Fatalf("%s, %v", masked, err)
	}
	served, err := EncodeMasks(secrets, bytes.Clone(masked))
	if err != nil {
		t.Fatal(err)
	}
	if again, err := redact(secrets, served, newMarks(t)); err != nil || string(again) != string(masked) {
		t.Errorf("masked again it is %s, %v; it was %s", again, err, masked)
	}
}

// The same value has another mark at another place of an object. Elements of lists have no place of their own, and are not marked.
func TestMarksDoNotTellThatValuesAreTheSame(t *testing.T) {
	r := redactorFor(Type{}, rules(t, ".a.*.password", ".list[*].password"))
	alike := 0
	for i := range 100 {
		object := fmt.Sprintf(`{"a":{"x":{"password":"p%02d"},"y":{"password":"p%02d"}},"list":[{"password":"p%02d"}]}`, i, i, i)
		masked, _, err := r.apply([]byte(object), newMarks(t), "u")
		if err != nil {
			t.Fatal(err)
		}
		found := regexp.MustCompile(`\(3 bytes, mark (\w{4})\)`).FindAllSubmatch(masked, -1)
		if len(found) != 2 || !bytes.Contains(masked, []byte(mask.Begin+" (3 bytes)")) {
			t.Fatalf("masked it is %s", masked)
		}
		if bytes.Equal(found[0][1], found[1][1]) {
			alike++
		}
	}
	if alike > 2 {
		t.Errorf("%d of 100 are marked alike", alike)
	}
}

// Where it is not known which object it is, masks tell the size only: the same value elsewhere would have the same mark.
func TestObjectsWithoutUIDAreNotMarked(t *testing.T) {
	secrets := schema.GroupResource{Resource: "secrets"}
	for _, text := range []string{`{"data":{"a":"c2VzYW1l"}}`, `{"metadata":{"uid":""},"data":{"a":"c2VzYW1l"}}`} {
		if masked, err := redact(secrets, []byte(text), newMarks(t)); err != nil || !bytes.Contains(masked, []byte(mask.Begin+" (6 bytes)")) {
			t.Errorf("%s, %v", masked, err)
		}
	}
	for _, text := range []string{`{"data":{"a":`, ``, `{"metadata":{"uid":"u"},"data":`} {
		if masked, err := redact(secrets, []byte(text), newMarks(t)); err == nil {
			t.Errorf("%q: %s", text, masked)
		}
	}
}
