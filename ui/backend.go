package ui

import (
	"context"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/health"
	"github.com/dogwatch/dogwatch/model/versions"
	"github.com/dogwatch/dogwatch/state"
	"github.com/dogwatch/dogwatch/workspace"
)

// Backend is what the screen asks of the workspace. Its methods are called in
// commands, off the program loop, and must be safe for concurrent use.
type Backend interface {
	PaneBackend
	OpenKnown(target workspace.Target) (workspace.TabID, error)
	Apply(add, drop []string, oneTab bool) (workspace.TabID, error)
	CloseTab(id workspace.TabID)
	DropType(arg string) bool
	SetNamespace(namespace string)
	ToggleAllNamespaces()
	SetContext(name string) error
	RetryNow() workspace.Retried
	Prioritize(id workspace.TabID)
	Choices() []workspace.TypeChoice
	Namespaces(ctx context.Context) ([]string, error)
	Explain(of versions.Object, kind string) (health.Finding, bool)
	Fetch(ctx context.Context, id workspace.TabID, row model.RowID) ([]byte, error)
	Reveal(ctx context.Context, id workspace.TabID, row model.RowID) (workspace.Revealed, error)
}

// History keeps the lines that the user enters from one session to the next.
// Add returns at once; Load may read the disk and is called off the program
// loop.
type History interface {
	Load() []state.Entry
	Add(kind state.Kind, line string)
}
