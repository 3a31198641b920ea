package keymap

import (
	"fmt"
	"slices"
	"strings"
)

// Override gives an action other keys.
type Override struct {
	// Scope is the part of the screen that it is for. Empty: all that bind the action, but those in which text is typed.
	Scope  Scope
	Action Action
	// Keys are as the user wrote them, one at least.
	Keys []string
}

// With gives a keymap with other keys. An override that cannot be is left out, whole, and errs holds why, at the override's
// place; nil where it is in.
func (k *Keymap) With(overrides []Override) (changed *Keymap, errs []error) {
	errs = make([]error, len(overrides))
	changed = k
	for i, o := range overrides {
		errs[i] = o.check(k)
	}
	// All are put in at once, as two may only fit together, such as keys that change places.
	for {
		changed = k.replace(overrides, errs)
		at, err := changed.conflict(overrides, errs)
		if err == nil {
			return changed, errs
		}
		errs[at] = err
	}
}

// check finds what is wrong with an override by itself.
func (o Override) check(k *Keymap) error {
	if o.Scope != "" && k.bindings[o.Scope] == nil {
		return fmt.Errorf("there is no part %q: expected %s", o.Scope, listed(Scopes()))
	}
	scopes := o.scopes(k)
	if len(scopes) == 0 {
		return o.unknown(k)
	}
	if len(o.Keys) == 0 { // help and hints name a key of each action
		return fmt.Errorf("%q needs a key", o.Action)
	}
	var keys []string
	for _, written := range o.Keys {
		key, err := ParseKey(written)
		switch {
		case err != nil:
			return err
		case slices.Contains(keys, key):
			return fmt.Errorf("%q is there twice", written)
		case typesText(o.Scope) && isCharacter(key):
			return fmt.Errorf("%q is text in the %s", key, o.Scope)
		}
		keys = append(keys, key)
	}
	return nil
}

// unknown is the error of an action that is not bound where the override says.
func (o Override) unknown(k *Keymap) error {
	if o.Scope != "" {
		var known []Action
		for _, b := range k.bindings[o.Scope] {
			known = append(known, b.Action)
		}
		return fmt.Errorf("the %s has no action %q: expected %s", o.Scope, o.Action, listed(known))
	}
	for _, scope := range Scopes() {
		if typesText(scope) && k.binds(scope, o.Action) {
			return fmt.Errorf("%q is an action of the %s: write it below %q", o.Action, scope, string(scope)+":")
		}
	}
	return fmt.Errorf("there is no action %q: dogwatch config keys lists them", o.Action)
}

// scopes are those that an override is for.
func (o Override) scopes(k *Keymap) []Scope {
	var scopes []Scope
	for _, scope := range Scopes() {
		if k.binds(scope, o.Action) && (scope == o.Scope || o.Scope == "" && !typesText(scope)) {
			scopes = append(scopes, scope)
		}
	}
	return scopes
}

// typesText tells whether what has no action is text in a scope.
func typesText(scope Scope) bool { return scope == Picker || scope == Prompt }

func (k *Keymap) binds(scope Scope, action Action) bool {
	return slices.ContainsFunc(k.bindings[scope], func(b Binding) bool { return b.Action == action })
}

// replace gives a keymap with the overrides that have no error. One for a single scope wins over one for all.
func (k *Keymap) replace(overrides []Override, errs []error) *Keymap {
	bindings := make(map[Scope][]Binding, len(k.bindings))
	for scope, list := range k.bindings {
		bindings[scope] = slices.Clone(list)
		for j := range bindings[scope] {
			b := &bindings[scope][j]
			if at := overrideOf(overrides, errs, k, scope, b.Action); at >= 0 {
				b.Keys = overrides[at].parsed()
			}
		}
	}
	return New(bindings)
}

func (o Override) parsed() []string {
	keys := make([]string, 0, len(o.Keys))
	for _, written := range o.Keys {
		if key, err := ParseKey(written); err == nil { // check has said so
			keys = append(keys, key)
		}
	}
	return keys
}

// overrideOf is the place of the override that gives an action its keys in a scope; -1 where none does.
func overrideOf(overrides []Override, errs []error, k *Keymap, scope Scope, action Action) int {
	found := -1
	for i, o := range overrides {
		if o.Action != action || errs[i] != nil || !slices.Contains(o.scopes(k), scope) {
			continue
		}
		if found < 0 || o.Scope != "" {
			found = i
		}
	}
	return found
}

// claim is one key of one binding.
type claim struct {
	key    string
	scope  Scope
	action Action
}

// claims are the keys that are heard in a scope. The list is always there and hears first what is heard everywhere.
func (k *Keymap) claims(scope Scope) []claim {
	var all []claim
	if scope == Global {
		all = k.claims(Grid)
	}
	for _, b := range k.bindings[scope] {
		for _, key := range b.Keys {
			all = append(all, claim{key, scope, b.Action})
		}
	}
	return all
}

// conflict finds two actions that claim one key, and gives the place of the override to leave out, the later one.
func (k *Keymap) conflict(overrides []Override, errs []error) (at int, err error) {
	for _, scope := range Scopes() {
		owners := map[string]claim{}
		for _, c := range k.claims(scope) {
			owner, taken := owners[c.key]
			if !taken {
				owners[c.key] = c
				continue
			}
			mine := overrideOf(overrides, errs, k, c.scope, c.action)
			other := overrideOf(overrides, errs, k, owner.scope, owner.action)
			switch {
			case mine >= 0 && mine >= other:
				return mine, fmt.Errorf("%q is the key of %q already, in the part %q", c.key, owner.action, owner.scope)
			case other >= 0:
				return other, fmt.Errorf("%q is the key of %q already, in the part %q", c.key, c.action, c.scope)
			}
		}
	}
	return 0, nil
}

func listed[S ~string](all []S) string {
	words := make([]string, len(all))
	for i, s := range all {
		words[i] = string(s)
	}
	return strings.Join(words, ", ")
}
