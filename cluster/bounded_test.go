package cluster

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
)

// endless gives one byte for ever.
type endless byte

func (e endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(e)
	}
	return len(p), nil
}

func (endless) Close() error { return nil }

func TestLinesWithoutAnEndAreGivenUp(t *testing.T) {
	n, err := io.Copy(io.Discard, &boundedBody{ReadCloser: endless(' ')})
	if !errors.Is(err, errEndless) || n > mostLine {
		t.Errorf("after %d bytes: %v", n, err)
	}
	lines := strings.Repeat(strings.Repeat(" ", mostLine/64)+"\n", 128) // twice as much, in lines
	if n, err := io.Copy(io.Discard, &boundedBody{ReadCloser: io.NopCloser(strings.NewReader(lines))}); err != nil || n != int64(len(lines)) {
		t.Errorf("after %d bytes of %d: %v", n, len(lines), err)
	}
}

// What client-go itself reads of the server is bounded: the list and the watch of what defines types.
func TestDefinitionsWithoutAnEndAreGivenUp(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"a":"`))
		_, _ = io.CopyN(w, endless(' '), 2*mostLine)
	}))
	defer server.Close()
	w, err := newTypeWatcher(&rest.Config{Host: server.URL}, server.Client())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.client.Resource(definitions).List(t.Context(), metav1.ListOptions{}); !errors.Is(err, errEndless) {
		t.Errorf("the list ends with %v", err)
	}
	stream, err := w.client.Resource(definitions).Watch(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Stop()
	for e := range stream.ResultChan() {
		if status, ok := e.Object.(*metav1.Status); !ok || !strings.Contains(status.Message, errEndless.Error()) {
			t.Errorf("the watch tells %v", e)
		}
	}
}

func TestDocumentsWithoutAnEndAreGivenUp(t *testing.T) {
	if _, err := readDocument(endless(' ')); !errors.Is(err, errEndless) {
		t.Errorf("it ends with %v", err)
	}
	if data, err := readDocument(bytes.NewReader(make([]byte, maxDocument))); err != nil || len(data) != maxDocument {
		t.Errorf("%d bytes, %v", len(data), err)
	}
}
