package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/textproto"
	"net/url"
	"strings"

	"github.com/dogwatch/dogwatch/config"
	"github.com/dogwatch/dogwatch/setup"
	"github.com/dogwatch/dogwatch/stream"
	"github.com/dogwatch/dogwatch/stream/brokers"
	"github.com/dogwatch/dogwatch/stream/sinks"
	"github.com/dogwatch/dogwatch/stream/spool"
)

// leastSpool is the smallest limit of a spool.
const leastSpool = 1 << 20

// target is where a stream goes: to a URL, to a broker, into a file, else to standard output.
type target struct {
	url    *url.URL
	broker *brokers.Address
	file   string
}

// places are what --to can name.
const places = "stdout, file:PATH, http(s)://…, nats://HOST/SUBJECT or kafka://HOST/TOPIC"

// parseTarget reads what --to says.
func parseTarget(text string) (*target, error) {
	if text == "stdout" || text == "-" {
		return &target{}, nil
	}
	if path, ok := strings.CutPrefix(text, "file:"); ok && path != "" {
		return &target{file: path}, nil
	}
	if scheme, _, _ := strings.Cut(text, "://"); strings.HasPrefix(scheme, brokers.SchemeNATS) || strings.HasPrefix(scheme, brokers.SchemeKafka) {
		broker, err := brokers.ParseAddress(text)
		if err != nil {
			return nil, fmt.Errorf("--to: %w", err)
		}
		return &target{broker: broker}, nil
	}
	u, err := url.Parse(text)
	if err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" {
		return &target{url: u}, nil
	}
	return nil, errors.New("--to: give " + places) // what was given may hold a password
}

func formatOf(name string) *stream.Format {
	switch name {
	case "text":
		return stream.Text(eventLine)
	case "json":
		return stream.JSON()
	case "cloudevents":
		return stream.CloudEvents()
	}
	return nil
}

// output is where events wait, and where they go.
type output struct {
	queue  stream.Queue
	sink   stream.Sink
	spool  *spool.Spool // nil where they wait in memory
	damage func() []*stream.Notice
}

// open opens where events wait and go. Standard output is for its owner to close.
func (o *streamOptions) open(stdout io.Writer) (*output, error) {
	sink, err := o.openSink(stdout)
	if err != nil {
		return nil, err
	}
	out := &output{sink: sink}
	if o.spool == "" {
		out.queue = stream.NewMemory(o.queueSize)
		return out, nil
	}
	if out.spool, err = spool.Open(o.spool, o.format, o.spoolSize); err != nil {
		return nil, errors.Join(err, sink.Close())
	}
	out.queue, out.damage = out.spool, func() []*stream.Notice { return noticesOf(out.spool.Damage()) }
	return out, nil
}

func (o *streamOptions) openSink(stdout io.Writer) (stream.Sink, error) {
	switch {
	case o.target.file != "":
		return sinks.OpenFile(o.target.file)
	case o.target.url == nil && o.target.broker == nil:
		ignoreBrokenPipes()
		return sinks.NewLines(stdout), nil
	}
	encrypted, err := o.tls.Config()
	if err != nil {
		return nil, fmt.Errorf("--to-ca, --to-cert, --to-key: %w", err)
	}
	client := "dogwatch/" + setup.Version()
	if o.target.broker != nil {
		sink, err := brokers.Open(o.target.broker, brokers.Options{
			Format: formatOf(o.format), Timeout: o.timeout, TLS: encrypted, Credentials: o.credentials, Client: client,
		})
		if err != nil {
			return nil, fmt.Errorf("--to-credentials: %w", err)
		}
		return sink, nil
	}
	header, err := readHeaders(o.headers)
	if err != nil {
		return nil, err
	}
	return sinks.NewHTTP(o.target.url, sinks.HTTPOptions{
		Format: formatOf(o.format), One: o.batch == 1, Header: header, Timeout: o.timeout, TLS: encrypted, UserAgent: client,
	}), nil
}

// noticesOf tells what could not be read of a spool.
func noticesOf(damage []spool.Damage) []*stream.Notice {
	var all []*stream.Notice
	for _, d := range damage {
		all = append(all, &stream.Notice{Notice: stream.Dropped, Count: d.Lost, Reason: d.Reason})
	}
	return all
}

func (o *output) close() error {
	err := o.sink.Close()
	if o.spool != nil {
		err = errors.Join(err, o.spool.Close())
	}
	return err
}

// readHeaders reads what --header says. A file keeps what is secret from who can see the command line.
func readHeaders(given []string) (http.Header, error) {
	all := http.Header{}
	for _, arg := range given {
		lines := []string{arg}
		if path, ok := strings.CutPrefix(arg, "@"); ok {
			content, err := config.ReadFile(path)
			if err != nil {
				return nil, fmt.Errorf("--header: reading %s: %w", path, err)
			}
			lines = strings.Split(string(content), "\n")
		}
		for _, line := range lines {
			if line = strings.TrimSpace(line); line == "" {
				continue
			}
			name, value, ok := strings.Cut(line, ":")
			if !ok || strings.TrimSpace(name) == "" {
				return nil, errors.New("--header: give \"Name: value\", or @FILE with one a line") // which may be secret is not repeated
			}
			all.Add(textproto.CanonicalMIMEHeaderKey(strings.TrimSpace(name)), strings.TrimSpace(value))
		}
	}
	return all, nil
}
