package informers

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/watch"
	clocktesting "k8s.io/utils/clock/testing"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/jsonscan"
)

// testDecoder is a decoder without a watch.
func testDecoder(gvr schema.GroupVersionResource) *decoder {
	return &decoder{
		typ:       Type{GVR: gvr, Namespaced: true},
		packer:    model.NewPacker(),
		redact:    redactorFor(Type{GVR: gvr}, nil),
		now:       clocktesting.NewFakeClock(time.Unix(1800000000, 0)).Now,
		onColumns: func(*model.Columns) {},
		held:      func(model.Key) (*model.Object, bool) { return nil, false },
		layout:    &layout{},
		rooms:     &rooms{},
	}
}

const widgetColumns = `[
	{"name":"Name","type":"string","format":"name","description":"","priority":0},
	{"name":"Size","type":"integer","format":"","description":"","priority":0},
	{"name":"Last","type":"date","format":"","description":"Custom resource definition column (in JSONPath format): .status.last","priority":1},
	{"name":"Age","type":"date","format":"","description":"CreationTimestamp is a timestamp representing the server time when this object was created.","priority":0}]`

const widget = `{"apiVersion":"acme.io/v1","kind":"Widget","metadata":{"name":"a","namespace":"ns","uid":"u1","resourceVersion":"7",` +
	`"creationTimestamp":"2026-01-02T03:04:05Z","deletionTimestamp":"2026-01-03T00:00:00Z","generation":2,"labels":{"app":"x","tier":"y"},` +
	`"managedFields":[{"manager":"kubectl"}]},"spec":{"size":3},"status":{"last":"2026-01-02T04:00:00.5Z"}}`

func table(rows ...string) string {
	return `{"kind":"Table","apiVersion":"meta.k8s.io/v1","metadata":{"resourceVersion":"42","continue":"c","remainingItemCount":9},` +
		`"columnDefinitions":` + widgetColumns + `,"rows":[` + strings.Join(rows, ",") + `]}`
}

func readList(d *decoder, body string) ([]*model.Object, page, error) {
	var all []*model.Object
	p, err := d.list(strings.NewReader(body), func(page) {}, func(o *model.Object) { all = append(all, o) })
	return all, p, err
}

