package apiserver_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/replay/apiserver"
	"github.com/dogwatch/dogwatch/replay/apiserver/sample"
	"github.com/dogwatch/dogwatch/replay/apiserver/store"
)

func noon() time.Time { return sample.Epoch().Add(4 * time.Hour) }

func TestTableOfPods(t *testing.T) {
	w := start(t, 70, apiserver.Options{Now: noon})
	var table metav1.Table
	w.get(&table, podsPath+"?includeObject=Object&limit=69", "Accept", tableAccept)
	if table.Kind != "Table" || table.APIVersion != "meta.k8s.io/v1" || table.ResourceVersion == "" || table.Continue == "" ||
		table.RemainingItemCount == nil || len(table.Rows) != 69 {
		t.Fatalf("table %+v with %d rows", table.ListMeta, len(table.Rows))
	}
	var names []string
	for _, c := range table.ColumnDefinitions {
		names = append(names, fmt.Sprintf("%s/%d", c.Name, c.Priority))
	}
	want := []string{"Name/0", "Ready/0", "Status/0", "Restarts/0", "Age/0", "IP/1", "Node/1", "Nominated Node/1", "Readiness Gates/1"}
	if !slices.Equal(names, want) || table.ColumnDefinitions[0].Format != "name" {
		t.Errorf("columns %v, want %v", names, want)
	}
	i := slices.IndexFunc(table.Rows, func(r metav1.TableRow) bool { return r.Cells[0] == "billing-7c9d8f6b5d-00049" })
	if got := fmt.Sprint(table.Rows[i].Cells); got != "[billing-7c9d8f6b5d-00049 0/1 ImagePullBackOff 0 3h59m 10.244.1.51 node-01 <none> <none>]" {
		t.Errorf("cells %s", got)
	}
	var pod map[string]any
	if err := json.Unmarshal(table.Rows[i].Object.Raw, &pod); err != nil || pod["kind"] != "Pod" || pod["spec"] == nil {
		t.Errorf("object %v, %v", pod, err)
	}
}

func TestIncludeObject(t *testing.T) {
	w := start(t, 1, apiserver.Options{})
	for include, want := range map[string]string{"None": "", "Metadata": "PartialObjectMetadata", "": "PartialObjectMetadata", "Object": "Pod"} {
		for _, path := range []string{podsPath, "/api/v1/namespaces/shop/pods/web-7c9d8f6b5d-00000"} {
			var table metav1.Table
			w.get(&table, path+"?includeObject="+include, "Accept", tableAccept)
			var object metav1.PartialObjectMetadata
			if raw := table.Rows[0].Object.Raw; raw != nil {
				if err := json.Unmarshal(raw, &object); err != nil {
					t.Fatal(err)
				}
			}
			if object.Kind != want || (want != "" && object.Name == "") {
				t.Errorf("includeObject=%s: kind %q, want %q", include, object.Kind, want)
			}
		}
	}
	w.refused(http.StatusBadRequest, podsPath+"?includeObject=Some", "Accept", tableAccept)
}

// The columns come with the first event and never again; the bookmark that ends the initial events has an empty row.
func TestTableWatch(t *testing.T) {
	w := start(t, 2, apiserver.Options{})
	e := w.watch(podsPath+"?includeObject=Object&"+streamingList, "Accept", tableAccept)
	var first, second, mark, later metav1.Table
	e.next("ADDED", &first)
	e.next("ADDED", &second)
	e.next("BOOKMARK", &mark)
	w.apply(pods, sample.Pod(0))
	e.next("MODIFIED", &later)
	if len(first.ColumnDefinitions) != 9 || second.ColumnDefinitions != nil || mark.ColumnDefinitions != nil || later.ColumnDefinitions != nil {
		t.Errorf("columns: %d, %v, %v, %v", len(first.ColumnDefinitions), second.ColumnDefinitions, mark.ColumnDefinitions, later.ColumnDefinitions)
	}
	for _, table := range []metav1.Table{first, second, mark, later} {
		if table.Kind != "Table" || len(table.Rows) != 1 || table.ResourceVersion == "" {
			t.Errorf("table %+v", table)
		}
	}
	var object map[string]any
	if err := json.Unmarshal(mark.Rows[0].Object.Raw, &object); err != nil {
		t.Fatal(err)
	}
	annotation, _ := store.Value(object, `.metadata.annotations.k8s\.io/initial-events-end`)
	if annotation != "true" || object["kind"] != "Pod" || object["spec"] != nil {
		t.Errorf("bookmark's object %v", object)
	}
}

// Without objects the bookmark that ends the initial events still carries its annotation.
func TestTableWatchWithoutObjects(t *testing.T) {
	w := start(t, 0, apiserver.Options{})
	e := w.watch("/apis/acme.io/v1/gauges?includeObject=None&"+streamingList, "Accept", tableAccept)
	var added, mark metav1.Table
	e.next("ADDED", &added)
	e.next("BOOKMARK", &mark)
	if added.Rows[0].Object.Raw != nil {
		t.Errorf("object %s", added.Rows[0].Object.Raw)
	}
	var object metav1.PartialObjectMetadata
	if err := json.Unmarshal(mark.Rows[0].Object.Raw, &object); err != nil {
		t.Fatal(err)
	}
	if object.Annotations[metav1.InitialEventsAnnotationKey] != "true" || object.Kind != "PartialObjectMetadata" {
		t.Errorf("bookmark's object %+v", object)
	}
	if got := fmt.Sprint(mark.Rows[0].Cells); got != "[ <nil> <nil> <nil> <nil> <nil>]" { // the name is ""
		t.Errorf("bookmark's cells %s", got)
	}
}

