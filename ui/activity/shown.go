package activity

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	"sigs.k8s.io/yaml"

	"github.com/dogwatch/dogwatch/model"
	feed "github.com/dogwatch/dogwatch/model/activity"
	"github.com/dogwatch/dogwatch/model/change"
	"github.com/dogwatch/dogwatch/model/jsonscan"
	"github.com/dogwatch/dogwatch/model/timeline"
	"github.com/dogwatch/dogwatch/model/versions"
	"github.com/dogwatch/dogwatch/ui/scroll"
)

const (
	// longestValue is how many bytes of a value are shown, most how many lines of a change.
	longestValue, mostLines = 64 << 10, 5000
	// around is how many lines that stayed the same are shown beside those of a text that did not.
	around = 2
)

// shown is a change that lies over the lines.
type shown struct {
	line   feed.Line
	title  string
	lines  []diffLine
	scroll scroll.Lines
}

// diffLine is a line of a change.
type diffLine struct {
	sign sign
	text string // from the cluster
	// by is who made the change, behind a path.
	by string
}

// sign says what a line of a change is.
type sign byte

const (
	context sign = ' '
	path    sign = '@'
	removed sign = '-'
	added   sign = '+'
	remark  sign = '#'
)

// ReadMsg brings a change that was asked for.
type ReadMsg struct {
	of    uint64 // the query
	shown *shown
	err   error
}

// read reads a change off the program loop.
func (m *Model) read(line feed.Line) tea.Cmd {
	t, of, version, zone := m.feed.Timeline(), m.asked, m.version, m.zone
	return func() tea.Msg {
		c, ok, err := feed.Read(t, line.First)
		switch {
		case err != nil:
			return ReadMsg{err: err}
		case !ok:
			return ReadMsg{err: errForgotten}
		}
		lines := linesOf(&c, zone)
		if c.Type == model.Added {
			lines = append(lines, createdWith(&c, version)...)
		}
		return ReadMsg{of: of, shown: &shown{line: line, title: titleOf(&c), lines: lines}}
	}
}

// Version gives the JSON of a version of an object, by its resource version. An error says why it is not to be had.
type Version func(of versions.Object, version string) ([]byte, error)

// SetVersion says where versions come from: what an object was created with is shown.
func (m *Model) SetVersion(v Version) { m.version = v }

// createdWith is the first version of an object, or why it is not known.
func createdWith(c *feed.Change, version Version) []diffLine {
	if version == nil {
		return nil
	}
	first, err := version(objectOfChange(c), c.New)
	if err != nil {
		return []diffLine{{sign: remark, text: "its first version is not to be had:"}, {sign: remark, text: err.Error()}}
	}
	lines := []diffLine{{sign: path, text: "its first version"}}
	for _, text := range spell(first) {
		lines = append(lines, diffLine{sign: added, text: text})
	}
	return lines
}

// Take shows a change that was read, unless it is no longer asked for. An error is why it can't be.
func (m *Model) Take(msg ReadMsg) error {
	if msg.err == nil && m.open && msg.of == m.asked {
		m.shown = msg.shown
	}
	return msg.err
}

// titleOf says what became of which object.
func titleOf(c *feed.Change) string {
	name := c.Key.Name
	if c.Key.Namespace != "" {
		name = c.Key.Namespace + "/" + name
	}
	verb := map[model.DeltaType]string{model.Added: "created", model.Updated: "changed", model.Deleted: "deleted"}[c.Type]
	return strings.TrimSpace(fmt.Sprintf("%s %s %s", c.Source.GVR.Resource, name, verb))
}

// linesOf spells a change: for each field its path and who changed it, and the values before and after.
func linesOf(c *feed.Change, zone *time.Location) []diffLine {
	lines := []diffLine{{sign: remark, text: versionsOf(c, zone)}}
	if c.Merged > 0 {
		lines = append(lines, diffLine{sign: remark, text: fmt.Sprintf("%d versions between these two came too fast to be told apart", c.Merged)})
	}
	for i := range c.Fields {
		if len(lines) > mostLines {
			return append(lines, diffLine{sign: remark, text: fmt.Sprintf("and %d other fields", len(c.Fields)-i)})
		}
		lines = append(lines, fieldLines(&c.Fields[i], zone)...)
	}
	switch {
	case c.Type == model.Added:
	case c.LastVersion != nil:
		lines = append(lines, diffLine{sign: path, text: "its last version"})
		for _, text := range spell(c.LastVersion) {
			lines = append(lines, diffLine{sign: removed, text: text})
		}
	case len(c.Fields) == 0:
		lines = append(lines, diffLine{sign: remark, text: "Nothing differs but the version, or who owns which field."})
	}
	return lines
}

func versionsOf(c *feed.Change, zone *time.Location) string {
	text := "version " + c.New
	if c.Old != "" && c.Old != c.New {
		text = "version " + c.Old + " → " + c.New
	}
	if c.By.Name != "" {
		text += "   by " + who(c.By, zone)
	}
	return text
}

// who says how a manager changed something, and when by the server's clock.
func who(m change.Manager, zone *time.Location) string {
	var how []string
	for _, word := range []string{m.Operation, m.Subresource} {
		if word != "" {
			how = append(how, word)
		}
	}
	text := m.Name
	if how != nil {
		text += " (" + strings.Join(how, ", ") + ")"
	}
	if m.At != 0 {
		text += " at " + time.Unix(m.At, 0).In(zone).Format(time.TimeOnly)
	}
	return text
}

func fieldLines(f *timeline.Field, zone *time.Location) []diffLine {
	head := diffLine{sign: path, text: f.Path.String()}
	if f.By.Name != "" {
		head.by = "by " + who(f.By, zone)
	}
	if f.IsMove() {
		head.text += "  " + f.Moved()
		return []diffLine{head}
	}
	return append([]diffLine{head}, compare(spell(f.Old), spell(f.New))...)
}

// spell writes a value as lines of YAML; none where there is no value.
func spell(json []byte) []string {
	if json == nil {
		return nil
	}
	cut := false
	if len(json) > longestValue {
		json, cut = json[:longestValue], true
	}
	var text []byte
	switch first := json[0]; {
	case cut:
		text = json
	case first == '"':
		text = jsonscan.Text(json)
	case first == '{' || first == '[':
		var err error
		if text, err = yaml.JSONToYAML(json); err != nil {
			text = json
		}
	default:
		text = json
	}
	lines := strings.Split(string(bytes.TrimSuffix(text, []byte("\n"))), "\n")
	if cut {
		lines = append(lines, "… (cut)")
	}
	return lines
}

// compare gives the lines of two values, of what is the same at both ends only a few.
func compare(old, new []string) []diffLine {
	head := 0
	for head < min(len(old), len(new)) && old[head] == new[head] {
		head++
	}
	tail := 0
	for tail < min(len(old), len(new))-head && old[len(old)-1-tail] == new[len(new)-1-tail] {
		tail++
	}
	var lines []diffLine
	add := func(s sign, texts []string) {
		for _, text := range texts {
			lines = append(lines, diffLine{sign: s, text: text})
		}
	}
	add(context, old[max(0, head-around):head])
	add(removed, old[head:len(old)-tail])
	add(added, new[head:len(new)-tail])
	add(context, old[len(old)-tail:min(len(old), len(old)-tail+around)])
	return lines
}
