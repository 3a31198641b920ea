package cli

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dogwatch/dogwatch/demo"
	"github.com/dogwatch/dogwatch/setup"
)

// demoTypes are the tabs of a demo without arguments: where the recorded story happens.
func demoTypes() []string {
	return []string{"pods", "deployments", "jobs", "hpa", "nodes", "promotions", "events"}
}

// newDemo makes the command that plays the recording which is in the program, over and over.
func newDemo(name string, run func(context.Context, *replayOptions, []string) error) *cobra.Command {
	o := &replayOptions{options: options{Options: setup.New()}, loop: true}
	o.newcomer = true
	command := &cobra.Command{
		Use:   "demo [TYPE[,TYPE...]...]",
		Short: "Look around in a recorded cluster, without one of your own",
		Long: `demo opens the dashboard on a recording that comes with dogwatch: some minutes of a
shop, with releases good and bad, crashes, a node that goes and comes back, a
ConfigMap and a volume that come late, a webhook that lets nothing in, an
autoscaler, and a type that comes and goes. At the end it begins again.

It needs no cluster, no kubeconfig and no network.`,
		Example: strings.ReplaceAll(`  # the story from its beginning
  NAME demo

  # one moment of it, as a picture
  NAME demo --at 1m20s --paused`, "NAME", name),
		Args: cobra.ArbitraryArgs,
		RunE: func(command *cobra.Command, types []string) error {
			if err := o.validate(types); err != nil {
				return setup.Usage(err)
			}
			return run(command.Context(), o, types)
		},
	}
	o.addPlayFlags(command)
	return command
}

// runDemo shows the dashboard on the recording that is in the program.
func runDemo(ctx context.Context, o *replayOptions, types []string, stderr io.Writer) (int, error) {
	rec, err := demo.Recording()
	if err != nil {
		return setup.ExitError, fmt.Errorf("opening the demo: %w", err)
	}
	run, err := play(ctx, rec, o)
	if err != nil {
		return setup.ExitError, err
	}
	defer run.Stop()
	if len(types) == 0 {
		types = demoTypes()
	}
	o.judged = []string{"--demo"}
	return run.show(ctx, o, types, stderr)
}
