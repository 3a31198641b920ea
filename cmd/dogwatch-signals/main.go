// Command dogwatch-signals is the part of dogwatch that knows rules. It is a program of its own since what evaluates them, Kubernetes'
// environment of CEL, takes its time before main: the dashboard's first frame would wait for it whether there are rules or not.
// "dogwatch rules", "dogwatch stream" and "dogwatch mcp" run it.
package main

import (
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"

	"github.com/dogwatch/dogwatch/setup"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// errSaid is of what is wrong and was printed already.
var errSaid = errors.New("some rules are wrong")

// run runs the program with its arguments, and gives its exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	defer (&setup.CrashHandler{Stderr: stderr, Exit: os.Exit}).Install()()
	defer utilruntime.HandleCrash()
	root := &cobra.Command{
		Use:           "dogwatch-signals",
		Short:         "What changes of a cluster mean, by rules",
		SilenceErrors: true,
		SilenceUsage:  true,
		Annotations:   map[string]string{cobra.CommandDisplayNameAnnotation: "dogwatch"},
	}
	root.AddCommand(newRules(stdout, stderr), newFollow(os.Stdin, stdout), newStream(stdout, stderr), newRBAC(stdout), newMCP(os.Stdin, stdout, stderr), newCheckConfig(stdout), newCheckRules(os.Stdin, stdout))
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return setup.Usage(err) })
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	failed, err := root.ExecuteContextC(ctx)
	switch {
	case err == nil:
		return setup.ExitOK
	case errors.Is(err, errSaid):
		return setup.ExitError
	}
	return setup.Report(err, "dogwatch", failed, stderr)
}
