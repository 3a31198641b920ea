package noise

import (
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/dogwatch/dogwatch/model/change"
)

// pattern is a row of steps that paths are compared with.
type pattern []step

// step fits one step of a path or, if it is deep, any number of them.
type step struct {
	deep, element bool
	name          string // of a member
	glob          bool   // name has stars
}

var errPattern = errors.New("expected names between dots, such as status.conditions[*].lastHeartbeatTime")

// parsePattern reads a pattern as rules.yaml explains it.
func parsePattern(text string) (pattern, error) {
	var p pattern
	for rest, first := text, true; rest != ""; first = false {
		if rest[0] == '[' {
			s, after, err := parseBracket(rest)
			if err != nil {
				return nil, err
			}
			p, rest = append(p, s), after
			continue
		}
		if !first {
			if rest[0] != '.' {
				return nil, errPattern
			}
			rest = rest[1:]
		}
		end := strings.IndexAny(rest, ".[")
		if end < 0 {
			end = len(rest)
		}
		if end == 0 {
			return nil, errPattern
		}
		p, rest = append(p, nameStep(rest[:end])), rest[end:]
	}
	if p == nil {
		return nil, errPattern
	}
	return p, nil
}

func nameStep(name string) step {
	return step{deep: name == "**", name: name, glob: strings.Contains(name, "*")}
}

// parseBracket reads "[*]" or `["name"]`.
func parseBracket(text string) (s step, rest string, err error) {
	if rest, ok := strings.CutPrefix(text, "[*]"); ok {
		return step{element: true}, rest, nil
	}
	if quoted, ok := strings.CutPrefix(text, `["`); ok {
		if name, rest, ok := strings.Cut(quoted, `"]`); ok && name != "" {
			return step{name: name}, rest, nil
		}
	}
	return step{}, "", fmt.Errorf("%s: expected [*] or [\"name\"]", text)
}

// fits tells whether the pattern is of a path with these steps.
func (p pattern) fits(steps []change.Step) bool {
	for i, s := range p {
		if s.deep {
			for skip := 0; skip <= len(steps)-i; skip++ {
				if p[i+1:].fits(steps[i+skip:]) {
					return true
				}
			}
			return false
		}
		if i >= len(steps) || !s.fits(&steps[i]) {
			return false
		}
	}
	return len(p) == len(steps)
}

func (s *step) fits(other *change.Step) bool {
	if s.element || !other.IsMember() {
		return s.element && !other.IsMember()
	}
	if s.glob {
		ok, err := path.Match(s.name, other.Member)
		return ok && err == nil
	}
	return s.name == other.Member
}