func TestRowBecomesAnObject(t *testing.T) {
	d := testDecoder(gauges)
	all, p, err := readList(d, table(`{"cells":["a",3,"5d","9d"],"object":`+widget+`}`))
	if err != nil {
		t.Fatal(err)
	}
	if p.ResourceVersion != "42" || p.Continue != "c" || *p.RemainingItemCount != 9 {
		t.Errorf("page %+v", p)
	}
	want := &model.Columns{List: []model.Column{
		{Name: "Name", IsName: true, Type: "string"},
		{Name: "Size", Kind: model.Number, Type: "integer"},
		{Name: "Last", Kind: model.Date, Wide: true, Type: "date", Priority: 1, Description: crdColumnDescription + ".status.last"},
		{Name: "Age", Kind: model.Date, Type: "date", Description: "CreationTimestamp is a timestamp representing the server time when this object was created."},
	}}
	o := all[0]
	if diff := cmp.Diff(want.List, o.Columns.List); diff != "" {
		t.Errorf("columns (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"a", "3", "1767326400", "1767323045"}, o.Cells); diff != "" {
		t.Errorf("cells (-want +got):\n%s", diff)
	}
	if o.Key != (model.Key{Namespace: "ns", Name: "a"}) || o.UID != "u1" || o.ResourceVersion != "7" ||
		o.Created != 1767323045 || o.Received != 1800000000 || !o.Deleting || o.Labels.String() != "app=x,tier=y" || managedOf(o) != nil {
		t.Errorf("object %+v", o)
	}
	text, err := o.JSON()
	if want := strings.Replace(widget, `,"managedFields":[{"manager":"kubectl"}]`, "", 1); err != nil || string(text) != want {
		t.Errorf("JSON %s (%v), want %s", text, err, want)
	}
}

func TestADateThatCannotBeFoundIsAPrintedAge(t *testing.T) {
	columns := strings.Replace(widgetColumns, "Custom resource definition column (in JSONPath format): .status.last", "When it last ran", 1)
	all, _, err := readList(testDecoder(gauges), strings.Replace(table(`{"cells":["a",3,"5d","9d"],"object":`+widget+`}`), widgetColumns, columns, 1))
	if err != nil {
		t.Fatal(err)
	}
	if o := all[0]; o.Columns.List[2].Kind != model.PrintedAge || o.Cells[2] != "5d" {
		t.Errorf("column %+v, cell %q; want a printed age of 5d", o.Columns.List[2], o.Cells[2])
	}
}

func TestCellsFitTheColumns(t *testing.T) {
	for cells, want := range map[string][]string{
		`[]`:                             {"", "", "1767326400", "1767323045"},
		`["a"]`:                          {"a", "", "1767326400", "1767323045"},
		`["a",1,"x","y","z",{"w":[1]}]`:  {"a", "1", "1767326400", "1767323045"},
		`[null,1.5,true,null]`:           {"", "1.5", "1767326400", "1767323045"},
		`[["p","q"],{"k":1},"x","y"]`:    {`["p","q"]`, `{"k":1}`, "1767326400", "1767323045"},
		`["\u0041\ud83d\ude00\n",0,0,0]`: {"A😀\n", "0", "1767326400", "1767323045"},
	} {
		all, _, err := readList(testDecoder(gauges), table(`{"cells":`+cells+`,"object":`+widget+`}`))
		if err != nil {
			t.Errorf("%s: %v", cells, err)
			continue
		}
		if diff := cmp.Diff(want, all[0].Cells); diff != "" {
			t.Errorf("%s (-want +got):\n%s", cells, diff)
		}
	}
}

func TestWhatIsNoListIsAnError(t *testing.T) {
	for body, want := range map[string]string{
		``:                                       "EOF",
		`<html><body>Log in`:                     "invalid character",
		`{}`:                                     errNoList.Error(),
		`[]`:                                     "expected",
		`null`:                                   errNoList.Error(),
		`{"error":"login"}`:                      errNoList.Error(),
		`{"kind":"Pod","metadata":{"name":"x"}}`: errNoList.Error(),
		`{"kind":"Status","apiVersion":"v1","status":"Failure"}`: errNoList.Error(),
		`{"kind":"Table","apiVersion":"meta.k8s.io/v1"}`:         errNoList.Error(),
		table()[:200]:            "EOF",
		table(`{"cells":[]}`):    errNoName.Error(),
		table(`{"object":null}`): errNoName.Error(),
		table(`{"object":[1]}`):  "expected",
		table(`7`):               "expected",
		`{"kind":"Table","apiVersion":"meta.k8s.io/v1","rows":[{"cells":["a"],"object":` + widget + `}]}`: errNoColumns.Error(),
		`{"kind":"PodList","apiVersion":"v1","items":[{"metadata":{"name":"a","labels":[]}}]}`:            "labels",
		strings.Replace(table(), `"resourceVersion":"42"`, `"resourceVersion":42`, 1):                     "metadata",
	} {
		all, _, err := readList(testDecoder(gauges), body)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60s: %d objects and error %v, want %q", body, len(all), err, want)
		}
	}
}

func TestPlainListGetsColumns(t *testing.T) {
	body := `{"kind":"WidgetList","apiVersion":"acme.io/v1","metadata":{"resourceVersion":"3"},"items":[
		{"metadata":{"name":"a","creationTimestamp":"2026-01-02T03:04:05Z"},"status":{"phase":"Bound"}},
		{"metadata":{"name":"b"},"status":{"conditions":[{"type":"Other","status":"True"},{"type":"Ready","status":"False","reason":"Cold"}]}},
		{"metadata":{"name":"c"},"status":{"conditions":[{"type":"Ready","status":"True"}]}},
		{"metadata":{"name":"d","deletionTimestamp":"2026-01-02T03:04:05Z"}},
		{"kind":"Widget","apiVersion":"acme.io/v1","metadata":{"name":"e"},"status":7}]}`
	all, _, err := readList(testDecoder(gauges), body)
	if err != nil {
		t.Fatal(err)
	}
	var rows []string
	for _, o := range all {
		rows = append(rows, strings.Join(o.Cells, "|"))
		if text, err := o.JSON(); err != nil || string(find(text, []string{"kind"})) != `"Widget"` {
			t.Errorf("JSON %s (%v)", text, err)
		}
	}
	if diff := cmp.Diff([]string{"a|Bound|1767323045", "b|Cold|", "c|Ready|", "d|Terminating|", "e||"}, rows); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}

