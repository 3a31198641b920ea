package cli

import (
	"net"
	"net/http"
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
	stop()
	if _, err := client.Get("http://" + addr + "/debug/pprof/"); err == nil {
		t.Error("profiles are served after the end")
	}
}
