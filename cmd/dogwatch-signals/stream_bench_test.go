package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/dogwatch/dogwatch/stream"
	"github.com/dogwatch/dogwatch/stream/sinks"
)

// BenchmarkDelivery is how many changes are written and delivered in a second, in batches of 100: from the change as it was found to the answer of who took it.
func BenchmarkDelivery(b *testing.B) {
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) }))
	defer server.Close()
	for _, format := range []string{"text", "json", "cloudevents"} {
		b.Run(format+"/file", func(b *testing.B) {
			f, err := sinks.OpenFile(filepath.Join(b.TempDir(), "events"), isOfDogwatch)
			if err != nil {
				b.Fatal(err)
			}
			deliverTo(b, formatOf(format), f)
		})
		b.Run(format+"/http", func(b *testing.B) {
			to, err := url.Parse(server.URL)
			if err != nil {
				b.Fatal(err)
			}
			deliverTo(b, formatOf(format), sinks.NewHTTP(to, sinks.HTTPOptions{Format: formatOf(format)}))
		})
	}
}

func deliverTo(b *testing.B, format *stream.Format, sink stream.Sink) {
	defer sink.Close()
	q := stream.NewMemory(64 << 20)
	sender := stream.NewSender(q, sink, stream.SenderOptions{})
	done := make(chan error, 1)
	b.ReportAllocs()
	b.ResetTimer()
	go func() { done <- sender.Run(b.Context()) }()
	for n := range b.N {
		c := benchChange(n)
		body, err := format.Encode(c)
		if err != nil {
			b.Fatal(err)
		}
		if err := q.Put(b.Context(), stream.Message{ID: c.ID, Key: c.Object.UID, Body: body}); err != nil {
			b.Fatal(err)
		}
	}
	q.Seal()
	if err := <-done; err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
}

// benchChange is a change as a rollout makes them.
func benchChange(n int) *stream.Change {
	by := &stream.Manager{Name: "kube-controller-manager", Operation: "Update", Subresource: "status", Time: time.Unix(1_790_000_000, 0).UTC()}
	version := strconv.Itoa(n)
	return &stream.Change{
		Schema: "change.v1", ID: "9be3cf35-4b0c-4fd6-9d4c-0d2a4f4f6f10/" + version + "/updated", Time: time.Unix(1_790_000_000, 0).UTC(), Cluster: "shop-eu", Change: stream.Updated,
		Object: stream.Object{
			Group: "apps", Version: "v1", Resource: "deployments", Kind: "Deployment", Namespace: "shop", Name: "web", UID: "9be3cf35-4b0c-4fd6-9d4c-0d2a4f4f6f10",
		},
		OldVersion: version, NewVersion: version + "1",
		Fields: []stream.Field{
			{Path: "status.replicas", Old: []byte("3"), New: []byte("4"), By: by},
			{Path: "status.unavailableReplicas", New: []byte("1"), By: by},
			{Path: `status.conditions["Progressing"].message`, Old: []byte(`"ReplicaSet \"web-7d9c\" has successfully progressed."`), New: []byte(`"ReplicaSet \"web-84fb\" is progressing."`), By: by},
		},
	}
}
