package cli

import (
	"bytes"
	"net"
	"net/http"
	runtimepprof "runtime/pprof"
	"strings"
	"testing"
)

func TestProfilesStayOnTheLoopback(t *testing.T) {
	for addr, want := range map[string]string{
		"6060": "127.0.0.1:6060", ":6060": "127.0.0.1:6060", "0.0.0.0:6060": "0.0.0.0:6060", "localhost:1": "localhost:1", "[::1]:6060": "[::1]:6060",
	} {
		if got := pprofAddr(addr); got != want {
			t.Errorf("%s is %s, want %s", addr, got, want)
		}
	}
}

// canaryFrame is a function whose argument is not to be told.
//
//go:noinline
func canaryFrame(name string, until <-chan struct{}) string { <-until; return name + "!" }

func TestProfilesHoldNoDataOfTheCluster(t *testing.T) {
	stop, err := startPprof("0")
	if err != nil {
		t.Fatal(err)
	}
	stop()
	const canary = "canary-7f3a"
	until := make(chan struct{})
	defer close(until)
	go canaryFrame(canary, until)
	for {
		var profile bytes.Buffer
		for _, name := range []string{"goroutine", "heap", "allocs", "mutex", "block", "threadcreate"} {
			if err := runtimepprof.Lookup(name).WriteTo(&profile, 2); err != nil {
				t.Fatal(err)
			}
		}
		if strings.Contains(profile.String(), canary) {
			t.Fatalf("the profiles hold what a function was called with:\n%s", profile.String())
		}
		if strings.Contains(profile.String(), "canaryFrame") {
			return
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
