package process

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/dogwatch/dogwatch/e2e/suite"
)

// faultEnv names the place where the faulty program is to panic.
const faultEnv = "DOGWATCH_CRASH_AT"

// faultSource is a package that is laid over the program: it panics where it is told to.
const faultSource = `package fault

import "os"

func At(place string) {
	if os.Getenv("` + faultEnv + `") == place {
		var rows map[string]int
		rows[place] = 1
	}
}
`

var (
	handler       = regexp.MustCompile(`(?m)^(\s*)defer (?:utilruntime|kruntime|runtime)\.HandleCrash\(\)$`)
	packageClause = regexp.MustCompile(`(?m)^package \w+$`)
)

// buildFaulty builds dogwatch, and the program that knows rules beside it, with a fault right behind each deferred panic handler, which is at the head of every goroutine
// and of the screen's methods. The sources stay as they are: the changed ones are laid over them.
func buildFaulty(s *suite.Suite) (path string, places []string, err error) {
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		return "", nil, fmt.Errorf("building dogwatch with faults: %w", err)
	}
	dir, err := os.MkdirTemp("", "dogwatch-e2e-faulty-")
	if err != nil {
		return "", nil, fmt.Errorf("building dogwatch with faults: %w", err)
	}
	defer os.RemoveAll(dir)
	replaced := map[string]string{}
	lay := func(over string, content []byte) error {
		with := filepath.Join(dir, fmt.Sprint(len(replaced), ".go"))
		replaced[over] = with
		return os.WriteFile(with, content, 0o600)
	}
	err = errors.Join(lay(filepath.Join(root, "fault", "fault.go"), []byte(faultSource)), eachSource(root, func(name string, source []byte) error {
		changed, found := withFaults(name, source)
		if len(found) == 0 {
			return nil
		}
		places = append(places, found...)
		return lay(filepath.Join(root, name), changed)
	}))
	if err != nil {
		return "", nil, fmt.Errorf("building dogwatch with faults: %w", err)
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replaced})
	if err != nil {
		return "", nil, fmt.Errorf("building dogwatch with faults: %w", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "overlay.json"), overlay, 0o600); err != nil {
		return "", nil, fmt.Errorf("building dogwatch with faults: %w", err)
	}
	laid := filepath.Join(dir, "overlay.json")
	if path, err = s.Build("-overlay", laid); err != nil {
		return "", nil, err
	}
	return path, places, s.BuildSignals(path, "-overlay", laid)
}

// eachSource calls f with every source of the program.
func eachSource(root string, f func(name string, source []byte) error) error {
	return filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, path)
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (name == "e2e" || strings.HasPrefix(entry.Name(), ".") && name != "."):
			return filepath.SkipDir
		case filepath.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		source, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return f(name, source)
	})
}

// withFaults adds to a source a fault behind each panic handler. Lines keep their numbers.
func withFaults(name string, source []byte) (changed []byte, places []string) {
	count := 0
	changed = handler.ReplaceAllFunc(source, func(line []byte) []byte {
		count++
		place := fmt.Sprintf("%s#%d", filepath.ToSlash(name), count)
		places = append(places, place)
		return slices.Concat(line, fmt.Appendf(nil, "; fault.At(%q)", place))
	})
	clause := packageClause.FindIndex(changed)
	if count == 0 || clause == nil {
		return source, nil
	}
	return slices.Concat(changed[:clause[1]], []byte(`; import "github.com/dogwatch/dogwatch/fault"`), changed[clause[1]:]), places
}
