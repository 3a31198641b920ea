package player

import (
	"bytes"
	"context"
	"math"
	"strings"

	"github.com/dogwatch/dogwatch/replay/apiserver/store"
	"github.com/dogwatch/dogwatch/replay/playback"
	"github.com/dogwatch/dogwatch/replay/recording"
)

// search looks for a change of one object. It looks at the lines of one part after the other and keeps none of them.
type search struct {
	tracker
	parts   []part
	from    spot
	version uint64 // of the object at from; 0 if it is not there
	note    func(error)
}

func (s *search) forward(ctx context.Context) (spot, error) {
	version, after := s.version, s.from.changes
	for i := s.from.part; i < len(s.parts); i++ {
		found, err := s.read(ctx, s.parts[i], after, math.MaxInt)
		switch {
		case err != nil:
			return spot{}, err
		case i > s.from.part && found.begins != version:
			return spot{part: i}, nil
		case found.first > 0:
			return spot{i, found.first}, nil
		}
		version, after = found.ends, 0
	}
	return spot{}, playback.ErrNoMoment
}

func (s *search) back(ctx context.Context) (spot, error) {
	i := s.from.part
	found, err := s.read(ctx, s.parts[i], math.MaxInt, s.from.changes)
	for ; err == nil; i-- {
		if found.last > 0 {
			return spot{i, found.last}, nil
		}
		if i == 0 {
			return spot{}, playback.ErrNoMoment
		}
		var before trail
		if before, err = s.read(ctx, s.parts[i-1], math.MaxInt, math.MaxInt); err != nil {
			break
		}
		if begin := (spot{part: i}); begin != s.from && before.ends != found.begins {
			return begin, nil
		}
		found = before
	}
	return spot{}, err
}

// trail is what a part has of an object: its versions where the part begins and ends, 0 if it is not there, and which of
// the part's changes are about it, 0 if none.
type trail struct {
	begins, ends uint64
	first, last  int
}

// read finds the first change after one number, and then reads no further, and the last before another.
func (s *search) read(ctx context.Context, p part, after, before int) (trail, error) {
	var t trail
	n := 0
	still := wanted{ctx: ctx}
	for line, err := range p.lines() {
		if err != nil {
			p.tell(s.note, err)
			return t, nil
		}
		if err := still.err(); err != nil {
			return t, err
		}
		if changes(line.Kind) {
			if n++; n >= before {
				return t, nil
			}
		}
		version, ok := s.versionIn(line)
		if !ok {
			continue
		}
		t.ends = version
		if line.Kind == recording.Present {
			t.begins = version
			continue
		}
		if t.last = n; n > after {
			t.first = n
			return t, nil
		}
	}
	return t, nil
}

// tracker recognises an object.
type tracker struct {
	name   recording.TypeName
	key    string
	quoted []byte // its name as it stands in JSON; empty where that is not certain
	served tables // with nothing but its type
	reader lineReader
}

func newTracker(of playback.Object, note func(error)) tracker {
	id := store.Identity{Namespace: of.Namespace, Name: of.Name}
	name := recording.NameOf(of.Resource)
	t := tracker{
		name: name, key: id.Key(),
		reader: lineReader{note: note},
		served: tables{name: {def: recording.Type{Namespaced: of.Namespace != ""}}},
	}
	// Nobody writes letters and digits of a name in another way.
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.:_"
	if strings.Trim(of.Name, plain) == "" {
		t.quoted = []byte(`"` + of.Name + `"`)
	}
	return t
}

// versionIn is the version of the object that a line makes, 0 if it deletes it; false if the line is about another.
func (t *tracker) versionIn(line *recording.Line) (uint64, bool) {
	if line.Type != t.name || !bytes.Contains(line.Text(), t.quoted) {
		return 0, false
	}
	c, ok := t.reader.change(t.served, line)
	if !ok || c.key != t.key {
		return 0, false
	}
	if c.deleted {
		return 0, true
	}
	return c.version, true
}
