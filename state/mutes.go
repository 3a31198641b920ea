package state

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"sync"
)

// Mute is a wish not to be told of some signals of a cluster: of one that is found again and again, or of all of a rule. Neither names an object.
type Mute struct {
	// Context is the cluster. Empty, as it was written of rules once, is all of them.
	Context     string `json:"context,omitempty"`
	Fingerprint string `json:"fingerprint,omitempty"`
	Rule        string `json:"rule,omitempty"`
}

// valid tells whether it mutes something.
func (m Mute) valid() bool { return (m.Fingerprint == "") != (m.Rule == "") }

const (
	mutesName = "mutes.json"
	// maxMutes is how many are kept; of more, the oldest go.
	maxMutes = 1000
)

// Mutes are the mutes of a user. They are safe for concurrent use.
type Mutes struct {
	path string // empty where nothing is kept

	mu  sync.RWMutex
	all []Mute        // the oldest first
	has map[Mute]bool // the same, to look up in
}

// OpenMutes reads those of earlier sessions. What the error tells of is left out, and the Mutes are of use in any case.
func OpenMutes() (*Mutes, error) {
	history, err := HistoryPath()
	if err != nil {
		return &Mutes{}, err
	}
	m := &Mutes{path: filepath.Join(filepath.Dir(history), mutesName)}
	all, err := readMutes(m.path)
	m.set(all)
	if err != nil {
		return m, fmt.Errorf("reading which signals are muted: %w", err)
	}
	return m, nil
}

func readMutes(path string) ([]Mute, error) {
	content, err := tail(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, err
	}
	var all []Mute
	if err := json.Unmarshal(content, &all); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return slices.DeleteFunc(all, func(m Mute) bool { return !m.valid() }), nil
}

// Has tells whether something is muted. It is cheap: it is asked of each signal, again and again.
func (m *Mutes) Has(what Mute) bool {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.has[what]
}

// set takes other mutes in place of all.
func (m *Mutes) set(all []Mute) {
	m.all, m.has = all, make(map[Mute]bool, len(all))
	for _, mute := range all {
		m.has[mute] = true
	}
}

// Set mutes something from now on, or no longer, and writes that down. It may wait for a disk. Where it cannot be written it is so for this
// session, and the error says why.
func (m *Mutes) Set(what Mute, muted bool) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.set(change(m.all, what, muted))
	if m.path == "" {
		return nil
	}
	kept, err := readMutes(m.path) // another dogwatch may have written
	if err != nil {
		return fmt.Errorf("it is so until dogwatch ends: %w", err)
	}
	content, err := json.Marshal(change(kept, what, muted))
	if err == nil {
		_, err = Write(mutesName, content)
	}
	if err != nil {
		return fmt.Errorf("it is so until dogwatch ends: %w", err)
	}
	return nil
}

// change adds something at the end, or takes it out.
func change(all []Mute, what Mute, muted bool) []Mute {
	all = slices.DeleteFunc(slices.Clone(all), func(m Mute) bool { return m == what })
	if muted && what.valid() {
		all = append(all, what)
	}
	return all[max(len(all)-maxMutes, 0):]
}
