package signals

import (
	"embed"
	"errors"
	"fmt"
)

//go:embed rules/*.yaml
var builtin embed.FS

// Builtin gives the rules that dogwatch comes with. It takes some ten milliseconds.
func Builtin() ([]*Rule, error) {
	files, err := builtin.ReadDir("rules")
	if err != nil {
		return nil, fmt.Errorf("built-in rules: %w", err)
	}
	var rules []*Rule
	var wrong []error
	for _, file := range files {
		content, err := builtin.ReadFile("rules/" + file.Name())
		if err != nil {
			return nil, fmt.Errorf("built-in rules: %w", err)
		}
		some, errs := Load(file.Name(), content)
		rules, wrong = append(rules, some...), append(wrong, errs...)
	}
	rules, twice := Distinct(rules, nil)
	for _, r := range rules {
		r.isBuiltin = true
	}
	return rules, errors.Join(append(wrong, twice...)...)
}
