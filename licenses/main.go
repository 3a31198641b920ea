// Command licenses lists the licences of all modules that are in dogwatch, and ends with 1 if one is unknown, or asks for more
// than to be told: such a module cannot be in a program under Apache-2.0.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/google/licensecheck"
)

// allowed are the licences that ask for no more than to be told.
func allowed() []string { return []string{"Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT"} }

// ofDocumentation are licences that a module's licence file names for its documentation, which is not in the program.
func ofDocumentation(path string) []string {
	if path == "github.com/modelcontextprotocol/go-sdk" {
		return []string{"CC-BY-4.0"}
	}
	return nil
}

// leastCoverage is how much of a file must be of known licences, in percent: the rest is names and years.
const leastCoverage = 75

func main() {
	if err := run(os.Stdout, ".", ".", "./cmd/dogwatch-signals"); err != nil {
		fmt.Fprintf(os.Stderr, "licenses: %v\n", err)
		os.Exit(1)
	}
}

// module is a module that the program is built of.
type module struct{ path, version, dir string }

// run lists the modules of the programs of a module in a folder.
func run(out io.Writer, folder string, programs ...string) error {
	modules, err := linked(folder, programs...)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	var refused []string
	for _, m := range modules {
		names, err := licensesOf(m.dir, ofDocumentation(m.path))
		if err != nil {
			refused = append(refused, fmt.Sprintf("%s: %v", m.path, err))
		}
		fmt.Fprintf(w, "%s\t%s\t%s\n", m.path, m.version, strings.Join(names, ", "))
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("printing: %w", err)
	}
	if refused != nil {
		return fmt.Errorf("cannot be in dogwatch:\n%s", strings.Join(refused, "\n"))
	}
	return nil
}

// linked asks go for the modules whose packages the programs are built of, its own left out. What only builds and tests it
// does not count.
func linked(folder string, programs ...string) ([]module, error) {
	const format = "{{with .Module}}{{if not .Main}}{{.Path}}\t{{.Version}}\t{{.Dir}}{{end}}{{end}}"
	command := exec.Command("go", append([]string{"list", "-deps", "-f", format}, programs...)...)
	command.Dir = folder
	command.Stderr = os.Stderr
	listed, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("listing the modules: %w", err)
	}
	lines := slices.Sorted(strings.Lines(string(listed)))
	var modules []module
	for _, line := range slices.Compact(lines) {
		if fields := strings.Split(strings.TrimSpace(line), "\t"); len(fields) == 3 {
			modules = append(modules, module{fields[0], fields[1], fields[2]})
		}
	}
	return modules, nil
}

// licensesOf names the licences of a module, but for those beside. The error says why it is not enough to tell of them.
func licensesOf(dir string, beside []string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("looking for its licence: %w", err)
	}
	var names []string
	for _, entry := range entries {
		if entry.IsDir() || !isLicense(entry.Name()) {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, entry.Name()))
		if err != nil {
			return names, fmt.Errorf("reading its licence: %w", err)
		}
		found, err := classify(text, beside)
		names = append(names, found...)
		if err != nil {
			return names, fmt.Errorf("%s: %w", entry.Name(), err)
		}
	}
	if names == nil {
		return nil, errors.New("it has no licence file")
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

func isLicense(name string) bool {
	name = strings.ToUpper(name)
	return strings.HasPrefix(name, "LICENSE") || strings.HasPrefix(name, "LICENCE") || strings.HasPrefix(name, "COPYING")
}

// classify names the licences in a text, but for those beside. The error says that it is unknown, or asks for too much.
func classify(text []byte, beside []string) ([]string, error) {
	coverage := licensecheck.Scan(text)
	var names []string
	for _, match := range coverage.Match {
		if slices.Contains(beside, match.ID) {
			continue
		}
		names = append(names, match.ID)
		if !slices.Contains(allowed(), match.ID) {
			return names, fmt.Errorf("%s is none of %s", match.ID, strings.Join(allowed(), ", "))
		}
	}
	if coverage.Percent < leastCoverage {
		return names, fmt.Errorf("only %.0f %% of it is a licence that is known", coverage.Percent)
	}
	return names, nil
}
