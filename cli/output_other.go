//go:build !linux

package cli

import (
	"errors"
	"os"
)

// reopen fails: elsewhere a terminal that is opened once more cannot be given a limit, or is the same file.
func reopen(*os.File, int) (*os.File, error) { return nil, errors.ErrUnsupported }

// discard does nothing.
func discard(uintptr) {}
