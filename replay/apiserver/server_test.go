package apiserver_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/dogwatch/dogwatch/replay/apiserver"
	"github.com/dogwatch/dogwatch/replay/apiserver/sample"
)

func TestKubeconfigOpensTheServer(t *testing.T) {
	w := start(t, 2, apiserver.Options{RequireToken: true})
	kubeconfig, err := w.Kubeconfig("replay")
	if err != nil {
		t.Fatal(err)
	}
	config, err := clientcmd.RESTConfigFromKubeConfig(kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	if !config.DisableCompression {
		t.Error("clients on this machine ask for compressed answers")
	}
	transport, err := rest.HTTPClientFor(config)
	if err != nil {
		t.Fatal(err)
	}
	defer transport.CloseIdleConnections()
	client, err := dynamic.NewForConfigAndClient(config, transport)
	if err != nil {
		t.Fatal(err)
	}
	list, err := client.Resource(pods).List(t.Context(), metav1.ListOptions{})
	if err != nil || len(list.Items) != 2 {
		t.Errorf("%v, %v", list, err)
	}
	anonymous, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.Access().Host+podsPath, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	plain := &http.Client{Transport: &http.Transport{TLSClientConfig: transportTLS(t, w)}}
	defer plain.CloseIdleConnections()
	resp, err := plain.Do(anonymous)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("without token: %d", resp.StatusCode)
	}
}

func TestManyWatchesShareAConnection(t *testing.T) {
	w := start(t, 0, apiserver.Options{})
	resp := w.do(t.Context(), http.MethodGet, "/readyz")
	_ = resp.Body.Close()
	if resp.ProtoMajor != 2 || resp.StatusCode != http.StatusOK {
		t.Errorf("%s %d, want HTTP/2", resp.Proto, resp.StatusCode)
	}
}

// Close ends what is open and returns when all of it has ended; the leak check of the package sees to the rest.
func TestCloseEndsEverything(t *testing.T) {
	for _, by := range []string{"close", "context"} {
		t.Run(by, func(t *testing.T) {
			st, err := sample.Store(1)
			if err != nil {
				t.Fatal(err)
			}
			server := apiserver.New(st, apiserver.Options{})
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if err := server.Start(ctx); err != nil {
				t.Fatal(err)
			}
			server.SetFaults(func(r *http.Request) *apiserver.Fault {
				if r.URL.Path == "/version" {
					return &apiserver.Fault{Stall: make(chan struct{})}
				}
				return nil
			})
			client := &http.Client{Transport: &http.Transport{TLSClientConfig: transportTLS(t, &world{Server: server}), ForceAttemptHTTP2: true}}
			defer client.CloseIdleConnections()
			var clients sync.WaitGroup
			for _, path := range []string{podsPath + "?watch=1", "/api/v1/nodes?watch=1", "/version"} {
				clients.Go(func() {
					r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.Access().Host+path, http.NoBody)
					if err != nil {
						t.Error(err)
						return
					}
					if resp, err := client.Do(r); err == nil {
						_, _ = resp.Body.Read(make([]byte, 1<<20))
						for err == nil {
							_, err = resp.Body.Read(make([]byte, 1<<10))
						}
						_ = resp.Body.Close()
					}
				})
			}
			eventually(t, "all requests have come", func() bool { return len(server.Requests()) == 3 })
			if by == "context" {
				cancel()
			} else if err := server.Close(); err != nil {
				t.Error(err)
			}
			clients.Wait()
			if err := server.Close(); err != nil { // again
				t.Error(err)
			}
		})
	}
}

// A server that is not started serves through its handler.
func TestHandlerAlone(t *testing.T) {
	st, err := sample.Store(1)
	if err != nil {
		t.Fatal(err)
	}
	server := apiserver.New(st, apiserver.Options{})
	answer := httptest.NewRecorder()
	server.Handler().ServeHTTP(answer, httptest.NewRequest(http.MethodGet, podsPath, http.NoBody))
	if answer.Code != http.StatusOK {
		t.Errorf("code %d", answer.Code)
	}
	if err := server.Close(); err != nil {
		t.Error(err)
	}
	answer = httptest.NewRecorder()
	server.Handler().ServeHTTP(answer, httptest.NewRequest(http.MethodGet, podsPath, http.NoBody))
	if answer.Code != http.StatusServiceUnavailable {
		t.Errorf("code %d after close", answer.Code)
	}
}
