package setup

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dogwatch/dogwatch/cluster"
	"github.com/dogwatch/dogwatch/ui/text"
)

// Exit codes. A signal ends the process with 128 and its number, as shells
// expect.
const (
	ExitOK    = 0
	ExitError = 1
	ExitUsage = 2
	ExitCrash = 70
)

// usageError is a command line that makes no sense, as opposed to a cluster or a file that does not.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// Usage marks an error, if there is one, as one of the command line.
func Usage(err error) error {
	if err == nil {
		return nil
	}
	return usageError{err}
}

// localError is of a file or of this machine: it says itself what is wrong, and nothing of it is a cluster's.
type localError struct{ error }

func (e localError) Unwrap() error { return e.error }

// Local marks an error, if there is one, as one of a file or of this machine.
func Local(err error) error {
	if err == nil {
		return nil
	}
	return localError{err}
}

// Report prints the error of a command with what to do about it, and gives its exit code.
func Report(err error, name string, command *cobra.Command, stderr io.Writer) int {
	var usage usageError
	if errors.As(err, &usage) {
		fmt.Fprintf(stderr, "%s: %v\nSee '%s --help'.\n", name, err, command.CommandPath())
		return ExitUsage
	}
	var ours localError
	if errors.As(err, &ours) {
		fmt.Fprintf(stderr, "%s: %s\n", name, text.Clean(strings.ReplaceAll(err.Error(), "\n", "; ")))
		return ExitError
	}
	problem := cluster.Explain(err)
	fmt.Fprintf(stderr, "%s: %s\n", name, text.Clean(problem.Summary))
	if problem.Hint != "" {
		fmt.Fprintln(stderr, text.Clean(problem.Hint))
	}
	return ExitError
}
