package state

import (
	"fmt"
	"os"
	"path/filepath"
)

// HistoryPath is where the history is kept: dogwatch/history under
// $XDG_STATE_HOME, or under ~/.local/state where that is not set. The error is
// that there is no home.
func HistoryPath() (string, error) {
	dir, err := folder()
	if err != nil {
		return "", fmt.Errorf("finding a folder for the history: %w", err)
	}
	return filepath.Join(dir, "history"), nil
}

// folder is where all files of this package are.
func folder() (string, error) {
	base := os.Getenv("XDG_STATE_HOME")
	if !filepath.IsAbs(base) { // the standard has relative ones ignored
		home, err := os.UserHomeDir()
		if err != nil {
			return "", err
		}
		base = filepath.Join(home, ".local", "state")
	}
	return filepath.Join(base, "dogwatch"), nil
}

// Write puts a file beside the history, for its owner only, whole or not at all. A file of that name is replaced.
func Write(name string, content []byte) (path string, err error) {
	dir, err := folder()
	if err != nil {
		return "", fmt.Errorf("finding a folder for %s: %w", name, err)
	}
	if err := makeFolder(dir); err != nil {
		return "", fmt.Errorf("making the folder for %s: %w", name, err)
	}
	path = filepath.Join(dir, name)
	return path, replace(path, content)
}
