package apiserver_test

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/dogwatch/dogwatch/replay/apiserver"
	"github.com/dogwatch/dogwatch/replay/apiserver/sample"
)

const streamingList = "watch=1&sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan"

func TestWatchResumes(t *testing.T) {
	w := start(t, 3, apiserver.Options{})
	rv := w.st.ResourceVersion()
	w.apply(pods, sample.Pod(3))
	e := w.watch(fmt.Sprintf("%s?watch=true&resourceVersion=%d", podsPath, rv))
	var pod metav1.PartialObjectMetadata
	e.next("ADDED", &pod)
	if pod.Name != "cache-7c9d8f6b5d-00003" || pod.Kind != "Pod" {
		t.Errorf("added %+v", pod)
	}
	modified := w.apply(pods, sample.Pod(3))
	e.next("MODIFIED", &pod)
	if pod.ResourceVersion != fmt.Sprint(modified) {
		t.Errorf("modified at %s, want %d", pod.ResourceVersion, modified)
	}
	deleted := w.delete(pods, pod.Namespace, pod.Name)
	e.next("DELETED", &pod)
	if pod.ResourceVersion != fmt.Sprint(deleted) {
		t.Errorf("deleted at %s, want %d", pod.ResourceVersion, deleted)
	}
}

func TestWatchFromAnExpiredVersion(t *testing.T) {
	w := start(t, 3, apiserver.Options{})
	now := w.st.ResourceVersion()
	w.st.Compact(now)
	var status metav1.Status
	e := w.watch(fmt.Sprintf("%s?watch=1&resourceVersion=%d", podsPath, now-1))
	e.next("ERROR", &status)
	if status.Code != http.StatusGone || status.Reason != metav1.StatusReasonExpired ||
		status.Message != fmt.Sprintf("too old resource version: %d (%d)", now-1, now) {
		t.Errorf("status %+v", status)
	}
	e.end()
}

// What comes from the future was read from another store: the client has to list again.
func TestWatchFromTheFuture(t *testing.T) {
	w := start(t, 0, apiserver.Options{})
	var status metav1.Status
	e := w.watch(podsPath + "?watch=1&resourceVersion=99999")
	e.next("ERROR", &status)
	if status.Code != http.StatusGone {
		t.Errorf("status %+v", status)
	}
	e.end()
	e = w.watch(podsPath + "?resourceVersion=99999&" + streamingList)
	e.next("ERROR", &status)
	if status.Reason != metav1.StatusReasonTimeout || status.Details.Causes[0].Type != metav1.CauseTypeResourceVersionTooLarge {
		t.Errorf("status %+v", status)
	}
}

func TestExpiryEndsOpenWatches(t *testing.T) {
	w := start(t, 1, apiserver.Options{})
	e := w.watch(podsPath + "?watch=1&sendInitialEvents=false&resourceVersionMatch=NotOlderThan")
	other, err := sample.Store(2)
	if err != nil {
		t.Fatal(err)
	}
	w.SetStore(other)
	var status metav1.Status
	e.next("ERROR", &status)
	if status.Code != http.StatusGone {
		t.Errorf("status %+v", status)
	}
	e.end()
	var l list
	if w.get(&l, podsPath); len(l.Items) != 2 {
		t.Errorf("%d pods in the new store, want 2", len(l.Items))
	}
}

func TestStreamingList(t *testing.T) {
	w := start(t, 3, apiserver.Options{})
	e := w.watch(podsPath + "?" + streamingList)
	for range 3 {
		e.next("ADDED", nil)
	}
	var end metav1.PartialObjectMetadata
	e.next("BOOKMARK", &end)
	if end.Annotations[metav1.InitialEventsAnnotationKey] != "true" || end.Kind != "Pod" || end.Name != "" ||
		end.ResourceVersion != fmt.Sprint(w.st.ResourceVersion()) {
		t.Errorf("bookmark %+v", end)
	}
	w.apply(pods, sample.Pod(4))
	e.next("ADDED", nil)
}

// A watch without a version begins with the state, also on servers that know no streaming lists; they send no bookmark for it.
func TestWatchWithoutVersion(t *testing.T) {
	for _, old := range []bool{false, true} {
		w := start(t, 1, apiserver.Options{NoStreamingLists: old})
		e := w.watch(podsPath + "?watch=1&allowWatchBookmarks=true")
		e.next("ADDED", nil)
		if !old {
			e.next("BOOKMARK", nil)
		}
		w.apply(pods, sample.Pod(0))
		e.next("MODIFIED", nil)
	}
}

func TestWatchValidation(t *testing.T) {
	w := start(t, 1, apiserver.Options{})
	for _, bad := range []string{
		"?watch=1&sendInitialEvents=true", "?watch=1&resourceVersion=1&resourceVersionMatch=NotOlderThan",
		"?watch=1&sendInitialEvents=true&resourceVersionMatch=Exact",
	} {
		w.refused(http.StatusUnprocessableEntity, podsPath+bad)
	}
	w.refused(http.StatusBadRequest, podsPath+"?watch=1&fieldSelector=spec.odd=1")
	old := start(t, 1, apiserver.Options{NoStreamingLists: true})
	status := old.refused(http.StatusUnprocessableEntity, podsPath+"?"+streamingList)
	if status.Reason != metav1.StatusReasonInvalid || status.Details.Causes[0].Field != "sendInitialEvents" {
		t.Errorf("status %+v", status)
	}
}

