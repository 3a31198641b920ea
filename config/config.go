package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"github.com/dogwatch/dogwatch/keymap"
	"github.com/dogwatch/dogwatch/model/noise"
	"github.com/dogwatch/dogwatch/theme"
)

// Config is what a file says, as far as it is right. What it says nothing of is zero.
type Config struct {
	// Types are the tabs of a start without arguments.
	Types []Tab
	// AllNamespaces shows all namespaces.
	AllNamespaces bool
	// HistoryMemory is how many bytes the history may take; nil where the file does not say.
	HistoryMemory *int64
	// NoiseFile has rules of what is noise, and Noise is what Read and ParseFile found in it: nil for none.
	NoiseFile string
	Noise     *noise.Rules
	// Rules are files of rules of signals. Of those that ReadRules could not read there are none.
	Rules []File
	// Sinks are where a stream goes; none for what the command line says.
	Sinks []Sink
	// HideHeat leaves the graphs of what changed lately off the tabs.
	HideHeat bool
	// RowHeat shows them in the lists, too.
	RowHeat bool
	// Skin is the theme.
	Skin theme.Skin
	// Keys is the default keymap with the file's keys; never nil.
	Keys *keymap.Keymap
}

// Problem is one thing that is wrong with a file, and where. It may hold text of the file.
type Problem struct {
	File string
	// Line counts from 1; 0 is the file as a whole.
	Line int
	// What says what is wrong and what was expected.
	What string
}

func (p Problem) Error() string {
	if p.Line == 0 {
		return fmt.Sprintf("%s: %s", p.File, p.What)
	}
	return fmt.Sprintf("%s:%d: %s", p.File, p.Line, p.What)
}

// Default is what holds without a file.
func Default() Config { return Config{Keys: keymap.Default()} }

// maxFile bounds what is read: a configuration is a page or two.
const maxFile = 1 << 20

// Read reads a file. A file that is not there says nothing. The problems are in the order of their lines.
func Read(path string) (Config, []Problem) {
	content, err := ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return Default(), nil
	case err != nil:
		return Default(), []Problem{{File: path, What: err.Error()}}
	}
	return ParseFile(path, content)
}

// ParseFile is Parse for what a file holds, and reads the files that it names, too.
func ParseFile(path string, content []byte) (Config, []Problem) {
	c, problems := Parse(path, content)
	if c.NoiseFile != "" {
		problems = append(problems, c.readNoise(path)...)
	}
	return c, append(problems, c.ReadRules(path, func(name string) ([]byte, error) { return ReadFile(Beside(path, name)) })...)
}

// readNoise reads the file of rules of noise that a configuration names.
func (c *Config) readNoise(of string) []Problem {
	path := Beside(of, c.NoiseFile)
	content, err := ReadFile(path)
	if err == nil {
		c.Noise, err = noise.Load(content)
	}
	if err == nil {
		return nil
	}
	c.Noise = nil
	problem := Problem{File: path, What: cut(err.Error(), maxWhat)}
	if _, rest, ok := strings.Cut(problem.What, "line "); ok {
		number, what, _ := strings.Cut(rest, ": ")
		if line, err := strconv.Atoi(number); err == nil {
			problem.Line, problem.What = line, what
		}
	}
	return []Problem{problem}
}

// ReadFile reads a file that a person wrote: a regular one of at most 1 MiB. Errors do not name it.
func ReadFile(path string) ([]byte, error) {
	// A pipe would not let go.
	info, err := os.Stat(path)
	if err != nil {
		return nil, reason(err)
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("expected a regular file")
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, reason(err)
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err != nil {
		return nil, reason(err)
	}
	if len(content) > maxFile {
		return nil, fmt.Errorf("expected at most %d bytes", maxFile)
	}
	return content, nil
}

// ReadRuleFiles reads files of rules that the command line names.
func ReadRuleFiles(names []string) ([]File, error) {
	files := make([]File, len(names))
	for i, name := range names {
		content, err := ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("reading the rules of %s: %w", name, err)
		}
		files[i] = File{Name: name, Content: content}
	}
	return files, nil
}

// reason is an error without the path, which a problem names itself.
func reason(err error) error {
	var inPath *fs.PathError
	if errors.As(err, &inPath) {
		return fmt.Errorf("it cannot be read: %w", inPath.Err)
	}
	return err
}
