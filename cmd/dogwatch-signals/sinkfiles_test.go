package main

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// writeFiles writes files into a folder.
func writeFiles(t *testing.T, folder string, files map[string]string) {
	t.Helper()
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// The check says all that is wrong with sinks, and nothing of what may be secret.
func TestTheCheckSaysWhatIsWrongWithSinks(t *testing.T) {
	dir := t.TempDir()
	config := filepath.Join(dir, "config.yaml")
	writeFiles(t, dir, map[string]string{"token": "Authorization: Bearer hunter2\n", "no-token": "\nBearer hunter2\n", "empty": "", "login": "me:hunter2"})
	const malformed = `headers: give "Name: value", or @FILE with one a line`
	for sink, want := range map[string][]string{
		"to: nowhere":                                                  {"to: give " + places},
		`to: "http://h", headers: ["hunter2"]`:                         {malformed},
		`to: "http://h", headers: ["A: b", "X hunter2: y"]`:            {malformed},
		`to: "http://h", headers: ["A: hunter2\x01"]`:                  {malformed},
		`to: "http://h", headers: ["A: b", "@token"]`:                  nil,
		`to: "http://h", headers: ["@no-token"]`:                       {malformed},
		`to: "http://h", headers: ["@none"]`:                           {"headers: reading " + filepath.Join(dir, "none") + ": it cannot be read: no such file or directory"},
		`to: "http://h", headers: ["@."]`:                              {"headers: reading " + dir + ": expected a regular file"},
		`to: "http://h", toCert: none, toKey: none`:                    {"toCA, toCert, toKey: reading the certificate: " + filepath.Join(dir, "none") + ": it cannot be read: no such file or directory"},
		`to: "http://h", toCert: empty`:                                {"toCA, toCert, toKey: a certificate and its key go together"},
		`to: "http://h", toCert: empty, toKey: empty`:                  {"toCA, toCert, toKey: reading the certificate: tls: failed to find any PEM data in certificate input"},
		`to: "http://h", toCA: empty, headers: [x]`:                    {"toCA, toCert, toKey: " + filepath.Join(dir, "empty") + " holds no certificate in PEM", malformed},
		`to: "nats://n/d", toCA: none, toCredentials: empty`:           {"toCA, toCert, toKey: reading the certificates of who signs: " + filepath.Join(dir, "none") + ": it cannot be read: no such file or directory", "toCredentials: " + filepath.Join(dir, "empty") + " holds no credentials: give USER:PASSWORD, a token or a .creds file of NATS"},
		`to: "nats://n/d", toCredentials: login`:                       nil,
		`to: "kafka://hunter2:hunter2@n/d", toCredentials: login`:      {"toCredentials: who asks is told twice: in the address, and in a file"},
		`to: "http://h", toCredentials: login, headers: ["A hunter2"]`: {"toCredentials: it goes with nats://… and kafka://…; for an HTTP server give a header in a file"},
	} {
		writeFiles(t, dir, map[string]string{"config.yaml": sinksOf(sink)["config.yaml"]})
		said := ""
		for _, problem := range want {
			said += config + ":3: sinks: " + problem + "\n"
		}
		if _, stdout, _ := command(t, "check-config", config); stdout != said || strings.Contains(stdout, "hunter2") {
			t.Errorf("of %s it says\n%s, not\n%s", sink, stdout, said)
		}
	}
}

// A token that is renewed is sent along with the next request. While it is not there nothing is sent, and nothing lost.
func TestTokensOfASinkAreReadAgain(t *testing.T) {
	s := newShop(t)
	var tokens []string
	a := newCollector(t)
	a.seen = func(r *http.Request) { tokens = append(tokens, r.Header.Get("Authorization")) }
	from, save := homes()["a file"](s)
	dir := filepath.Dir(from)
	writeFiles(t, dir, map[string]string{"token": "Authorization: one"})
	save(sinksOf(`to: "` + a.url + `", format: json, headers: ["@token"]`))
	c := s.beginSinks(from)
	eventually(t, "its being watched", a.watches)
	writeFiles(t, dir, map[string]string{"token": "Authorization: two"})
	s.label("web", 1)
	a.await(a.labels, "web added")
	if err := os.Remove(filepath.Join(dir, "token")); err != nil {
		t.Fatal(err)
	}
	s.label("web", 2)
	c.awaitSaid("cannot send, trying again: headers: reading " + filepath.Join(dir, "token") + ": it cannot be read")
	writeFiles(t, dir, map[string]string{"token": "Authorization: three"})
	a.await(a.labels, "web added, web=2")
	a.mu.Lock()
	defer a.mu.Unlock()
	if got := fmt.Sprint(tokens); got != "[one two three]" {
		t.Errorf("it was asked with %s", got)
	}
}

// What dogwatch says itself would be replaced in silence.
func TestHeadersOfDogwatchsOwnAreRefused(t *testing.T) {
	for _, name := range []string{"Content-Type", "connection", "Transfer-Encoding"} {
		if _, err := readHeaders([]string{name + ": x"}); err == nil || !strings.Contains(err.Error(), name+" is for dogwatch to say") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if all, err := readHeaders([]string{"Host: a", "User-Agent: b"}); err != nil || all.Get("Host") != "a" || all.Get("User-Agent") != "b" {
		t.Errorf("got %v, %v", all, err)
	}
}
