package config

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/labels"
)

// Tab is one of the types of a file.
type Tab struct {
	// Types are spelled as an argument: "po,deployments.apps".
	Types string
	// Selector and FieldSelector limit what is watched of them: the tab's own where it says any, else the file's.
	Selector, FieldSelector string
}

// definitions begins what chooses types by the labels of their CustomResourceDefinitions. A comma in it does not part types.
const definitions = "crd:"

// SplitTypes takes a tab, as an argument or a file names it, apart into its types: "po,deployments.apps". The error says
// what cannot be a type.
func SplitTypes(tab string) ([]string, error) {
	if selector, ok := strings.CutPrefix(tab, definitions); ok {
		if _, err := labels.Parse(selector); err != nil || selector == "" {
			return nil, fmt.Errorf("type %q: give labels after crd:, such as crd:team=shop", tab)
		}
		return []string{tab}, nil
	}
	parts := strings.Split(tab, ",")
	for _, part := range parts {
		switch {
		case part == "":
			return nil, fmt.Errorf("type %q: a name is missing beside a comma", tab)
		case strings.HasPrefix(part, definitions):
			return nil, fmt.Errorf("type %q: what begins with crd: is for a place of its own", tab)
		case strings.ContainsAny(part, "/ \t\n"):
			return nil, fmt.Errorf("type %q: give a type, such as pods or deployments.apps, not a type and a name", tab)
		case strings.ContainsAny(part, "*[?\\"):
			if err := checkPattern(part); err != nil {
				return nil, err
			}
		}
	}
	return parts, nil
}

// checkPattern refuses what stands for all types at once, which no server likes, and what is no pattern.
func checkPattern(part string) error {
	if strings.ContainsAny(part, "[?\\") {
		return fmt.Errorf("type %q: of patterns there is * alone", part)
	}
	if strings.Trim(part, "*.") == "" {
		return fmt.Errorf("type %q: give a name or a group beside *, such as *.gateway.networking.k8s.io", part)
	}
	return nil
}
