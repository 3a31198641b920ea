package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/dogwatch/dogwatch/setup"
)

// errExists says that a file is there already. What to do about it says the caller: not everywhere there is a --force.
type errExists struct{ path string }

func (e errExists) Error() string { return e.path + " exists already: choose another name" }

// createPrivate makes a file that only its owner may read. One that exists is opened only if it may be overwritten, and holds
// then what it held. A link is followed. What is no regular file is refused, so that no device or pipe is written to.
func createPrivate(path string, overwrite bool) (*os.File, error) {
	if err := checkRegular(path); err != nil {
		return nil, err
	}
	flags := os.O_CREATE | os.O_WRONLY | os.O_EXCL
	if overwrite {
		flags = os.O_CREATE | os.O_WRONLY
	}
	file, err := os.OpenFile(path, flags, 0o600)
	switch {
	case errors.Is(err, os.ErrExist):
		return nil, errExists{path}
	case err != nil:
		return nil, cannotCreate(path, err)
	}
	protect := isPrivate // what was made is from the first moment on
	if overwrite {
		protect = setup.MakePrivate
	}
	if err := protect(file); err != nil {
		return nil, errors.Join(cannotCreate(path, err), file.Close())
	}
	return file, nil
}

// isPrivate refuses a file that others may read, as where the file system knows no modes.
func isPrivate(file *os.File) error {
	info, err := file.Stat()
	if err == nil && info.Mode().Perm()&0o077 != 0 {
		err = errors.New("others could read it")
	}
	return err
}

// checkRegular refuses what is there and is no regular file, before it is opened: opening a pipe waits for its reader.
func checkRegular(path string) error {
	if path == "-" {
		return errors.New("\"-\" does not mean standard output here: give the name of a file, ./- for one of that name")
	}
	info, err := os.Stat(path)
	if err == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("%s is not a regular file: choose another name", path)
	}
	return nil // what else is wrong is found when it is opened
}

// writePrivate writes a file that only its owner may read. If that fails, none is left behind; one that it replaces is there
// until the new one is complete: it may be what is being read.
func writePrivate(path string, overwrite bool, write func(*os.File) error) error {
	var file *os.File
	var err error
	if overwrite {
		if path, err = target(path); err == nil {
			file, err = createBeside(path)
		}
	} else {
		file, err = createPrivate(path, false)
	}
	if err != nil {
		return err
	}
	err = errors.Join(write(file), file.Close())
	if err == nil && overwrite {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	return nil
}

// target is the file that is meant by a path, which may be a link to it.
func target(path string) (string, error) {
	if err := checkRegular(path); err != nil {
		return "", err
	}
	if _, err := os.Lstat(path); errors.Is(err, os.ErrNotExist) {
		return path, nil
	}
	resolved, err := filepath.EvalSymlinks(path)
	if err != nil {
		return "", fmt.Errorf("following the link: %w", err)
	}
	return resolved, nil
}

// createBeside makes a file in the folder of another, which it is to replace.
func createBeside(path string) (*os.File, error) {
	file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-") // 0600
	if err != nil {
		return nil, cannotCreate(path, err)
	}
	return file, nil
}

// cannotCreate is an error in terms of the file that was asked for, whatever the name was that the system was given.
func cannotCreate(path string, err error) error {
	var inPath *os.PathError
	if errors.As(err, &inPath) {
		err = inPath.Err
	}
	return fmt.Errorf("creating %s: %w", path, err)
}

// orForce adds to an error about a file that exists what the command line can do about it.
func orForce(err error) error {
	var exists errExists
	if errors.As(err, &exists) {
		return fmt.Errorf("%w, or --force to replace it", err)
	}
	return err
}