func TestBookmarksTellOfProgressElsewhere(t *testing.T) {
	w := start(t, 1, apiserver.Options{BookmarkInterval: 5 * time.Millisecond})
	e := w.watch(fmt.Sprintf("%s?watch=1&allowWatchBookmarks=true&resourceVersion=%d", podsPath, w.st.ResourceVersion()))
	rv := w.apply(gauges, sample.Gauge("shop", "tank", 3))
	var mark metav1.PartialObjectMetadata
	for mark.ResourceVersion != fmt.Sprint(rv) {
		e.next("BOOKMARK", &mark)
		if len(mark.Annotations) > 0 {
			t.Fatalf("bookmark %+v", mark)
		}
	}
}

func TestWatchTimesOut(t *testing.T) {
	w := start(t, 0, apiserver.Options{})
	e := w.watch(fmt.Sprintf("%s?watch=1&timeoutSeconds=1&allowWatchBookmarks=true&resourceVersion=%d", podsPath, w.st.ResourceVersion()))
	e.next("BOOKMARK", nil) // shortly before the end
	e.end()
	eventually(t, "the watch is closed", func() bool { return len(w.OpenWatches()) == 0 })
}

func TestSelectorsOnAWatch(t *testing.T) {
	w := start(t, 0, apiserver.Options{})
	gauge := func(level int, plant string) []byte {
		return sample.JSON(map[string]any{
			"metadata": map[string]any{"namespace": "shop", "name": "g", "labels": map[string]any{"plant": plant}},
			"spec":     map[string]any{"level": level},
		})
	}
	w.apply(gauges, gauge(1, "south"))
	rv := w.st.ResourceVersion()
	e := w.watch(fmt.Sprintf("/apis/acme.io/v1/gauges?watch=1&resourceVersion=%d&labelSelector=%s", rv, url.QueryEscape("plant=south")))
	w.apply(gauges, gauge(2, "south"))
	left := w.apply(gauges, gauge(3, "west"))
	w.apply(gauges, gauge(4, "west"))
	w.apply(gauges, gauge(5, "south"))
	w.delete(gauges, "shop", "g")

	var got struct {
		metav1.ObjectMeta `json:"metadata"`
		Spec              struct{ Level int }
	}
	for _, want := range []struct {
		event string
		level int
	}{{"MODIFIED", 2}, {"DELETED", 2}, {"ADDED", 5}, {"DELETED", 5}} {
		e.next(want.event, &got)
		if got.Spec.Level != want.level {
			t.Errorf("%s with level %d, want %d", want.event, got.Spec.Level, want.level)
		}
		if want.event == "DELETED" && want.level == 2 && got.ResourceVersion != fmt.Sprint(left) {
			t.Errorf("deleted at %s, want %d", got.ResourceVersion, left)
		}
	}
}

// A CustomResourceDefinition is deleted and comes back with other columns.
func TestTypeGoesAndComesBack(t *testing.T) {
	w := start(t, 0, apiserver.Options{})
	e := w.watch(fmt.Sprintf("/apis/acme.io/v1/gauges?watch=1&resourceVersion=%d", w.st.ResourceVersion()))
	if err := w.st.RemoveType(gauges); err != nil {
		t.Fatal(err)
	}
	e.next("DELETED", nil)
	e.end()
	resp := w.do(t.Context(), http.MethodGet, "/apis/acme.io/v1/gauges")
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusNotFound {
		t.Errorf("without the type: %d", resp.StatusCode)
	}
	again := sample.Gauges()
	again.Columns = again.Columns[:2]
	if err := w.st.AddType(again); err != nil {
		t.Fatal(err)
	}
	var table metav1.Table
	w.get(&table, "/apis/acme.io/v1/gauges", "Accept", tableAccept)
	if len(table.ColumnDefinitions) != 2 || len(table.Rows) != 0 {
		t.Errorf("table %+v", table)
	}
}

func TestOpenWatchesAreCounted(t *testing.T) {
	w := start(t, 0, apiserver.Options{})
	one := w.watch(podsPath + "?watch=1")
	two := w.watch(podsPath + "?watch=1")
	if n := w.OpenWatches()[pods]; n != 2 {
		t.Errorf("%d open, want 2", n)
	}
	one.close()
	eventually(t, "one watch is closed", func() bool { return w.OpenWatches()[pods] == 1 })
	two.close()
	eventually(t, "all watches are closed", func() bool { return len(w.OpenWatches()) == 0 })
}

// The clock of a recording that is played stands still or runs fast; bookmarks and the end of a watch are for clients, whose
// clock does not.
func TestWatchesFollowTheClientsClock(t *testing.T) {
	w := start(t, 1, apiserver.Options{BookmarkInterval: 5 * time.Millisecond, Now: noon})
	resp := w.do(t.Context(), http.MethodGet, "/version")
	_ = resp.Body.Close()
	if got := resp.Header.Get("Date"); got != noon().UTC().Format(http.TimeFormat) {
		t.Errorf("the server's date is %s", got)
	}
	e := w.watch(fmt.Sprintf("%s?watch=1&timeoutSeconds=1&allowWatchBookmarks=true&resourceVersion=%d", podsPath, w.st.ResourceVersion()))
	e.next("BOOKMARK", nil)
	for {
		var got event
		if err := e.dec.Decode(&got); err == io.EOF {
			return
		} else if err != nil || got.Type != "BOOKMARK" {
			t.Fatalf("event %q, %v", got.Type, err)
		}
	}
}
