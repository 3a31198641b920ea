// Package docs holds what is written about the program beside its code.
package docs

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// tests are all that there are.
type tests struct {
	files    map[string]bool     // by their paths, and by their names
	packages map[string][]string // that have a test of a name
	texts    map[string]string   // of the test files of a package
}

var declared = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz|Benchmark)\w+)\(`)

// findTests looks through all test files below a folder.
func findTests(t *testing.T, root string) tests {
	t.Helper()
	found := tests{files: map[string]bool{}, packages: map[string][]string{}, texts: map[string]string{}}
	err := filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		place, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		found.add(filepath.ToSlash(place), string(content))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func (f tests) add(path, content string) {
	dir, name := "", path
	if at := strings.LastIndexByte(path, '/'); at >= 0 {
		dir, name = path[:at], path[at+1:]
	}
	f.files[path], f.files[name] = true, true
	f.texts[dir] += content
	for _, match := range declared.FindAllStringSubmatch(content, -1) {
		f.packages[match[1]] = append(f.packages[match[1]], dir)
	}
}

// named matches what a document calls a test: its name, perhaps with a case of it; "…" with another case of the one above; or a file of tests.
var named = regexp.MustCompile("\\b((?:Test|Fuzz|Benchmark)[A-Z]\\w*)(/[^`]+)?|(…)(/[^`]+)|([\\w/]+_test\\.go)")

// missing are the tests that a text names and that are not there.
func (f tests) missing(text string) []string {
	var lacking []string
	above := ""
	for _, match := range named.FindAllStringSubmatch(text, -1) {
		if file := match[5]; file != "" {
			if !f.files[file] {
				lacking = append(lacking, file)
			}
			continue
		}
		name, sub := match[1], match[2]+match[4]
		switch {
		case name == "":
			name = above
		case sub != "":
			above = name
		}
		if len(f.packages[name]) == 0 || !f.hasCase(name, sub) {
			lacking = append(lacking, name+sub)
		}
	}
	return lacking
}

// hasCase tells whether the package of a test has the text that a case of it is called by.
func (f tests) hasCase(name, sub string) bool {
	words := strings.ReplaceAll(strings.TrimPrefix(sub, "/"), "_", " ")
	return slices.ContainsFunc(f.packages[name], func(dir string) bool { return strings.Contains(f.texts[dir], words) })
}

// Whoever reads that something is tested can find the test.
func TestWhatDocumentsNameIsThere(t *testing.T) {
	all := findTests(t, "..")
	for _, file := range []string{"../SECURITY.md", "reliability.md", "performance.md", "recording.md", "problems.md", "config.md", "metrics.md"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range all.missing(string(text)) {
			t.Errorf("%s names %s, which is not there", file, name)
		}
	}
}

// Nothing is promised that nothing tests.
func TestEachPromiseNamesItsTests(t *testing.T) {
	text, err := os.ReadFile("../SECURITY.md")
	if err != nil {
		t.Fatal(err)
	}
	for section := range strings.SplitSeq(string(text), "\n## ") {
		title, content, _ := strings.Cut(section, "\n")
		if title != "# Security" && title != "Reporting" && !named.MatchString(content) {
			t.Errorf("%s: no test is named", title)
		}
	}
}

func TestWhatIsMissingIsFound(t *testing.T) {
	have := tests{files: map[string]bool{}, packages: map[string][]string{}, texts: map[string]string{}}
	have.add("a/b_test.go", "func TestOne(t *testing.T) { \"a case of it\" }\nfunc FuzzTwo(f *testing.F) {}\nfunc testThree() {}")
	const there = "`TestOne/a_case_of_it`, `TestOne`, FuzzTwo, `…/a_case_of_it`, `a/b_test.go`, `b_test.go`"
	if lacking := have.missing(there); lacking != nil {
		t.Errorf("%q are not found", lacking)
	}
	want := []string{"TestThree", "TestOne/another", "TestOne/more", "FuzzTw", "c/b_test.go"}
	if lacking := have.missing("`TestThree` `TestOne/another` `…/more` FuzzTw `c/b_test.go`"); !slices.Equal(lacking, want) {
		t.Errorf("found %q, want %q", lacking, want)
	}
}
