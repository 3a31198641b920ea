package config

import (
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// Sink is where a stream goes, and how: what the flags of "dogwatch stream" say of that. Whether there can be such a place is not looked at: that is for who
// connects.
type Sink struct {
	// Line is where a configuration says so; 0 for a command line.
	Line int
	// To is the place, and Format is text, json or cloudevents.
	To, Format string
	// Changes and Signals say what is told, without what is noise where SkipNoise is set.
	Changes, Signals, SkipNoise bool
	// CA, Cert, Key and Credentials are files of the login; empty for none.
	CA, Cert, Key, Credentials string
	// Headers are those of each request, or @FILE.
	Headers []string
	Batch   int
	Timeout time.Duration
	// Queue is how many bytes may wait in memory, or SpoolMax in the folder Spool, which is empty for none.
	Queue, SpoolMax int64
	Spool           string
}

// DefaultSink is what holds where nothing is said.
func DefaultSink() Sink {
	const batch, timeout, queue, spoolMax = 100, 30 * time.Second, 64 << 20, 1 << 30
	return Sink{To: "stdout", Format: "text", Batch: batch, Timeout: timeout, Queue: queue, SpoolMax: spoolMax}
}

// LeastSpool is the smallest SpoolMax.
const LeastSpool = 1 << 20

// Formats are those that a Sink may have.
func Formats() []string { return []string{"text", "json", "cloudevents"} }

// IsAs tells that another sink says the same, wherever it stands.
func (s *Sink) IsAs(other *Sink) bool {
	moved := *other
	moved.Line = s.Line
	return reflect.DeepEqual(*s, moved)
}

// filePrefix begins a place that is a file.
const filePrefix = "file:"

// Path is the file that it goes to; false where it goes elsewhere.
func (s *Sink) Path() (path string, ok bool) { return strings.CutPrefix(s.To, filePrefix) }

// IsStdout tells that it goes to standard output.
func (s *Sink) IsStdout() bool { return s.To == "stdout" || s.To == "-" }

// Files has each name of a local file or folder replaced, which is all that a sink has to do with where it is. The first error of replace ends it.
func (s *Sink) Files(replace func(name string) (string, error)) error {
	s.Headers = slices.Clone(s.Headers)
	for _, name := range []*string{&s.CA, &s.Cert, &s.Key, &s.Credentials, &s.Spool, &s.To} {
		if err := replaceAfter(name, fileOf(name, &s.To), replace); err != nil {
			return err
		}
	}
	for i := range s.Headers {
		if err := replaceAfter(&s.Headers[i], "@", replace); err != nil {
			return err
		}
	}
	return nil
}

// fileOf is what stands before the name of a file.
func fileOf(name, to *string) string {
	if name == to {
		return filePrefix
	}
	return ""
}

func replaceAfter(text *string, prefix string, replace func(string) (string, error)) error {
	name, ok := strings.CutPrefix(*text, prefix)
	if !ok || name == "" {
		return nil
	}
	other, err := replace(name)
	*text = prefix + other
	return err
}

func (p *parser) sinks(node *yaml.Node) {
	if node.Kind != yaml.SequenceNode {
		p.fail(node, "sinks: expected a list of places (- to: https://…), found %s", found(node))
		return
	}
	for _, item := range node.Content {
		before := len(p.problems)
		sink := p.sink(item)
		if len(p.problems) > before {
			continue
		}
		if i := slices.IndexFunc(p.config.Sinks, func(other Sink) bool { return sink.IsAs(&other) }); i >= 0 {
			p.fail(item, "sinks: it is the same as in line %d", p.config.Sinks[i].Line)
			continue
		}
		p.config.Sinks = append(p.config.Sinks, sink)
	}
}

// sink reads one of sinks.
func (p *parser) sink(node *yaml.Node) Sink {
	s := DefaultSink()
	s.Line, s.To, s.Changes = node.Line, "", false
	changesGiven := false
	fields := []field{
		{"to", p.text("to", "a place, such as https://events.shop/in", &s.To)},
		{"format", p.format(&s.Format)},
		{"changes", func(n *yaml.Node) { changesGiven = true; p.truth("changes", &s.Changes)(n) }},
		{"signals", p.truth("signals", &s.Signals)},
		{"skipNoise", p.truth("skipNoise", &s.SkipNoise)},
		{"toCA", p.text("toCA", "a file", &s.CA)},
		{"toCert", p.text("toCert", "a file", &s.Cert)},
		{"toKey", p.text("toKey", "a file", &s.Key)},
		{"toCredentials", p.text("toCredentials", "a file", &s.Credentials)},
		{"headers", p.headers(&s.Headers)},
		{"batch", p.batch(&s.Batch)},
		{"timeout", p.timeout(&s.Timeout)},
		{"queue", p.size("queue", 0, &s.Queue)},
		{"spool", p.text("spool", "a folder", &s.Spool)},
		{"spoolMax", p.size("spoolMax", LeastSpool, &s.SpoolMax)},
	}
	p.settings(node, "sinks", fields)
	if node.Kind == yaml.MappingNode && s.To == "" {
		p.fail(node, "sinks: it does not say where: to: …")
	}
	if !changesGiven {
		s.Changes = !s.Signals
	}
	return s
}

func (p *parser) text(name, expected string, into *string) func(*yaml.Node) {
	return func(node *yaml.Node) {
		if !isText(node) || node.Value == "" {
			p.fail(node, "%s: expected %s, found %s", name, expected, kindOf(node)) // what stands there may be secret
			return
		}
		*into = node.Value
	}
}

func (p *parser) format(into *string) func(*yaml.Node) {
	return func(node *yaml.Node) {
		if node.Kind != yaml.ScalarNode || !slices.Contains(Formats(), node.Value) {
			p.fail(node, "format: %s is none of %s", found(node), strings.Join(Formats(), ", "))
			return
		}
		*into = node.Value
	}
}

func (p *parser) headers(into *[]string) func(*yaml.Node) {
	return func(node *yaml.Node) {
		if node.Kind != yaml.SequenceNode {
			p.fail(node, "headers: expected a list, such as [\"Name: value\", \"@FILE\"], found %s", kindOf(node))
			return
		}
		for _, item := range p.texts(node, "headers", "a list") {
			*into = append(*into, item.Value)
		}
	}
}

func (p *parser) batch(into *int) func(*yaml.Node) {
	return func(node *yaml.Node) {
		n, err := strconv.Atoi(node.Value)
		if node.Kind != yaml.ScalarNode || err != nil || n < 1 {
			p.fail(node, "batch: expected a number of 1 or more, found %s", found(node))
			return
		}
		*into = n
	}
}

func (p *parser) timeout(into *time.Duration) func(*yaml.Node) {
	return func(node *yaml.Node) {
		d, err := time.ParseDuration(node.Value)
		if node.Kind != yaml.ScalarNode || err != nil || d <= 0 {
			p.fail(node, "timeout: expected a duration of more than 0, such as 30s, found %s", found(node))
			return
		}
		*into = d
	}
}

func (p *parser) size(name string, least int64, into *int64) func(*yaml.Node) {
	return func(node *yaml.Node) {
		bytes, ok := ParseMemory(node.Value)
		if node.Kind != yaml.ScalarNode || !ok || bytes < least {
			p.fail(node, "%s: expected a size of %d bytes or more, such as 64Mi, found %s", name, least, found(node))
			return
		}
		*into = bytes
	}
}
