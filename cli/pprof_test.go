package cli

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/dogwatch/dogwatch/setup"
)

func TestProfilesStayOnTheLoopback(t *testing.T) {
	for addr, want := range map[string]string{
		"6060": "127.0.0.1:6060", ":6060": "127.0.0.1:6060", "0.0.0.0:6060": "0.0.0.0:6060", "localhost:1": "localhost:1", "[::1]:6060": "[::1]:6060",
	} {
		if got := setup.LoopbackUnlessTold(addr); got != want {
			t.Errorf("%s is %s, want %s", addr, got, want)
		}
	}
}

// canaryFrame is a function whose arguments are not to be told: a text, and bytes that a register holds.
//
//go:noinline
func canaryFrame(name string, bytes uint64, until <-chan struct{}) string {
	<-until
	return fmt.Sprint(name, bytes)
}

func TestProfilesHoldNoDataOfTheCluster(t *testing.T) {
	const canary, bytes = "canary-7f3a", 0x6261c0ffee7f3a62
	until := make(chan struct{})
	defer close(until)
	go canaryFrame(canary, bytes, until)
	server := httptest.NewServer(profiles())
	defer server.Close()
	for _, name := range []string{"goroutine", "heap", "allocs", "mutex", "block", "threadcreate", "trace?seconds=0.1", "cmdline", ""} {
		for _, debug := range []string{"0", "1", "2", "3"} {
			path := name + "?debug=" + debug
			if strings.Contains(name, "?") {
				path = name + "&debug=" + debug
			}
			resp, err := server.Client().Get(server.URL + "/debug/pprof/" + path)
			if err != nil {
				t.Fatal(err)
			}
			told, err := io.ReadAll(resp.Body)
			resp.Body.Close()
			if err != nil {
				t.Fatal(err)
			}
			if text := string(told); strings.Contains(text, canary) || strings.Contains(text, "c0ffee7f3a62") {
				t.Errorf("%s holds what a function was called with:\n%s", path, text)
			}
		}
	}
}

func TestProfilesAreServedUntilTheEnd(t *testing.T) {
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := free.Addr().String()
	if _, err := startPprof(addr); err == nil || !strings.Contains(err.Error(), "--pprof "+addr) {
		t.Errorf("a port that is taken: %v", err)
	}
	if err := free.Close(); err != nil {
		t.Fatal(err)
	}
	stop, err := startPprof(addr)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Get("http://" + addr + "/debug/pprof/goroutine?debug=1")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Errorf("status %s", resp.Status)
	}
	if resp, err = client.Get("http://" + addr + "/debug/pprof/cmdline"); err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusNotFound {
		t.Errorf("the command line, which may hold a token, is served: %s", resp.Status)
	}
	stop()
	if _, err := client.Get("http://" + addr + "/debug/pprof/"); err == nil {
		t.Error("profiles are served after the end")
	}
}
