package mcp

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"sigs.k8s.io/yaml"

	"github.com/dogwatch/dogwatch/model/versions"
	"github.com/dogwatch/dogwatch/ui/text"
)

// objectName says which object is meant.
type objectName struct {
	Type      string `json:"type" jsonschema:"type as for kubectl, such as pods or deployments.apps"`
	Namespace string `json:"namespace,omitempty" jsonschema:"its namespace; may be left out where one object alone has the name"`
	Name      string `json:"name" jsonschema:"its name"`
}

type objectQuestion struct {
	objectName
	Format string `json:"format,omitempty" jsonschema:"yaml (unless given) or json"`
	At     string `json:"at,omitempty" jsonschema:"as it was then: a resource_version from object_history, how long ago (15m), or a time; as it is now without it"`
	Cursor string `json:"cursor,omitempty" jsonschema:"next_cursor of the answer before, to go on with a long object"`
}

type objectAnswer struct {
	AsOf      string `json:"as_of"`
	Watches   *items `json:"watches"`
	Type      string `json:"type"`
	Namespace string `json:"namespace,omitempty"`
	Name      string `json:"name"`
	Version   string `json:"resource_version"`
	// From is since when the version that was asked for was there, as far as it is known.
	From       string `json:"version_from,omitempty"`
	Health     string `json:"health,omitempty"`
	Reason     string `json:"reason,omitempty"`
	Line       int    `json:"first_line"`
	Lines      int    `json:"lines"`
	Note       string `json:"note,omitempty"`
	NextCursor string `json:"next_cursor,omitempty"`
	text       string
}

// Text follows the answer: the object, or a part of it.
func (a *objectAnswer) Text() string { return a.text }

// lineOf is where to go on in an object's text, which must be of the same version.
type lineOf struct {
	ResourceVersion string `json:"v"`
	Line            int    `json:"l"`
	Rest            int    `json:"b"` // bytes of the line that were given
}

// isIn tells whether there is such a place: who asks may have made it up.
func (l lineOf) isIn(lines []string) bool {
	return l.Line >= 0 && l.Line < len(lines) && l.Rest >= 0 && l.Rest <= len(lines[l.Line])
}

var errChangedMeanwhile = errors.New("the object has changed since the cursor was given: ask without it")

func (s *Server) getObject(ctx context.Context, q objectQuestion) (any, error) {
	var from lineOf
	if err := readCursor(q, q.Cursor, &from); err != nil {
		return nil, err
	}
	find := s.present
	if q.At != "" {
		find = s.past
	}
	answer, raw, err := find(ctx, q)
	if err != nil {
		return nil, err
	}
	if q.Cursor != "" && from.ResourceVersion != answer.Version {
		return nil, errChangedMeanwhile
	}
	lines, err := textLines(raw, q.Format)
	if err != nil {
		return nil, err
	}
	if !from.isIn(lines) {
		return nil, errCursor
	}
	answer.AsOf, answer.Line, answer.Lines = stamp(s.opts.Now()), from.Line+1, len(lines)
	var next lineOf
	answer.text, next = cutLines(lines, from, s.opts.AnswerBytes*3/4)
	if next.Line < len(lines) {
		next.ResourceVersion = answer.Version
		answer.NextCursor, err = cursorOf(q, next)
	}
	return answer, err
}

// present gives an object as it is.
func (s *Server) present(ctx context.Context, q objectQuestion) (*objectAnswer, []byte, error) {
	of, _, from, states, err := s.findObject(ctx, q.objectName)
	if err != nil {
		return nil, nil, err
	}
	o := from.get(of.Key)
	if o == nil {
		return nil, nil, fmt.Errorf("%s %s is gone; object_history tells what is remembered of it", q.Type, of.Key)
	}
	raw, err := o.JSON()
	if err != nil {
		return nil, nil, fmt.Errorf("reading %s: %w", o.Key, err)
	}
	return &objectAnswer{
		Watches: s.watches(states), Type: groupResource(from.resource.GVR), Namespace: o.Namespace, Name: o.Name, Version: o.ResourceVersion,
		Health: levelWord(o.Health.Level), Reason: cutText(o.Health.Reason, messageBytes),
	}, raw, nil
}

