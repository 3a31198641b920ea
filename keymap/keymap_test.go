package keymap

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestNoScopeBindsAKeyTwice(t *testing.T) {
	for _, scope := range Scopes() {
		bound := map[string]Action{}
		for _, b := range Default().Bindings(scope) {
			for _, key := range b.Keys {
				if other, taken := bound[key]; taken {
					t.Errorf("%s: %q is bound to %q and to %q", scope, key, other, b.Action)
				}
				bound[key] = b.Action
			}
		}
		if len(bound) == 0 {
			t.Errorf("%s binds no key", scope)
		}
	}
}

func TestScopesAreAllThatAreBound(t *testing.T) {
	for scope := range Default().bindings {
		if !slices.Contains(Scopes(), scope) {
			t.Errorf("help does not show the keys of %s", scope)
		}
	}
}

func TestREADMENamesTheKeysThatAreBound(t *testing.T) {
	heads, all := readmeKeys(t)
	bound := map[string]bool{}
	for _, scope := range Scopes() {
		for _, b := range Default().Bindings(scope) {
			for _, key := range b.Keys {
				bound[spelled(key)] = true
				if !slices.Contains(all, spelled(key)) {
					t.Errorf("README's table of keys lacks `%s`: %s, %s", spelled(key), scope, b.Help)
				}
			}
		}
	}
	for _, key := range heads {
		if !bound[key] {
			t.Errorf("README has a key `%s` that nothing binds", key)
		}
	}
}

// readmeKeys gives what stands between backticks in the first column of the
// README's table of keys, and in all of it.
func readmeKeys(t *testing.T) (heads, all []string) {
	t.Helper()
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(readme), "\n## Keys\n")
	section, _, _ = strings.Cut(section, "\n## ")
	for line := range strings.Lines(section) {
		if cells := strings.SplitN(line, "|", 3); len(cells) == 3 {
			heads = append(heads, quoted(cells[1])...)
			all = append(all, quoted(line)...)
		}
	}
	if len(heads) == 0 {
		t.Fatal("README has no table of keys")
	}
	return heads, all
}

var (
	inBackticks = regexp.MustCompile("`([^`]+)`")
	digits      = strings.Split("1 2 3 4 5 6 7 8 9", " ")
)

func quoted(s string) []string {
	var words []string
	if before, after, ok := strings.Cut(s, "`1`..`9`"); ok {
		words, s = append(words, digits...), before+after
	}
	for _, match := range inBackticks.FindAllStringSubmatch(s, -1) {
		words = append(words, match[1])
	}
	return words
}

// spelled gives a key as the README spells it.
func spelled(key string) string {
	arrows := map[string]string{"up": "↑", "down": "↓", "left": "←", "right": "→"}
	if arrow, ok := arrows[key]; ok {
		return arrow
	}
	if modifier, rest, ok := strings.Cut(key, "+"); ok && modifier != "" {
		return modifier + "-" + spelled(rest)
	}
	return key
}
