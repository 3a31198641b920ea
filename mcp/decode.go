package mcp

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"
)

// decode reads what a tool is asked into a question, and says in words what is wrong with it. What is null is not given.
func decode(tool string, schema *jsonschema.Schema, raw json.RawMessage, question any) error {
	var given map[string]json.RawMessage
	if len(raw) > 0 {
		if err := json.Unmarshal(raw, &given); err != nil {
			return fmt.Errorf("the arguments of %s are to be a JSON object, such as {\"limit\":10}", tool)
		}
	}
	maps.DeleteFunc(given, func(_ string, value json.RawMessage) bool { return string(value) == "null" })
	for _, name := range slices.Sorted(maps.Keys(given)) {
		of, known := schema.Properties[name]
		if !known {
			all := slices.Sorted(maps.Keys(schema.Properties))
			return fmt.Errorf("%s has no argument %s, but %s%s", tool, quoted(name), strings.Join(all, ", "), meant(name, all))
		}
		if err := checkKind(of, given[name]); err != nil {
			return fmt.Errorf("the argument %s of %s %w", name, tool, err)
		}
	}
	for _, name := range schema.Required {
		if given[name] == nil {
			return fmt.Errorf("%s needs the argument %s: %s", tool, name, schema.Properties[name].Description)
		}
	}
	if len(given) == 0 {
		return nil
	}
	raw, err := json.Marshal(given)
	if err == nil {
		err = json.Unmarshal(raw, question)
	}
	if err != nil {
		return fmt.Errorf("the arguments of %s: %w", tool, err)
	}
	return nil
}

// checkKind finds what is not of the kind that a schema says.
func checkKind(schema *jsonschema.Schema, value json.RawMessage) error {
	kind := schema.Type
	if kind == "" { // one that may be null, too
		kind = schema.Types[len(schema.Types)-1]
	}
	var of any
	var words string
	switch kind {
	case "string":
		of, words = new(string), "a text"
	case "integer":
		of, words = new(uint32), "a whole number, 0 or more"
	case "boolean":
		of, words = new(bool), "true or false"
	case "array":
		of, words = new([]string), "a list of texts"
	default:
		return errors.New("is of a kind that nothing is known of")
	}
	if json.Unmarshal(value, of) != nil {
		return fmt.Errorf("is to be %s, and is %s", words, cutText(string(value), reasonBytes))
	}
	return nil
}