// past gives an object as it was.
func (s *Server) past(ctx context.Context, q objectQuestion) (*objectAnswer, []byte, error) {
	of, states, list, err := s.versionsOf(ctx, q.objectName)
	if err != nil {
		return nil, nil, err
	}
	i, err := s.version(list, q.At)
	if err != nil {
		return nil, nil, fmt.Errorf("at: %w", err)
	}
	v := &list.Versions[i]
	raw, err := list.JSON(ctx, i)
	if err != nil {
		return nil, nil, fmt.Errorf("making version %s again: %w", v.ResourceVersion, err)
	}
	return &objectAnswer{
		Watches: s.watches(states), Type: groupResource(of.GVR), Namespace: of.Key.Namespace, Name: of.Key.Name, Version: v.ResourceVersion, From: stamp(v.At),
		Note: noteOfReading(list.Reading),
	}, raw, nil
}

// cutLines gives as many lines as there is room for, and where to go on. A line that is too long is cut.
func cutLines(lines []string, from lineOf, room int) (string, lineOf) {
	var b strings.Builder
	for from.Line < len(lines) {
		line := lines[from.Line]
		line = line[from.Rest:]
		if b.Len()+len(line)+1 > room {
			if b.Len() == 0 {
				part := strings.ToValidUTF8(line[:room], "")
				from.Rest += len(part)
				return part, from
			}
			break
		}
		b.WriteString(line)
		b.WriteByte('\n')
		from = lineOf{Line: from.Line + 1}
	}
	return b.String(), from
}

// textLines is an object's text, in which all can be seen.
func textLines(raw []byte, format string) ([]string, error) {
	switch format {
	case "", "yaml":
		manifest, err := yaml.JSONToYAML(raw)
		if err != nil {
			return nil, fmt.Errorf("writing it as YAML: %w: ask for the format json", err)
		}
		lines := strings.Split(strings.TrimSuffix(string(manifest), "\n"), "\n")
		for i, line := range lines {
			lines[i] = text.Clean(line)
		}
		return lines, nil
	case "json":
		var b bytes.Buffer
		if err := json.Indent(&b, raw, "", " "); err != nil {
			return nil, fmt.Errorf("writing it as JSON: %w", err)
		}
		return strings.Split(string(spell(b.Bytes())), "\n"), nil
	}
	return nil, fmt.Errorf("the format %s: give yaml or json", quoted(format))
}

// findObject finds one object that is there or was, and what answers for its type.
func (s *Server) findObject(ctx context.Context, name objectName) (of versions.Object, kind string, from source, states []watchState, err error) {
	if name.Name == "" {
		return of, "", from, nil, errors.New("which object? Give its name")
	}
	sources, states, err := s.watched(ctx, name.Type, name.Namespace)
	if err != nil {
		return of, "", from, nil, err
	}
	if len(sources) != 1 {
		return of, "", from, nil, fmt.Errorf("%s stands for several types: name one", quoted(name.Type))
	}
	from = sources[0]
	s.awaitHistory(ctx, from.watches)
	of, kind, err = s.ws.FindObject(groupResource(from.resource.GVR), name.Namespace, name.Name)
	if err == nil {
		return of, kind, from, states, nil
	}
	if k := (among{Namespace: name.Namespace, Name: name.Name}).known(from.watches); !k.hasNamespace(name.Namespace) {
		err = fmt.Errorf("%w; %s", err, k.noNamespace(name.Namespace))
	} else if !k.fits {
		err = fmt.Errorf("%w%s", err, k.meant(name.Name))
	}
	for _, state := range states {
		if !state.Complete {
			err = fmt.Errorf("%w; %s are %s: %s", err, from.resource.GVR.Resource, state.State, cmp.Or(state.Reason, state.Note))
			return of, kind, from, states, err
		}
	}
	if s.ws.Snapshot().History.Reading {
		err = fmt.Errorf("%w; %s", err, stillReading)
	}
	return of, kind, from, states, err
}
