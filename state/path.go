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
	base := os.Getenv("XDG_STATE_HOME")
	if !filepath.IsAbs(base) { // the standard has relative ones ignored
		home, err := os.UserHomeDir()
		if err != nil {
			return "", fmt.Errorf("finding a folder for the history: %w", err)
		}
		base = filepath.Join(home, ".local", "state")
	}
	return filepath.Join(base, "dogwatch", "history"), nil
}
