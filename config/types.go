package config

import (
	"fmt"
	"strings"
)

// SplitTypes takes a tab, as an argument or a file names it, apart into its types: "po,deployments.apps". The error says
// what cannot be a type.
func SplitTypes(tab string) ([]string, error) {
	parts := strings.Split(tab, ",")
	for _, part := range parts {
		switch {
		case part == "":
			return nil, fmt.Errorf("type %q: a name is missing beside a comma", tab)
		case strings.ContainsAny(part, "/ \t\n"):
			return nil, fmt.Errorf("type %q: give a type, such as pods or deployments.apps, not a type and a name", tab)
		}
	}
	return parts, nil
}
