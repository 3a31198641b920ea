package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/dogwatch/dogwatch/config"
	"github.com/dogwatch/dogwatch/setup"
	"github.com/dogwatch/dogwatch/stream"
	"github.com/dogwatch/dogwatch/stream/brokers"
	"github.com/dogwatch/dogwatch/stream/sinks"
	"github.com/dogwatch/dogwatch/stream/spool"
)

// target is where a stream goes: to a URL, to a broker, into a file, else to standard output.
type target struct {
	url    *url.URL
	broker *brokers.Address
	file   string
}

// name tells a target from others without what may let one in.
func (t *target) name() string {
	switch {
	case t.url != nil:
		return t.url.Scheme + "://" + t.url.Host
	case t.broker != nil:
		return strings.TrimSuffix(t.broker.String(), "/"+t.broker.Name)
	case t.file != "":
		return "file"
	}
	return "stdout"
}

// settingError says what is wrong with a setting of a sink, which has one name in a configuration and another on the command line.
type settingError struct {
	setting string // as in a configuration
	err     error
}

func (e *settingError) Error() string { return e.setting + ": " + e.err.Error() }

// Unwrap gives what is wrong.
func (e *settingError) Unwrap() error { return e.err }

var capitals = regexp.MustCompile("[A-Z]+")

// asFlag spells a settingError as the command line does.
func asFlag(err error) error {
	var of *settingError
	if !errors.As(err, &of) {
		return err
	}
	flags := strings.Split(strings.Replace(of.setting, "headers", "header", 1), ", ")
	for i, name := range flags {
		flags[i] = "--" + capitals.ReplaceAllStringFunc(name, func(letters string) string { return "-" + strings.ToLower(letters) })
	}
	return fmt.Errorf("%s: %w", strings.Join(flags, ", "), of.err)
}

// places are what a sink can go to.
const places = "stdout, file:PATH, http(s)://…, nats://HOST/SUBJECT or kafka://HOST/TOPIC"

// checkSink finds what is wrong with a sink before anything is opened.
func checkSink(s *config.Sink) (*target, error) {
	to, err := parseTarget(s)
	if err != nil {
		return nil, &settingError{"to", err}
	}
	if s.Credentials != "" && to.broker == nil {
		return nil, &settingError{"toCredentials", errors.New("it goes with nats://… and kafka://…; for an HTTP server give a header in a file")}
	}
	if len(s.Headers) > 0 && to.url == nil {
		return nil, &settingError{"headers", errors.New("they go with http(s)://…; for a broker give toCredentials")}
	}
	return to, nil
}

func parseTarget(s *config.Sink) (*target, error) {
	if s.IsStdout() {
		return &target{}, nil
	}
	if path, ok := s.Path(); ok && path != "" {
		return &target{file: path}, nil
	}
	if scheme, _, _ := strings.Cut(s.To, "://"); strings.HasPrefix(scheme, brokers.SchemeNATS) || strings.HasPrefix(scheme, brokers.SchemeKafka) {
		broker, err := brokers.ParseAddress(s.To)
		if err != nil {
			return nil, err
		}
		return &target{broker: broker}, nil
	}
	u, err := url.Parse(s.To)
	if err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" {
		return &target{url: u}, nil
	}
	return nil, errors.New("give " + places) // what was given may hold a password
}

func formatOf(name string) *stream.Format {
	switch name {
	case "text":
		return stream.Text(eventLine, timeFormat)
	case "json":
		return stream.JSON()
	case "cloudevents":
		return stream.CloudEvents()
	}
	return nil
}

// isOfDogwatch tells whether a file that begins so may hold events, in whichever format.
func isOfDogwatch(text []byte) bool {
	return slices.ContainsFunc(config.Formats(), func(name string) bool { return formatOf(name).Begins(text) })
}

// output is where the events of a sink wait, and where they go.
type output struct {
	of     config.Sink
	to     *target
	stdout io.Writer
	queue  stream.Queue
	sink   stream.Sink
	spool  *spool.Spool // nil where they wait in memory
	places []place      // that are open
}

// newOutput makes an output of which nothing is open. Standard output is for its owner to close.
func newOutput(s *config.Sink, stdout io.Writer) (*output, error) {
	to, err := checkSink(s)
	if err != nil {
		return nil, err
	}
	return &output{of: *s, to: to, stdout: stdout}, nil
}

// open opens what is not open yet, but for the places of which isHeld tells that another has them: those are for a later call.
func (o *output) open(isHeld func(place) bool) error {
	file, dir := place{what: theFile, path: o.to.file}, place{what: theSpool, path: o.of.Spool}
	if o.sink == nil && (file.path == "" || !isHeld(file)) {
		sink, err := o.openSink()
		if err != nil {
			return err
		}
		o.sink = sink
		if file.path != "" {
			o.note(file)
		}
	}
	switch {
	case o.queue != nil:
	case dir.path == "":
		o.queue = stream.NewMemory(o.of.Queue)
	case !isHeld(dir):
		opened, err := spool.Open(o.of.Spool, o.of.Format, o.of.SpoolMax)
		if err != nil {
			return err
		}
		o.queue, o.spool = opened, opened
		o.note(dir)
	}
	return nil
}

// note notes that a place is open.
func (o *output) note(p place) {
	p.info = p.look()
	o.places = append(o.places, p)
}

func (o *output) openSink() (stream.Sink, error) {
	s, to := &o.of, o.to
	switch {
	case to.file != "":
		return sinks.OpenFile(to.file, isOfDogwatch)
	case to.url == nil && to.broker == nil:
		ignoreBrokenPipes()
		return sinks.NewLines(o.stdout), nil
	}
	client := "dogwatch/" + setup.Version()
	if to.broker != nil {
		return brokers.Open(to.broker, brokers.Options{
			Format: formatOf(s.Format), Timeout: s.Timeout, TLS: tlsFiles(s).Config, Credentials: s.Credentials, Client: client,
		})
	}
	return sinks.NewHTTP(to.url, sinks.HTTPOptions{
		Format: formatOf(s.Format), One: s.Batch == 1, Header: func() (http.Header, error) { return readHeaders(s.Headers) }, Timeout: s.Timeout,
		TLS: tlsFiles(s).Config, UserAgent: client,
	}), nil
}

// damage tells what could not be read of what waits, since it was asked last.
func (o *output) damage() []*stream.Notice {
	if o.spool == nil {
		return nil
	}
	return noticesOf(o.spool.Damage())
}

// noticesOf tells what could not be read of a spool.
func noticesOf(damage []spool.Damage) []*stream.Notice {
	var all []*stream.Notice
	for _, d := range damage {
		all = append(all, &stream.Notice{Notice: stream.Dropped, Count: d.Lost, Reason: d.Reason})
	}
	return all
}

// full tells how often there was no room on the disk for what is to wait, and why there is none now.
func (o *output) full() (uint64, error) {
	if o.spool == nil {
		return 0, nil
	}
	return o.spool.Full()
}

// close closes what is open.
func (o *output) close() (err error) {
	if o.sink != nil {
		err = o.sink.Close()
	}
	if o.spool != nil {
		err = errors.Join(err, o.spool.Close())
	}
	return err
}
