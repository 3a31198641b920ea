package state

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Hints remembers whether a newcomer has put the hints away. It is a file whose being there says so.
type Hints struct{ path string }

// OpenHints finds the file beside the history; the error is that there is no home.
func OpenHints() (Hints, error) {
	history, err := HistoryPath()
	if err != nil {
		return Hints{}, err
	}
	return Hints{filepath.Join(filepath.Dir(history), "hints-put-away")}, nil
}

// Wanted tells whether they have not been put away yet. Where that cannot be found out they are not wanted: they would come
// back for ever.
func (h Hints) Wanted() bool {
	_, err := os.Stat(h.path)
	return errors.Is(err, fs.ErrNotExist)
}

// PutAway keeps them away from now on.
func (h Hints) PutAway() error {
	if _, err := Write(filepath.Base(h.path), nil); err != nil {
		return fmt.Errorf("keeping the hints away: %w", err)
	}
	return nil
}
