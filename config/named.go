package config

import (
	"bytes"
	"path/filepath"
)

// File is a file that a configuration names.
type File struct {
	// Name is relative to the folder of the configuration, or absolute; of a configuration in the cluster it is another key of the same ConfigMap.
	Name string
	// Line is where it is named.
	Line int
	// Content is what was read of it, nil before.
	Content []byte
}

// IsAs tells that another file has the same name and holds the same.
func (f File) IsAs(other File) bool {
	return f.Name == other.Name && bytes.Equal(f.Content, other.Content)
}

// Beside is where a file is that the configuration in another names.
func Beside(configuration, name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(filepath.Dir(configuration), name)
}

// ReadRules reads the files of rules that a configuration names, by their names. What they hold is not looked at: that is for who knows rules. of names the
// configuration in the problems.
func (c *Config) ReadRules(of string, read func(name string) ([]byte, error)) []Problem {
	var found []File
	var problems []Problem
	for _, file := range c.Rules {
		content, err := read(file.Name)
		if err != nil {
			problems = append(problems, Problem{File: of, Line: file.Line, What: cut("rules: "+short(file.Name)+": "+err.Error(), maxWhat)})
			continue
		}
		file.Content = content
		found = append(found, file)
	}
	c.Rules = found
	return problems
}

// RuleNames are the names of the files of rules.
func (c *Config) RuleNames() []string {
	names := make([]string, len(c.Rules))
	for i, file := range c.Rules {
		names[i] = file.Name
	}
	return names
}
