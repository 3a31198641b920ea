package cli

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/pprof"
	"strconv"
	"time"

	"k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/klog/v2"

	"github.com/dogwatch/dogwatch/setup"
)

// startPprof serves profiles of this process at an address, and nothing where that is empty. stop ends that and waits for it.
func startPprof(addr string) (stop func(), err error) {
	if addr == "" {
		return func() {}, nil
	}
	listener, err := net.Listen("tcp", setup.LoopbackUnlessTold(addr))
	if err != nil {
		return nil, fmt.Errorf("--pprof %s: %w", addr, err)
	}
	server := &http.Server{Handler: profiles(), ReadHeaderTimeout: 10 * time.Second}
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer runtime.HandleCrash()
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			klog.Errorf("serving profiles: %v", err)
		}
	}()
	if addr, ok := listener.Addr().(*net.TCPAddr); ok && !addr.IP.IsLoopback() {
		klog.Warning("other machines can read dogwatch's profiles: --pprof with a port alone keeps to this one")
	}
	klog.Infof("profiles of dogwatch: http://%s/debug/pprof/", listener.Addr())
	return func() {
		_ = server.Close()
		<-done
	}, nil
}

// profiles tell functions and sizes, nothing of a cluster. The command line, which pprof serves too, may hold a token.
func profiles() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/debug/pprof/", refuseArguments(pprof.Index))
	mux.HandleFunc("/debug/pprof/cmdline", http.NotFound)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	return mux
}

// refuseArguments refuses stacks with the arguments of functions: in them may be bytes of a value, as in crash reports.
func refuseArguments(serve http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if debug, err := strconv.Atoi(r.FormValue("debug")); err == nil && debug > 1 {
			http.Error(w, "stacks with arguments are not served: debug=1 leaves them out", http.StatusForbidden)
			return
		}
		serve(w, r)
	}
}
