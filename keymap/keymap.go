// Package keymap holds every key binding of dogwatch, grouped by the part of
// the screen that hears it. Help, the bottom line's hints and the README's
// table of keys are all made from it, so that none can say what is not so.
//
// It knows the names of keys as the terminal reports them ("ctrl+a", "pgdown")
// and nothing else of the terminal.
package keymap

import (
	"slices"
	"strings"
)

// Scope is a part of the screen that hears keys. A focused part hears a key
// first; what it has no binding for goes on to Global.
type Scope string

// The scopes.
const (
	Global    Scope = "everywhere"
	Grid      Scope = "list"
	Detail    Scope = "YAML pane"
	Events    Scope = "events page"
	Relations Scope = "relations page"
	Why       Scope = "why page"
	History   Scope = "history page"
	Time      Scope = "time"
	Picker    Scope = "picker"
	Prompt    Scope = "prompt"
	Activity  Scope = "activity"
	Problems  Scope = "problems"
	Signals   Scope = "signals"
	Help      Scope = "help"
	Logs      Scope = "log"
)

// Scopes are all scopes in the order that help shows them.
func Scopes() []Scope {
	return []Scope{Grid, Detail, Events, Relations, History, Why, Time, Activity, Problems, Signals, Picker, Prompt, Help, Logs, Global}
}

// Binding ties keys to an action.
type Binding struct {
	Action Action
	// Keys all trigger the action; the first is the one that is shown.
	Keys []string
	// Help says what the action does, in a few words.
	Help string
	// Hint, where not empty, is the word on the bottom line beside the key.
	Hint string
}

// Keymap is a set of bindings. It is never changed after it is made, so any
// number of readers may share it.
type Keymap struct {
	bindings map[Scope][]Binding
	actions  map[Scope]map[string]Action
}

// New makes a keymap. A key that is bound twice in one scope keeps its first
// binding.
func New(bindings map[Scope][]Binding) *Keymap {
	k := &Keymap{bindings: bindings, actions: map[Scope]map[string]Action{}}
	for scope, list := range bindings {
		byKey := map[string]Action{}
		for _, b := range list {
			for _, key := range b.Keys {
				if _, taken := byKey[key]; !taken {
					byKey[key] = b.Action
				}
			}
		}
		k.actions[scope] = byKey
	}
	return k
}

// Lookup gives the action that key has in the first of scopes that binds it.
func (k *Keymap) Lookup(key string, scopes ...Scope) (Action, bool) {
	for _, scope := range scopes {
		if action, ok := k.actions[scope][key]; ok {
			return action, true
		}
	}
	return "", false
}

// Bindings lists what scope binds, in the order of help.
func (k *Keymap) Bindings(scope Scope) []Binding {
	return slices.Clone(k.bindings[scope])
}

// Hints lists the bindings of scopes that the bottom line shows.
func (k *Keymap) Hints(scopes ...Scope) []Binding {
	var hints []Binding
	for _, scope := range scopes {
		for _, b := range k.bindings[scope] {
			if b.Hint != "" {
				hints = append(hints, b)
			}
		}
	}
	return hints
}

// KeyOf is the first key of an action, the one that is shown, as it stands on a keyboard; empty where it has none.
func (k *Keymap) KeyOf(scope Scope, action Action) string {
	for _, b := range k.bindings[scope] {
		if b.Action == action && len(b.Keys) > 0 {
			return KeyName(b.Keys[0])
		}
	}
	return ""
}

// Place is the place of a key among those of an action, from 1; 0 where it is none of them.
func (k *Keymap) Place(scope Scope, action Action, key string) int {
	for _, b := range k.bindings[scope] {
		if b.Action == action {
			return slices.Index(b.Keys, key) + 1
		}
	}
	return 0
}

// KeyName writes a key as it stands on a keyboard: "↑", "shift+→".
func KeyName(key string) string {
	at := strings.LastIndexByte(key, '+') + 1 // behind the modifiers
	switch key[at:] {
	case "left":
		return key[:at] + "←"
	case "right":
		return key[:at] + "→"
	case "up":
		return key[:at] + "↑"
	case "down":
		return key[:at] + "↓"
	}
	return key
}
