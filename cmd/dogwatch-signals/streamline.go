package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/dogwatch/dogwatch/model/change"
	"github.com/dogwatch/dogwatch/model/jsonscan"
	"github.com/dogwatch/dogwatch/stream"
	"github.com/dogwatch/dogwatch/ui/text"
)

const (
	// mostFields is how many fields a line tells, and longestValue how many cells of a value.
	mostFields   = 4
	longestValue = 60
	timeFormat   = "2006-01-02 15:04:05.000"
)

// eventLine is an event on a line: when, what, of what, in words.
func eventLine(e stream.Event) string {
	h := e.Header()
	what, words := h.Type, ""
	switch e := e.(type) {
	case *stream.Change:
		what, words = e.Change, changeWords(e)
	case *stream.Signal:
		what, words = e.Signal, signalWords(e)
	case *stream.Notice:
		what, words = e.Notice, noticeWords(e)
	}
	line := fmt.Sprintf("%s  %-11s  %s", h.Time.Local().Format(timeFormat), what, text.Clean(h.Of.String()))
	if words != "" {
		line += "  " + words
	}
	return strings.TrimRight(line, " ")
}

func changeWords(c *stream.Change) string {
	var parts []string
	if c.By != nil {
		parts = append(parts, "("+text.Clean(c.By.Name)+")")
	}
	if c.Change == stream.Updated {
		parts = append(parts, fieldWords(c.Fields)...)
	}
	for _, mark := range []struct {
		is   bool
		says string
	}{{c.Noise, "[noise]"}, {c.Listed, "[found by a list]"}, {c.Merged > 0, "[" + strconv.Itoa(c.Merged) + " merged]"}} {
		if mark.is {
			parts = append(parts, mark.says)
		}
	}
	return strings.Join(parts, "  ")
}

// fieldWords tells fields with who changed them, those of one manager in a row once.
func fieldWords(fields []stream.Field) []string {
	var parts []string
	for i := range fields {
		if i == mostFields {
			return append(parts, fmt.Sprintf("+%d", len(fields)-mostFields))
		}
		f := &fields[i]
		part := text.Clean(change.Path(f.Path).String()) + " "
		if f.Moved != nil {
			part += fmt.Sprintf("moved from [%d] to [%d]", f.Moved.From, f.Moved.To)
		} else {
			part += valueWords(f.Old) + " → " + valueWords(f.New)
		}
		if f.By != nil {
			part += " (" + text.Clean(f.By.Name) + ")"
		}
		parts = append(parts, part)
	}
	return parts
}

// valueWords is a value for people: a text without its quotes, all else as JSON.
func valueWords(json []byte) string {
	if json == nil {
		return "-"
	}
	if most := text.MostBytes(longestValue); len(json) > most { // it is cut anyway
		return text.Truncate(text.Clean(strings.TrimPrefix(string(json[:most]), `"`)), longestValue)
	}
	return text.Truncate(text.Clean(string(jsonscan.Text(json))), longestValue)
}

func signalWords(s *stream.Signal) string {
	words := s.Severity + "  " + text.Clean(s.Type) + "  " + text.Clean(s.Title)
	after := "after " + s.Time.Sub(s.Opened).Round(time.Second).String()
	switch s.Signal {
	case stream.Resolved:
		return words + ": " + after
	case stream.Unknown:
		return words + ": not judged any more, " + after
	}
	if s.Message != "" {
		words += ": " + text.Clean(s.Message)
	}
	return words
}

func noticeWords(n *stream.Notice) string {
	var parts []string
	if n.Objects != nil {
		parts = append(parts, fmt.Sprintf("%d objects", *n.Objects))
	}
	if n.Count > 0 {
		parts = append(parts, fmt.Sprintf("%d changes or events", n.Count))
	}
	if n.Reason != "" {
		parts = append(parts, text.Clean(n.Reason))
	}
	if !n.Since.IsZero() {
		parts = append(parts, "since "+n.Since.Local().Format(timeFormat))
	}
	if n.Listed {
		parts = append(parts, "found by a list")
	}
	return strings.Join(parts, ", ")
}
