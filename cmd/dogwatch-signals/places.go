package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/dogwatch/dogwatch/config"
)

// place is something of this machine that one sink alone can have: a file, the folder of a spool, or standard output, which has no path.
type place struct {
	what, path string
	// info is what it was when it was opened, which it is under any name; nil of what is not open.
	info os.FileInfo
}

// What a place is.
const (
	theSpool  = "the spool"
	theFile   = "the file"
	theStdout = "standard output"
)

// placesOf are those of a sink whose files are named as this machine calls them.
func placesOf(s *config.Sink) []place {
	var all []place
	if s.Spool != "" {
		all = append(all, place{what: theSpool, path: s.Spool})
	}
	if path, ok := s.Path(); ok {
		all = append(all, place{what: theFile, path: path})
	}
	if s.IsStdout() {
		all = append(all, place{what: theStdout})
	}
	return all
}

// isAs tells that two are the same, however they are spelled.
func (p place) isAs(other place) bool {
	if p.what != other.what {
		return false
	}
	one, two := p.look(), other.look()
	if one != nil && two != nil {
		return os.SameFile(one, two)
	}
	return resolve(p.path) == resolve(other.path)
}

// look gives what it is, nil while there is nothing.
func (p place) look() os.FileInfo {
	if p.info != nil {
		return p.info
	}
	info, err := os.Stat(p.path)
	if err != nil {
		return nil
	}
	return info
}

// resolve is the absolute path of what may not be there yet, without links as far as it is.
func resolve(path string) string {
	const mostLinks = 40
	for range mostLinks {
		if absolute, err := filepath.Abs(path); err == nil {
			path = absolute
		}
		if real, err := filepath.EvalSymlinks(path); err == nil {
			return real
		}
		folder := filepath.Dir(path)
		if folder == path {
			break
		}
		folder = resolve(folder)
		path = filepath.Join(folder, filepath.Base(path))
		to, err := os.Readlink(path) // of a link that leads to what is not there yet
		if err != nil {
			break
		}
		if !filepath.IsAbs(to) {
			to = filepath.Join(folder, to)
		}
		path = to
	}
	return path
}

// shared is what two sinks both need for themselves; false where there is nothing.
func shared(a, b *config.Sink) (what string, ok bool) {
	for _, one := range placesOf(a) {
		for _, other := range placesOf(b) {
			if one.isAs(other) {
				return one.what, true
			}
		}
	}
	return "", false
}

// isSameTo tells that two sinks go to the same place, whoever is said to ask there.
func isSameTo(a, b *config.Sink) bool {
	one, err := parseTarget(a)
	if err != nil {
		return false
	}
	two, err := parseTarget(b)
	if err != nil {
		return false
	}
	switch {
	case one.file != "" && two.file != "":
		return place{path: one.file}.isAs(place{path: two.file})
	case one.url != nil && two.url != nil:
		x, y := *one.url, *two.url
		x.User, y.User = nil, nil
		return x.String() == y.String()
	case one.broker != nil && two.broker != nil:
		return one.broker.String() == two.broker.String()
	}
	return a.IsStdout() && b.IsStdout()
}

// clash says what a sink needs for itself that one of others has; nil for nothing.
func clash(others []config.Sink, s *config.Sink) error {
	for i := range others {
		if what, ok := shared(&others[i], s); ok {
			return fmt.Errorf("%s is that of line %d already", what, others[i].Line)
		}
	}
	return nil
}
