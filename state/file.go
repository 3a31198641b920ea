package state

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"unicode"
	"unicode/utf8"
)

// What the file holds at most, and what of a larger one is read: its end, where
// the newest lines are.
const (
	maxEntries   = 500
	maxLineBytes = 4 << 10
	maxRead      = 256 << 10
)

var errNotRegular = errors.New("not a regular file")

// valid tells whether an entry may stand in the file: one line of text that does
// nothing to a terminal.
func (e Entry) valid() bool {
	return (e.Kind == Command || e.Kind == Filter) &&
		strings.TrimSpace(e.Line) != "" && len(e.Line) <= maxLineBytes &&
		utf8.ValidString(e.Line) && !strings.ContainsFunc(e.Line, unicode.IsControl)
}

// read gives the newest entries of a file, the oldest of them first. What is
// not an entry is left out.
func read(path string) ([]Entry, error) {
	content, err := tail(path)
	if err != nil {
		return nil, fmt.Errorf("reading the history: %w", err)
	}
	var entries []Entry
	for line := range bytes.Lines(content) {
		line = bytes.TrimSuffix(line, []byte("\n"))
		if len(line) == 0 {
			continue
		}
		if e := (Entry{Kind(line[0]), string(line[1:])}); e.valid() {
			entries = append(entries, e)
		}
	}
	return newest(entries), nil
}

// tail reads the end of a file, from the beginning of a line on.
func tail(path string) ([]byte, error) {
	// A pipe would not let go, and is no history.
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: %w", path, errNotRegular)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	skipped := max(info.Size()-maxRead, 0)
	content, err := io.ReadAll(io.NewSectionReader(file, skipped, maxRead))
	if err != nil {
		return nil, err
	}
	if skipped > 0 {
		_, content, _ = bytes.Cut(content, []byte("\n"))
	}
	return content, nil
}

// newest leaves the last of equal entries, and of those the last maxEntries.
func newest(entries []Entry) []Entry {
	seen := make(map[Entry]bool, len(entries))
	kept := make([]Entry, len(entries))
	from := len(kept)
	for i := len(entries) - 1; i >= 0 && len(kept)-from < maxEntries; i-- {
		if !seen[entries[i]] {
			seen[entries[i]] = true
			from--
			kept[from] = entries[i]
		}
	}
	return kept[from:]
}

// merge adds entries to what the file holds now. A reader sees the file as it
// was or as it is, never a part of it.
func merge(path string, fresh []Entry) error {
	old, err := read(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err := makeFolder(filepath.Dir(path)); err != nil {
		return fmt.Errorf("making the history's folder: %w", err)
	}
	var content bytes.Buffer
	for _, e := range newest(append(old, fresh...)) {
		content.WriteByte(byte(e.Kind))
		content.WriteString(e.Line)
		content.WriteByte('\n')
	}
	return replace(path, content.Bytes())
}

// makeFolder makes the folder of the files, for its owner only, or takes one that is there from others. Where others could put
// their files in the place of ours, and that cannot be helped, nothing is kept.
func makeFolder(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	info, err := os.Stat(dir)
	if err != nil || info.Mode().Perm()&0o077 == 0 {
		return err
	}
	if err := os.Chmod(dir, 0o700); err != nil && info.Mode().Perm()&0o022 != 0 {
		return err
	}
	return nil
}

// replace writes a file, for its owner only, and puts it in the place of path.
func replace(path string, content []byte) error {
	file, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+"-*.tmp") // 0600
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	_, err = file.Write(content)
	err = errors.Join(err, file.Sync(), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("writing %s: %w", path, err), os.Remove(file.Name()))
	}
	return nil
}
