package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/dogwatch/dogwatch/stream"
	"github.com/dogwatch/dogwatch/stream/sinks"
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
		`to: "file:login"`:                                             {"to: " + filepath.Join(dir, "login") + " holds something else than events: choose another name"},
		`to: "file:empty"`:                                             nil,
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

// What dogwatch says itself, and what is of a connection, would be replaced or left out in silence.
func TestHeadersOfDogwatchsOwnAreRefused(t *testing.T) {
	const own, proxy = "%s is for dogwatch to say: leave it out", "%s is for a proxy, and the server would be told it"
	for name, want := range map[string]string{
		"Content-Type": own, "Content-Length": own, "content-encoding": own, "connection": own, "KEEP-ALIVE": own, "TE": own, "Trailer": own,
		"Transfer-Encoding": own, "Upgrade": own, "HTTP2-Settings": own,
		"Proxy-Authorization": proxy, "proxy-authenticate": proxy, "Proxy-Connection": proxy,
	} {
		want = fmt.Sprintf(want, http.CanonicalHeaderKey(name))
		if _, err := readHeaders([]string{name + ": hunter2"}); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for want, given := range map[string][]string{
		"Host is given twice": {"Host: a", "host: b"}, "User-Agent is given twice": {"User-Agent: a", "User-Agent: b"},
		"Host is empty": {"Host:"}, "User-Agent is empty": {"User-Agent: "},
	} {
		if _, err := readHeaders(given); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", given, err)
		}
	}
}

// What is not refused comes as it is given, by each version of HTTP.
func TestHeadersAreSentAsGiven(t *testing.T) {
	given := []string{
		"Host: events.example", "User-Agent: mine", "Authorization: Bearer x", "Cookie: a=b; c=d", "X-Twice: 1", "x-twice: 2", "X-Empty:", "Date: now", "Via: me",
		"Accept-Encoding: br", "Forwarded: for=x", "Max-Forwards: 3", "Accept: */*", "If-Match: y", "Range: bytes=0-1", "Upgrade-Insecure-Requests: 1",
	}
	want, err := readHeaders(given)
	if err != nil {
		t.Fatal(err)
	}
	want.Del("Host") // which net/http has elsewhere
	for major := 1; major <= 2; major++ {
		got := make(chan *http.Request, 1)
		server := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got <- r }))
		server.EnableHTTP2 = major == 2
		server.StartTLS()
		t.Cleanup(server.Close)
		to, err := url.Parse(server.URL)
		if err != nil {
			t.Fatal(err)
		}
		sink := sinks.NewHTTP(to, sinks.HTTPOptions{
			Format: stream.JSON(), UserAgent: "dogwatch", Transport: server.Client().Transport, Header: func() (http.Header, error) { return readHeaders(given) },
		})
		if _, err := sink.Send(t.Context(), []stream.Message{{Body: []byte("{}")}}); err != nil {
			t.Fatal(err)
		}
		r := <-got
		if r.ProtoMajor != major || r.Host != "events.example" {
			t.Errorf("asked of %s by %s", r.Host, r.Proto)
		}
		r.Header.Del("Content-Type")
		r.Header.Del("Content-Length")
		if !reflect.DeepEqual(r.Header, want) {
			t.Errorf("by %s come %v, not %v", r.Proto, r.Header, want)
		}
	}
}
