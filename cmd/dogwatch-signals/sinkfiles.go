package main

import (
	"errors"
	"fmt"
	"net/http"
	"net/textproto"
	"slices"
	"strings"
	"unicode"

	"github.com/dogwatch/dogwatch/config"
	"github.com/dogwatch/dogwatch/stream/brokers"
	"github.com/dogwatch/dogwatch/stream/sinks"
)

// checkFiles finds what is wrong with the files of a sink's login, and with its headers, all of which are read again while it runs, since they are renewed; and with
// the file that it goes to.
func checkFiles(s *config.Sink, to *target) (wrong []error) {
	if to.file != "" {
		if err := sinks.CheckFile(to.file, isOfDogwatch); err != nil {
			wrong = append(wrong, &settingError{"to", err})
		}
		return wrong
	}
	if to.url == nil && to.broker == nil {
		return nil
	}
	if _, err := tlsFiles(s).Config(); err != nil {
		wrong = append(wrong, &settingError{"toCA, toCert, toKey", err})
	}
	if to.broker != nil {
		if err := brokers.CheckCredentials(to.broker, s.Credentials); err != nil {
			wrong = append(wrong, &settingError{"toCredentials", err})
		}
		return wrong
	}
	if _, err := readHeaders(s.Headers); err != nil {
		wrong = append(wrong, err)
	}
	return wrong
}

func tlsFiles(s *config.Sink) sinks.TLSFiles {
	return sinks.TLSFiles{Authorities: s.CA, Certificate: s.Cert, Key: s.Key}
}

// readHeaders reads headers as they are given. A file keeps what is secret from who can see the command line.
func readHeaders(given []string) (http.Header, error) {
	all := http.Header{}
	for _, arg := range given {
		lines := []string{arg}
		if path, ok := strings.CutPrefix(arg, "@"); ok {
			content, err := config.ReadFile(path)
			if err != nil {
				return nil, &settingError{"headers", fmt.Errorf("reading %s: %w", path, err)}
			}
			lines = strings.Split(string(content), "\n")
		}
		for _, line := range lines {
			if line = strings.TrimSpace(line); line == "" {
				continue
			}
			if err := addHeader(all, line); err != nil {
				return nil, &settingError{"headers", err}
			}
		}
	}
	return all, nil
}

// addHeader adds a header as it is given, or says why it would not be sent so.
func addHeader(all http.Header, line string) error {
	name, value, ok := strings.Cut(line, ":")
	if name = strings.TrimSpace(name); !ok || !isHeaderName(name) || strings.ContainsFunc(value, unicode.IsControl) {
		return errors.New("give \"Name: value\", or @FILE with one a line") // which may be secret is not repeated
	}
	name, value = textproto.CanonicalMIMEHeaderKey(name), strings.TrimSpace(value)
	switch isOnce := name == "Host" || name == "User-Agent"; {
	case slices.Contains(ownHeaders, name):
		return fmt.Errorf("%s is for dogwatch to say: leave it out", name)
	case slices.Contains(proxyHeaders, name):
		return fmt.Errorf("%s is for a proxy, and the server would be told it: leave it out, and give a proxy's login in HTTPS_PROXY or HTTP_PROXY", name)
	case isOnce && value == "":
		return fmt.Errorf("%s is empty: leave it out, or say what it is", name)
	case isOnce && all[name] != nil:
		return fmt.Errorf("%s is given twice", name)
	}
	all.Add(name, value)
	return nil
}

// ownHeaders say how a request is sent and its body is written, which is known to who sends it only; most are of the connection (RFC 9110, 7.6.1).
// net/http would leave some of them out, and replace others.
var ownHeaders = []string{
	"Connection", "Content-Encoding", "Content-Length", "Content-Type", "Http2-Settings", "Keep-Alive", "Te", "Trailer", "Transfer-Encoding", "Upgrade",
}

// proxyHeaders are of the connection to a proxy, and no farther.
var proxyHeaders = []string{"Proxy-Authenticate", "Proxy-Authorization", "Proxy-Connection"}

// isHeaderName tells whether a name is a token of HTTP (RFC 9110). net/http would repeat one that is none, and with it what may be secret.
func isHeaderName(name string) bool {
	return name != "" && !strings.ContainsFunc(name, func(r rune) bool {
		isAlphanumeric := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
		return !isAlphanumeric && !strings.ContainsRune("!#$%&'*+-.^_`|~", r)
	})
}
