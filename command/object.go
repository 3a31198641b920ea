package command

import (
	"fmt"
	"slices"
	"strings"
)

// Object names an object: the one under the cursor where Type is empty. An empty Namespace is the one in force.
type Object struct{ Type, Name, Namespace string }

// ofObject reads what is asked for of an object.
func ofObject(about func(Object) Command) func([]string) (Command, error) {
	return func(args []string) (Command, error) {
		o, err := parseObject(args)
		if err != nil {
			return nil, err
		}
		return about(o), nil
	}
}

// parseObject reads the name of an object as kubectl spells it, as lists do, or in words: "po/web -n shop", "po shop/web", "po web shop".
func parseObject(args []string) (Object, error) {
	words, namespace, err := takeNamespaces(args)
	if err != nil {
		return Object{}, err
	}
	switch {
	case len(words) == 0 && namespace == "":
		return Object{}, nil
	case len(words) == 0:
		return Object{}, errUsage{"expected the object's type and name"}
	case len(words) == 1:
		kind, name, ok := strings.Cut(words[0], "/")
		if !ok {
			return Object{}, errUsage{"expected the object's name behind the type"}
		}
		words = []string{kind, name}
	case len(words) > 3:
		return Object{}, errUsage{"expected one object: its type and name"}
	}
	o := Object{Type: words[0], Name: words[1], Namespace: namespace}
	if inner, name, ok := strings.Cut(o.Name, "/"); ok && len(words) == 2 {
		o.Name, words = name, append(words, inner)
	}
	if len(words) == 3 {
		if err := setOnce(&o.Namespace, words[2], "namespace"); err != nil {
			return Object{}, err
		}
	}
	return o, o.check()
}

func (o *Object) check() error {
	types, err := splitTypes(o.Type)
	switch {
	case err != nil:
		return err
	case len(types) != 1:
		return errUsage{"expected one type"}
	case o.Name == "":
		return errUsage{"expected the object's name behind the type"}
	case o.Namespace == "":
		return nil
	}
	return checkNamespace(o.Namespace)
}

// objectFlags are those of kubectl that may stand beside an object's name.
func objectFlags() []string { return []string{"-n", "--namespace"} }

// takeNamespaces takes "-n NAMESPACE" out of words, wherever it stands.
func takeNamespaces(args []string) (words []string, namespace string, err error) {
	for len(args) > 0 {
		w := args[0]
		if args = args[1:]; !strings.HasPrefix(w, "-") {
			words = append(words, w)
			continue
		}
		name, value, given := cutFlag(w)
		if !slices.Contains(objectFlags(), name) {
			return nil, "", errUsage{fmt.Sprintf("unknown flag %q; known is -n NAMESPACE", w)}
		}
		if !given {
			if len(args) == 0 {
				return nil, "", errUsage{"expected a namespace after " + name}
			}
			value, args = args[0], args[1:]
		}
		if err := setOnce(&namespace, value, "namespace"); err != nil {
			return nil, "", err
		}
	}
	return words, namespace, nil
}

// cutFlag takes a flag and its value apart: "-n=shop", "--namespace=shop" and, as of one letter, "-nshop".
func cutFlag(w string) (name, value string, given bool) {
	name, value, given = strings.Cut(w, "=")
	if len(name) > 2 && name[0] == '-' && name[1] != '-' {
		return w[:2], w[2:], true
	}
	return name, value, given
}
