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

// checkFiles finds what is wrong with the files of a sink's login, and with its headers. All of them are read again while it runs, since they are renewed.
func checkFiles(s *config.Sink, to *target) (wrong []error) {
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
			name, value, ok := strings.Cut(line, ":")
			if name = strings.TrimSpace(name); !ok || !isHeaderName(name) || strings.ContainsFunc(value, unicode.IsControl) {
				return nil, &settingError{"headers", errors.New("give \"Name: value\", or @FILE with one a line")} // which may be secret is not repeated
			}
			if slices.Contains(ownHeaders, strings.ToLower(name)) {
				return nil, &settingError{"headers", fmt.Errorf("%s is for dogwatch to say: leave it out", name)}
			}
			all.Add(textproto.CanonicalMIMEHeaderKey(name), strings.TrimSpace(value))
		}
	}
	return all, nil
}

// ownHeaders say how a request is sent, which is known to who sends it only.
var ownHeaders = []string{"content-type", "content-length", "connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"}

// isHeaderName tells whether a name is a token of HTTP (RFC 9110). net/http would repeat one that is none, and with it what may be secret.
func isHeaderName(name string) bool {
	return name != "" && !strings.ContainsFunc(name, func(r rune) bool {
		isAlphanumeric := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
		return !isAlphanumeric && !strings.ContainsRune("!#$%&'*+-.^_`|~", r)
	})
}
