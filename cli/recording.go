package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/dogwatch/dogwatch/replay/recording"
	"github.com/dogwatch/dogwatch/setup"
	"github.com/dogwatch/dogwatch/ui/text"
)

func newRecordingCommand(stdout, stderr io.Writer) *cobra.Command {
	command := &cobra.Command{
		Use:   "recording",
		Short: "Look at recordings without opening them, and cut them",
		Args:  cobra.ArbitraryArgs,
		RunE: func(command *cobra.Command, args []string) error {
			if len(args) > 0 {
				return setup.Usage(fmt.Errorf("recording %s: there is no such command, give info FILE or cut FILE", args[0]))
			}
			return setup.Usage(fmt.Errorf("what about a recording? %s info FILE, or cut FILE", command.CommandPath()))
		},
	}
	command.AddCommand(&cobra.Command{
		Use:   "info FILE|DIR",
		Short: "Say what a recording holds: span, types, objects, changes, size, busiest moments, gaps",
		Long: `info says what a recording holds, in local time: moments are printed as cut and
replay --at take them. It ends with exit code 1 where something of the recording
is lost. One that is still being written has no end yet, and is not damaged.`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return setup.Usage(fmt.Errorf("info needs one file, %d are given", len(args)))
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error { return setup.Local(showInfo(stdout, args[0])) },
	})
	command.AddCommand(newRecordingCut(stderr))
	return command
}

func showInfo(out io.Writer, path string) error {
	rec, err := recording.OpenPath(path)
	if err != nil {
		return err
	}
	defer func() { _ = rec.Close() }()
	info := rec.Info()
	if err := printInfo(out, info, rec.Problems()); err != nil {
		return err
	}
	if rec.Damaged() || slices.ContainsFunc(info.Broken, func(b recording.Broken) bool { return !b.Open }) {
		return fmt.Errorf("%s is damaged: not all of it can be read", path)
	}
	return nil
}

// tellProblems says what of a recording could not be read, where it is not shown otherwise.
func tellProblems(stderr io.Writer, path string, rec *recording.Recording) {
	for _, problem := range rec.Problems() {
		fmt.Fprintf(stderr, "%s: %s\n", path, text.Clean(problem))
	}
}

func printInfo(out io.Writer, info recording.Info, problems []string) error {
	events := 0
	for _, t := range info.Types {
		events += t.Events
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "context\t%s\n", text.Clean(info.Context))
	fmt.Fprintf(w, "server\t%s\n", text.Clean(info.ServerVersion))
	fmt.Fprintf(w, "span\t%s to %s (%s)\n", clockTime(info.From), clockTime(info.To), span(info.To.Sub(info.From)))
	fmt.Fprintf(w, "changes\t%d\n", events)
	fmt.Fprintf(w, "size\t%s in %s; %s of JSON\n", count(info.Size, "byte"), count(info.Segments, "segment"), count(info.Text, "byte"))
	fmt.Fprint(w, "\nTYPE\tOBJECTS\tCHANGES\tMERGED\tSCOPE\n")
	for _, t := range info.Types {
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%s\n", text.Clean(string(t.Name)), t.Objects, t.Events, t.Merged, scopesText(t.Scopes))
	}
	if len(info.Busiest) > 0 {
		fmt.Fprint(w, "\nBUSIEST\tCHANGES\n")
	}
	for _, m := range info.Busiest {
		fmt.Fprintf(w, "%s\t%d\n", clockTime(m.At), m.Events)
	}
	printGaps(w, info.Gaps)
	printBroken(w, info.Broken)
	if len(problems) > 0 {
		fmt.Fprint(w, "\nPROBLEM\n")
	}
	for _, problem := range problems {
		fmt.Fprintf(w, "%s\n", text.Clean(problem))
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("printing: %w", err)
	}
	return nil
}

func printGaps(w io.Writer, gaps []recording.Gap) {
	if len(gaps) > 0 {
		fmt.Fprint(w, "\nGAP\tLENGTH\tTYPE\tWHY\n")
	}
	for _, g := range gaps {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", clockTime(g.From), span(g.To.Sub(g.From)), text.Clean(string(g.Type)), text.Clean(g.Reason))
	}
}

func printBroken(w io.Writer, broken []recording.Broken) {
	if len(broken) > 0 {
		fmt.Fprint(w, "\nBROKEN PART\tREADABLE TO\tLOST\tWHY\n")
	}
	for _, b := range broken {
		lost := "all after it"
		switch {
		case !b.Next.IsZero():
			lost = span(max(0, b.Next.Sub(b.To))) + ", to " + clockTime(b.Next)
		case b.Open:
			lost = "nothing, if it is still being written"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", clockTime(b.From), clockTime(b.To), lost, text.Clean(b.Reason))
	}
}

func scopesText(scopes []recording.Scope) string {
	all := make([]string, len(scopes))
	for i, s := range scopes {
		all[i] = "all namespaces"
		if s.Namespace != "" {
			all[i] = "-n " + s.Namespace
		}
		if s.LabelSelector != "" {
			all[i] += " -l " + s.LabelSelector
		}
		if s.FieldSelector != "" {
			all[i] += " --field-selector " + s.FieldSelector
		}
	}
	return text.Clean(strings.Join(all, "; "))
}
