package brokers_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dogwatch/dogwatch/stream"
	"github.com/dogwatch/dogwatch/stream/brokers"
)

func TestAddresses(t *testing.T) {
	for _, c := range []struct{ text, hosts, name, shown string }{
		{"nats://n/dogwatch", "[n:4222]", "dogwatch", "nats://n:4222/dogwatch"},
		{"nats+tls://a:p%40@n:1,[::1],m/eu.shop/", "[n:1 [::1]:4222 m:4222]", "eu.shop", "nats+tls://n:1,[::1]:4222,m:4222/eu.shop"},
		{"nats://hunter2@n/d", "[n:4222]", "d", "nats://n:4222/d"},
		{"kafka://u:hunter2@k,l:9/t-1_x.y?sasl=SCRAM-SHA-512", "[k:9092 l:9]", "t-1_x.y", "kafka://k:9092,l:9/t-1_x.y"},
	} {
		a, err := brokers.ParseAddress(c.text)
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		if fmt.Sprint(a.Hosts) != c.hosts || a.Name != c.name || a.String() != c.shown {
			t.Errorf("%s is %s, %v, %q", c.text, a, a.Hosts, a.Name)
		}
	}
	a, err := brokers.ParseAddress("nats+tls://a:p%40@n/d")
	if err != nil || a.User != "a" || a.Password != "p@" || !a.TLS {
		t.Errorf("%+v, %v", a, err)
	}
}

func TestAddressesThatMakeNoSense(t *testing.T) {
	for text, said := range map[string]string{
		"amqp://me:hunter2@n/x":                "give nats://… or kafka://…",
		"nats://me:hunter2@n":                  "give a subject behind the host (nats://HOST/dogwatch)",
		"nats://me:42/hunter2@n/a":             "give a subject",
		"nats://me:hunter2@n/a..b":             "give a subject",
		"nats://me:hunter2@n/a.>":              "give a subject",
		"nats://me:hunter2@n/a?sasl=plain":     "only ?sasl=MECHANISM",
		"nats://me:hunter2%zz@n/a":             "user and password are not well formed",
		"nats://me:hunter2@/a":                 "a host is not well formed",
		"nats://me:hunter2@n:x/a":              "a host is not well formed",
		"kafka://me:hunter2@k/":                "give a topic",
		"kafka://me:hunter2@k/a b":             "give a topic",
		"kafka://me:hunter2@k/a?sasl=kerberos": "sasl: give plain, scram-sha-256, scram-sha-512",
	} {
		if _, err := brokers.ParseAddress(text); err == nil || !strings.Contains(err.Error(), said) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestCredentialsOfAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "credentials")
	open := func(to, content string) error {
		t.Helper()
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		a, err := brokers.ParseAddress(to)
		if err != nil {
			t.Fatal(err)
		}
		sink, err := brokers.Open(a, brokers.Options{Format: stream.JSON(), Credentials: path})
		if err == nil {
			_ = sink.Close()
		}
		return err
	}
	if err := open("nats://n/d", "me:hunter2\n"); err != nil {
		t.Error(err)
	}
	for content, to := range map[string]string{"me:hunter2": "nats://me@n/d", "": "kafka://k/t", "hunter2\nx": "kafka://k/t"} {
		if err := open(to, content); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q for %s: %v", content, to, err)
		}
	}
}
