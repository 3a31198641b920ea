package command

import (
	"github.com/dogwatch/dogwatch/replay/playback"
	"github.com/dogwatch/dogwatch/workspace"
)

// Command is what a line asks for: one of the types below.
type Command interface{ isCommand() }

// Open shows types in a tab: the one that shows them already, or a new one.
type Open struct{ Target workspace.Target }

// Drop closes the tabs that show all of Types, or the current tab where Types
// is empty.
type Drop struct{ Types []string }

// Namespace switches the workspace's namespace; All asks for all of them and
// leaves Name empty.
type Namespace struct {
	Name string
	All  bool
}

// Context switches to another context of the kubeconfig.
type Context struct{ Name string }

// At jumps to a moment of the recording that is shown.
type At struct{ Moment playback.Moment }

// Speed plays the recording so many times as fast as it was.
type Speed struct{ Times float64 }

// Pause stops the recording's time, or lets it go on.
type Pause struct{ Play bool }

// Record records what the tabs watch, into a file of that name where it is not empty; without one it ends a recording that
// is under way.
type Record struct{ File string }

// Commands about one object.
type (
	// History tells the versions of an object.
	History struct{ Of Object }
	// Why tells why an object is not well.
	Why struct{ Of Object }
	// Relations tells what an object relates to.
	Relations struct{ Of Object }
)

// Commands without arguments.
type (
	// Retry tries again now what waits to be retried.
	Retry struct{}
	// Activity shows what went on.
	Activity struct{}
	// Problems shows what is unhealthy.
	Problems struct{}
	// Signals shows what rules tell.
	Signals struct{}
	// Heat shows how much each row changed, or not any more.
	Heat struct{}
	// Logs shows dogwatch's own log.
	Logs struct{}
	// Help shows the keys.
	Help struct{}
	// Quit ends dogwatch.
	Quit struct{}
)

func (Open) isCommand()      {}
func (Drop) isCommand()      {}
func (Namespace) isCommand() {}
func (Context) isCommand()   {}
func (At) isCommand()        {}
func (Speed) isCommand()     {}
func (Pause) isCommand()     {}
func (Record) isCommand()    {}
func (History) isCommand()   {}
func (Why) isCommand()       {}
func (Relations) isCommand() {}
func (Retry) isCommand()     {}
func (Activity) isCommand()  {}
func (Problems) isCommand()  {}
func (Signals) isCommand()   {}
func (Heat) isCommand()      {}
func (Logs) isCommand()      {}
func (Help) isCommand()      {}
func (Quit) isCommand()      {}
