package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/dogwatch/dogwatch/config"
)

// sinksOf are the sinks that a configuration asks for, with the files that they name as this machine calls them: those that it names, or that of the command line
// where that says something of sinks, or the configuration nothing.
func (o *streamOptions) sinksOf(c config.Config) ([]config.Sink, error) {
	if o.isGiven || len(c.Sinks) == 0 {
		return []config.Sink{o.sink}, nil
	}
	var all []config.Sink
	for _, s := range c.Sinks {
		if wrong := o.wrongWith(&s, all); len(wrong) > 0 {
			return nil, placed(&s, wrong[0])
		}
		if s.Signals && o.part.Count > 1 {
			return nil, placed(&s, fmt.Errorf("%w signals", errShard))
		}
		all = append(all, s)
	}
	return all, nil
}

// wrongWith is all that is wrong with a sink behind others, whose files it names as this machine calls them from then on.
func (o *streamOptions) wrongWith(s *config.Sink, others []config.Sink) (wrong []error) {
	if err := o.localize(s); err != nil {
		return []error{err}
	}
	to, err := checkSink(s)
	if err != nil {
		wrong = append(wrong, err)
	} else {
		wrong = checkFiles(s, to)
	}
	if err := clash(others, s); err != nil {
		wrong = append(wrong, err)
	}
	return wrong
}

// placed says where a sink is said that something is wrong with.
func placed(s *config.Sink, err error) error {
	if s.Line == 0 {
		return asFlag(err)
	}
	return fmt.Errorf("sinks, line %d: %w", s.Line, err)
}

// localize finds the files that a sink names. Who may edit an object of the cluster may not have any file of this machine read, nor written.
func (o *streamOptions) localize(s *config.Sink) error {
	if !o.ConfigInCluster() {
		return s.Files(func(name string) (string, error) { return config.Beside(o.ConfigFrom, name), nil })
	}
	if s.IsStdout() {
		return errors.New("standard output is not for a configuration in the cluster to name")
	}
	return s.Files(func(name string) (string, error) { return below(o.configFiles, name) })
}

// below is a file in a folder, which may not be there yet. Neither .. nor a link leads out of it.
func below(folder, name string) (string, error) {
	if folder == "" {
		return "", fmt.Errorf("%q: a configuration in the cluster may name no file of this machine, unless --config-files says in which folder", name)
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		return "", fmt.Errorf("--config-files: %w", err)
	}
	defer root.Close()
	if !filepath.IsLocal(name) {
		return "", fmt.Errorf("%q: it has to be named as from the folder of --config-files, and be in it", name)
	}
	if _, err := root.Stat(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("%q is not in the folder of --config-files: %w", name, err)
	}
	return filepath.Join(folder, name), nil
}
