package setup

import (
	"strings"

	"github.com/dogwatch/dogwatch/workspace"
)

// Unserved finds the types that rules name and the server does not have under this name, as of a kind in place of its type. It is for one goroutine; the zero value
// is ready to use.
type Unserved struct {
	words map[string]string // by the names that were asked about
}

// Of gives those of some types, as RESOURCE or RESOURCE.GROUP, each with what may be meant: "deployments (deployments.apps?)".
func (u *Unserved) Of(ws *workspace.Workspace, types []string) []string {
	var all []string
	for _, name := range ws.Unserved(types) {
		words, known := u.words[name]
		if !known {
			words = name
			if meant := ws.Meant(name); len(meant) > 0 {
				words += " (" + strings.Join(meant, ", ") + "?)"
			}
			if u.words == nil {
				u.words = map[string]string{}
			}
			u.words[name] = words
		}
		all = append(all, words)
	}
	return all
}