func TestPartialObjectWatch(t *testing.T) {
	w := start(t, 1, apiserver.Options{})
	e := w.watch(podsPath+"?"+streamingList, "Accept", "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1")
	var got map[string]any
	e.next("ADDED", &got)
	if got["kind"] != "PartialObjectMetadata" || got["spec"] != nil {
		t.Errorf("object %v", got)
	}
	e.next("BOOKMARK", &got)
}

func TestCustomColumns(t *testing.T) {
	w := start(t, 0, apiserver.Options{Now: noon})
	w.apply(gauges, []byte(`{"metadata":{"namespace":"shop","name":"bare","creationTimestamp":"2026-11-01T11:00:00Z"}}`))
	var table metav1.Table
	w.get(&table, "/apis/acme.io/v1/namespaces/shop/gauges", "Accept", tableAccept)
	if got, want := fmt.Sprint(table.Rows[0].Cells), "[bare <nil> <nil> <nil> <nil> 60m]"; got != want {
		t.Errorf("cells %s, want %s", got, want)
	}
	if got, want := fmt.Sprint(table.Rows[1].Cells), "[boiler 42 bar 4h hall 2 4h]"; got != want {
		t.Errorf("cells %s, want %s", got, want)
	}
	if d := table.ColumnDefinitions[3].Description; d != "Custom resource definition column (in JSONPath format): .status.last" {
		t.Errorf("description %q", d)
	}
}

func TestDefaultColumnsAndRecordedCells(t *testing.T) {
	st := store.New(store.Options{})
	gvr := sample.Gauges().Resource
	if err := st.AddType(store.Type{Resource: gvr, Kind: "Gauge", Namespaced: true}); err != nil {
		t.Fatal(err)
	}
	object := `{"metadata":{"namespace":"n","name":%q,"resourceVersion":"%d","creationTimestamp":"2026-11-01T11:00:00Z"}}`
	if err := st.Put(gvr, store.Item{JSON: fmt.Appendf(nil, object, "a", 10)}); err != nil {
		t.Fatal(err)
	}
	if err := st.Put(gvr, store.Item{JSON: fmt.Appendf(nil, object, "b", 11), Cells: []byte(`["as","recorded"]`)}); err != nil {
		t.Fatal(err)
	}
	w := serve(t, st, apiserver.Options{})
	var table metav1.Table
	w.get(&table, "/apis/acme.io/v1/gauges", "Accept", tableAccept)
	if got := fmt.Sprint(table.Rows[0].Cells, table.Rows[1].Cells); got != "[a 2026-11-01T11:00:00Z] [as recorded]" {
		t.Errorf("cells %s", got)
	}
	if table.ColumnDefinitions[1].Name != "Created At" {
		t.Errorf("columns %+v", table.ColumnDefinitions)
	}
}

// An old aggregated API knows no Tables: who also accepts plain objects gets these.
func TestTypeWithoutTables(t *testing.T) {
	w := start(t, 0, apiserver.Options{})
	plain := sample.Gauges()
	plain.NoTable = true
	if err := w.st.AddType(plain); err != nil {
		t.Fatal(err)
	}
	var l list
	w.get(&l, "/apis/acme.io/v1/gauges?includeObject=Object", "Accept", tableAccept)
	if l.Kind != "GaugeList" || len(l.Items) != 1 {
		t.Errorf("list %+v", l)
	}
	w.refused(http.StatusNotAcceptable, "/apis/acme.io/v1/gauges", "Accept", "application/json;as=Table;v=v1;g=meta.k8s.io")
	e := w.watch("/apis/acme.io/v1/gauges?watch=1", "Accept", tableAccept)
	var object metav1.PartialObjectMetadata
	e.next("ADDED", &object)
	if object.Kind != "Gauge" {
		t.Errorf("event's object is a %s", object.Kind)
	}
}

// Recorded cells hold times where the server printed ages, and ages within other cells that were true when they were
// printed. What is no time stays as the server said it.
func TestRecordedCellsGrowOlder(t *testing.T) {
	gvr := schema.GroupVersionResource{Version: "v1", Resource: "olds"}
	column := func(columnType string, age bool) store.Column {
		return store.Column{TableColumnDefinition: metav1.TableColumnDefinition{Name: "C", Type: columnType}, Age: age}
	}
	st := store.New(store.Options{})
	err := st.AddType(store.Type{Resource: gvr, Kind: "Old", Columns: []store.Column{
		column("string", true), column("string", true), column("date", true), column("string", true), column("string", false),
		column("string", false), column("date", false), column("integer", false),
	}})
	if err != nil {
		t.Fatal(err)
	}
	cells := `["2026-11-01T11:00:00Z",null,null,"<unknown>","7 (12s ago)","<none>","3m",5,"too many"]`
	item := store.Item{
		JSON: []byte(`{"metadata":{"name":"a","resourceVersion":"11"}}`), Cells: []byte(cells), Printed: noon().Add(-time.Minute),
	}
	if err := st.Put(gvr, item); err != nil {
		t.Fatal(err)
	}
	var table metav1.Table
	serve(t, st, apiserver.Options{Now: noon}).get(&table, "/api/v1/olds", "Accept", tableAccept)
	if got, want := fmt.Sprint(table.Rows[0].Cells), "[60m <none> <nil> <unknown> 7 (72s ago) <none> 4m 5 too many]"; got != want {
		t.Errorf("cells %s, want %s", got, want)
	}
}
