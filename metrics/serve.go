package metrics

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"k8s.io/apimachinery/pkg/util/runtime"

	"github.com/dogwatch/dogwatch/setup"
)

const (
	headerPatience = 10 * time.Second
	answerPatience = 30 * time.Second
	// leaving is how long who is being answered at the end is waited for.
	leaving = time.Second
)

// Handler answers a scrape in Prometheus' text form.
func Handler(source Source) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", textType)
		_ = WriteText(w, source()) // who asked may have gone
	})
}

// Routes are what is served: the metrics, and for who looks after a program without a screen whether it lives and is ready. ready says in words what it
// still waits for, empty for nothing; nil is for a program that nobody looks after.
func Routes(metrics http.Handler, ready func() string) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", metrics)
	if ready == nil {
		return mux
	}
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { answer(w, "") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) { answer(w, ready()) })
	return mux
}

// answer says ok, or what is missing.
func answer(w http.ResponseWriter, missing string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	if missing == "" {
		missing = "ok"
	} else {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	_, _ = fmt.Fprintln(w, missing) // who asked may have gone
}

// Serve answers at an address, a port alone of which is of the loopback, and not at all where it is empty. say tells in words where, and what goes wrong. stop
// ends that and waits for it.
func Serve(addr string, handler http.Handler, say func(format string, args ...any)) (stop func(), err error) {
	if addr == "" {
		return func() {}, nil
	}
	listener, err := net.Listen("tcp", setup.LoopbackUnlessTold(addr))
	if err != nil {
		return nil, fmt.Errorf("--metrics %s: %w", addr, err)
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: headerPatience, ReadTimeout: headerPatience, WriteTimeout: answerPatience}
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer runtime.HandleCrash()
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			say("serving metrics: %v", err)
		}
	}()
	if addr, ok := listener.Addr().(*net.TCPAddr); ok && !addr.IP.IsLoopback() {
		say("other machines can read dogwatch's metrics, which name types and count objects: --metrics with a port alone keeps to this one")
	}
	say("metrics of dogwatch: http://%s/metrics", listener.Addr())
	return func() {
		closing, cancel := context.WithTimeout(context.Background(), leaving)
		defer cancel()
		if server.Shutdown(closing) != nil {
			_ = server.Close()
		}
		<-done
	}, nil
}
