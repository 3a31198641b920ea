package mcp

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strconv"

	"github.com/dogwatch/dogwatch/model"
)

// page is what every question for a list may say.
type page struct {
	Limit  int    `json:"limit,omitempty" jsonschema:"how many items the answer may have at most: 50 unless given, up to 500"`
	Cursor string `json:"cursor,omitempty" jsonschema:"next_cursor of the answer before, to go on behind it; all else is to be asked as before"`
}

// someTypes says of which types a question is that may be of all.
type someTypes struct {
	Type string `json:"type,omitempty" jsonschema:"only these types, as for kubectl (pods, deployments.apps), with commas between; all that are watched without it"`
}

// among says of which objects of them a question is.
type among struct {
	Namespace string `json:"namespace,omitempty" jsonschema:"only this namespace; all that are watched without it"`
	Name      string `json:"name,omitempty" jsonschema:"only objects of this name; * and ? stand for anything, as in api-*"`
}

func (a among) check() error {
	if _, err := path.Match(a.Name, ""); err != nil {
		return fmt.Errorf("the name %s: %w", quoted(a.Name), err)
	}
	return nil
}

// takes tells whether an object is one of them.
func (a among) takes(k model.Key) bool {
	if a.Namespace != "" && k.Namespace != a.Namespace {
		return false
	}
	if a.Name == "" {
		return true
	}
	fits, err := path.Match(a.Name, k.Name)
	return err == nil && fits
}

// quoted repeats an argument, or its beginning.
func quoted(argument string) string { return strconv.Quote(cutText(argument, reasonBytes)) }

// mostMatchBytes is how long the words may be that are looked for.
const mostMatchBytes = 1 << 10

// words are looked for in what is shown of objects.
func words(match string) (model.Filter, error) {
	if len(match) > mostMatchBytes {
		return model.Filter{}, fmt.Errorf("match has %d bytes, more than %d", len(match), mostMatchBytes)
	}
	filter := model.ParseFilter(match)
	if err := filter.Err(); err != nil {
		return filter, fmt.Errorf("match %s: %w", quoted(match), err)
	}
	return filter, nil
}

// levelNamed reads how well objects are that a question is for, nil for any.
func levelNamed(health string) (*model.Level, error) {
	if health == "" {
		return nil, nil
	}
	levels := []model.Level{model.Unknown, model.Healthy, model.Progressing, model.Unhealthy}
	i := slices.IndexFunc(levels, func(l model.Level) bool { return levelWord(l) == health })
	if i < 0 {
		return nil, errors.New("health is one of unhealthy, progressing, healthy, unknown")
	}
	return &levels[i], nil
}
