package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestUnknownAndCopyleftAreRefused(t *testing.T) {
	const gpl = `This program is free software: you can redistribute it and/or modify it under the terms of the GNU General Public
License as published by the Free Software Foundation, either version 3 of the License, or (at your option) any later version.

This program is distributed in the hope that it will be useful, but WITHOUT ANY WARRANTY; without even the implied warranty of
MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE. See the GNU General Public License for more details.

You should have received a copy of the GNU General Public License along with this program. If not, see <https://www.gnu.org/licenses/>.
`
	ours, err := os.ReadFile("../LICENSE")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		file, content, want string // want is "" where it may be in
	}{
		"ours":     {"LICENSE", string(ours), ""},
		"copyleft": {"COPYING.txt", gpl, "is none of"},
		"beside":   {"LICENSE", string(ours) + gpl, "is none of"},
		"unknown":  {"LICENSE", "You may use this on Sundays, if the sun shines and your neighbour agrees.", "0 %"},
		"none":     {"README.md", "MIT", "no licence file"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, c.file), []byte(c.content), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := licensesOf(dir, nil)
			if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}

// What is of a module's documentation alone is not in the program, and nothing else is let in for it.
func TestLicencesOfDocumentation(t *testing.T) {
	const both = "This work is licensed under the Creative Commons Attribution 4.0 International License.\nhttps://creativecommons.org/licenses/by/4.0/legalcode\n"
	dir := t.TempDir()
	ours, err := os.ReadFile("../LICENSE")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "LICENSE"), append(ours, both...), 0o600); err != nil {
		t.Fatal(err)
	}
	if names, err := licensesOf(dir, []string{"CC-BY-4.0"}); err != nil || strings.Join(names, ",") != "Apache-2.0" {
		t.Errorf("%v, %v", names, err)
	}
	if _, err := licensesOf(dir, nil); err == nil {
		t.Error("it is let in anywhere")
	}
}