// managedOf gives the managedFields that an object carries, as a store does to those who ask.
func managedOf(o *model.Object) []byte {
	s := model.NewStore()
	defer s.Close()
	q := s.SubscribeManaged(make(chan struct{}, 1), 1)
	s.Apply(o)
	return q.TryNext()[0].ManagedFields
}

func event1(kind, object string) string {
	return fmt.Sprintf("{\"type\":%q,\"object\":%s}\n", kind, object)
}

func eventTable(columns, rows string) string {
	return `{"kind":"Table","apiVersion":"meta.k8s.io/v1","metadata":{},"columnDefinitions":` + columns + `,"rows":[` + rows + `]}`
}

func TestStreamOfEvents(t *testing.T) {
	d := testDecoder(gauges)
	row := `{"cells":["a",3,"5d","9d"],"object":` + widget + `}`
	stream := event1("ADDED", eventTable(widgetColumns, row)) +
		event1("MODIFIED", eventTable("null", row)) +
		event1("BOOKMARK", eventTable("null", `{"cells":["",0,null,null],"object":{"kind":"Widget","apiVersion":"acme.io/v1","metadata":{"resourceVersion":"9","annotations":{"k8s.io/initial-events-end":"true"}}}}`)) +
		event1("BOOKMARK", eventTable("null", `{"cells":[],"object":{"metadata":{"resourceVersion":"10","creationTimestamp":null}}}`)) +
		event1("DELETED", widget)
	events := d.events(strings.NewReader(stream))
	events.managed = true
	var got []string
	var err error
	for err == nil {
		err = events.next(func(e event) error {
			s := fmt.Sprint(e.Type, " ", e.ResourceVersion, " ", e.InitialEnd)
			if e.Object != nil {
				s += fmt.Sprint(" ", e.Object.Key, " ", len(e.Object.Cells), " ", len(managedOf(e.Object)) > 0)
			}
			got = append(got, s)
			return nil
		})
	}
	if !errors.Is(err, io.EOF) {
		t.Errorf("the end: %v", err)
	}
	want := []string{
		"ADDED 7 false ns/a 4 true", "MODIFIED 7 false ns/a 4 true", "BOOKMARK 9 true", "BOOKMARK 10 false",
		"DELETED 7 false ns/a 3 true",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

func TestStreamErrors(t *testing.T) {
	expired := event1("ERROR", `{"kind":"Status","apiVersion":"v1","status":"Failure","message":"too old resource version","reason":"Expired","code":410}`)
	for body, good := range map[string]func(error) bool{
		"":                              func(err error) bool { return errors.Is(err, io.EOF) },
		"\n\n":                          func(err error) bool { return errors.Is(err, io.EOF) },
		expired:                         apierrors.IsResourceExpired,
		event1("ADDED", widget)[:100]:   func(err error) bool { return errors.Is(err, io.ErrUnexpectedEOF) },
		`{"object":` + widget + `}`:     func(err error) bool { return strings.Contains(err.Error(), "unknown type") },
		event1("SHOUTED", widget):       func(err error) bool { return strings.Contains(err.Error(), "unknown type") },
		"<html>":                        func(err error) bool { return strings.Contains(err.Error(), "invalid character") },
		event1("ADDED", `{"kind":"X"}`): func(err error) bool { return errors.Is(err, io.EOF) },
		event1("ADDED", `{"spec":{}}`):  func(err error) bool { return errors.Is(err, errNoName) },
		event1("ERROR", `"no status"`):  func(err error) bool { return !errors.Is(err, io.EOF) },
	} {
		events := testDecoder(gauges).events(strings.NewReader(body))
		var err error
		for err == nil {
			err = events.next(func(event) error { return nil })
		}
		if !good(err) {
			t.Errorf("%.50q: %v", body, err)
		}
	}
}

func TestLargeAndInvalidText(t *testing.T) {
	long := strings.Repeat("x", 1<<20)
	object := `{"metadata":{"name":"big","annotations":{"a":"` + long + `","b":"` + long + `","c":"` + long + `"}},"spec":"\xff\xfe bad ` + "\xff\xc3" + `"}`
	object = strings.ReplaceAll(object, `\x`, `\\x`)
	all, _, err := readList(testDecoder(gauges), table(`{"cells":["big`+"\xff"+`",1,"`+long+`"],"object":`+object+`}`))
	if err != nil {
		t.Fatal(err)
	}
	text, err := all[0].JSON()
	if err != nil || !utf8.Valid(text) || len(text) < 3<<20 {
		t.Errorf("%d bytes of JSON, valid %t (%v)", len(text), utf8.Valid(text), err)
	}
	if all[0].Cells[0] != "big\uFFFD" {
		t.Errorf("cells %.20q", all[0].Cells)
	}
}

func TestDatesOfBuiltInTypes(t *testing.T) {
	columns := `[{"name":"Last Seen","type":"string"},{"name":"Name","type":"string","format":"name"},{"name":"First Seen","type":"string","priority":1}]`
	d := testDecoder(pods.GroupVersion().WithResource("events"))
	for object, want := range map[string]string{
		`{"metadata":{"name":"a"},"lastTimestamp":"2026-01-02T03:04:05Z","firstTimestamp":"2026-01-01T00:00:00Z"}`:                 "1767323045|a|1767225600",
		`{"metadata":{"name":"a"},"lastTimestamp":null,"firstTimestamp":null,"eventTime":"2026-01-01T00:00:00.123456Z"}`:           "1767225600|a|1767225600",
		`{"metadata":{"name":"a"},"series":{"lastObservedTime":"2026-01-02T03:04:05.5Z"},"firstTimestamp":"2026-01-01T00:00:00Z"}`: "1767323045|a|1767225600",
		`{"metadata":{"name":"a"}}`: "|a|",
	} {
		body := `{"kind":"Table","apiVersion":"meta.k8s.io/v1","metadata":{"resourceVersion":"1"},"columnDefinitions":` + columns +
			`,"rows":[{"cells":["5m","a","<unknown>"],"object":` + object + `}]}`
		all, _, err := readList(d, body)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(all[0].Cells, "|"); got != want {
			t.Errorf("%s: %s, want %s", object, got, want)
		}
	}
}

func TestSimplePath(t *testing.T) {
	for expression, want := range map[string]int{
		".status.last": 2, ".a": 1, " .a.b.c ": 3,
		"": 0, ".": 0, "a": 0, ".a..b": 0, ".a[0]": 0, `.metadata.annotations.a\.b`: 0, `.a[?(@.x=="y")].z`: 0, ".a b": 0,
	} {
		if got := simplePath(expression); len(got) != want {
			t.Errorf("%q: %q", expression, got)
		}
	}
}

const canary = "canary-7c1e"

func TestSecretsAreMasked(t *testing.T) {
	d := testDecoder(pods.GroupVersion().WithResource("secrets"))
	secret := `{"kind":"Secret","apiVersion":"v1","metadata":{"name":"s","annotations":{"other":"kept",` +
		`"kubectl.kubernetes.io/last-applied-configuration":"{\"data\":\"` + canary + `\"}"},"managedFields":[{"f:data":{"f:key":{}}}]},` +
		`"d\u0061ta":{"key":"` + canary + `==","empty":""},"stringData":{"k":"` + canary + `","odd":["` + canary + `"]},"type":"Opaque"}`
	row := `{"cells":["s","Opaque",2,"1d"],"object":` + secret + `}`
	bodies := map[string]string{
		"table": table(row),
		"list":  `{"kind":"SecretList","apiVersion":"v1","metadata":{"resourceVersion":"1"},"items":[` + secret + `]}`,
		"odd":   table(strings.Replace(row, `"stringData":{`, `"data":"`+canary+`","stringData":{`, 1)),
	}
	for name, body := range bodies {
		all, _, err := readList(d, body)
		if err != nil {
			t.Fatal(err)
		}
		text, err := all[0].JSON()
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(text, []byte(canary)) || strings.Contains(strings.Join(all[0].Cells, ""), canary) {
			t.Errorf("%s: the value is in %s", name, text)
		}
		for _, kept := range []string{`"other":"kept"`, `"key":"•••• (7 bytes)"`, `"k":"•••• (11 bytes)"`, `"type":"Opaque"`} {
			if !bytes.Contains(text, []byte(kept)) {
				t.Errorf("%s: no %s in %s", name, kept, text)
			}
		}
		// An answer that breaks off in the middle of a value tells nothing of it.
		_, _, err = readList(d, body[:strings.LastIndex(body, canary)+5])
		if err == nil || strings.Contains(err.Error(), canary[:5]) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

// Nothing that a server sends may do more than fail, and what comes out is
// valid.
// checkEnds compares what a decoder knows of an object's members with what is there.
func checkEnds(t *testing.T, o jsonscan.Object) {
	t.Helper()
	var ends []int
	for w := jsonscan.Walk(o.Text, 0); w.Next(); {
		w.Value()
		ends = append(ends, w.At())
	}
	if len(o.Ends) > 0 && !slices.Equal(o.Ends, ends) {
		t.Errorf("the members of %s end at %v, want %v", o.Text, o.Ends, ends)
	}
}

// checkIdentity compares who an object is with what encoding/json reads of it, where names come once and all is valid.
func checkIdentity(t *testing.T, o *model.Object, text []byte) {
	t.Helper()
	strict := jsontext.NewDecoder(bytes.NewReader(text))
	if _, err := strict.ReadValue(); err != nil || bytes.ContainsRune(text, utf8.RuneError) || bytes.Contains(text, []byte(`\u`)) {
		return
	}
	var members, meta map[string]json.RawMessage
	if json.Unmarshal(text, &members) != nil || json.Unmarshal(members["metadata"], &meta) != nil {
		return
	}
	for name, got := range map[string]string{
		"name": o.Name, "namespace": o.Namespace, "uid": string(o.UID), "resourceVersion": o.ResourceVersion,
	} {
		var want string
		if raw := meta[name]; len(raw) > 0 && raw[0] == '"' && json.Unmarshal(raw, &want) == nil && got != want {
			t.Errorf("%s of %s is %q", name, text, got)
		}
		if found := find(text, []string{"metadata", name}); string(found) != string(meta[name]) {
			t.Errorf("%s of %s was found to be %s", name, text, found)
		}
	}
}

func FuzzDecoder(f *testing.F) {
	row := `{"cells":["a",3,"5d","9d"],"object":` + widget + `}`
	for _, seed := range []string{
		table(row), table(row, row), `{"kind":"XList","apiVersion":"v","items":[` + widget + `]}`,
		event1("ADDED", eventTable(widgetColumns, row)), event1("BOOKMARK", eventTable("null", `{"object":{"metadata":{"resourceVersion":"1"}}}`)),
		event1("DELETED", widget), event1("ERROR", `{"kind":"Status","code":410}`), `{"data":{"a":"b"},"metadata":{"name":"s"}}`,
		"<html>", "{", "[[[[", `{"kind":"Table","apiVersion":"meta.k8s.io/v1","rows":[{"object":{"metadata":{"labels":{"a":"\ud800"}}}}]}`,
		"{\"kind\":\"\xff\",\"metadata\":{\"name\":\"\xff\"}}",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		check := func(o *model.Object) {
			text, err := o.JSON()
			if err != nil || !utf8.Valid(text) || o.Name == "" || len(o.Cells) != len(o.Columns.List) {
				t.Errorf("object %+v of %s (%v)", o, text, err)
			}
			checkIdentity(t, o, text)
			for _, c := range append(o.Cells, o.Name, o.Namespace, string(o.UID), o.ResourceVersion) {
				if !utf8.ValidString(c) {
					t.Errorf("invalid text %q", c)
				}
			}
		}
		for _, resource := range []string{"pods", "secrets", "events"} {
			d := testDecoder(pods.GroupVersion().WithResource(resource))
			d.health = judgeFunc(func(o jsonscan.Object) { checkEnds(t, o) })
			_, _ = d.list(bytes.NewReader(body), func(page) {}, check)
			events := d.events(bytes.NewReader(body))
			for {
				err := events.next(func(e event) error {
					if e.Object != nil {
						check(e.Object)
					} else if e.Type != watch.Bookmark {
						t.Errorf("%s without an object", e.Type)
					}
					return nil
				})
				if err != nil {
					break
				}
			}
		}
	})
}
