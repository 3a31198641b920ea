package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/dogwatch/dogwatch/replay/excerpt"
	"github.com/dogwatch/dogwatch/replay/playback"
	"github.com/dogwatch/dogwatch/replay/recording"
	"github.com/dogwatch/dogwatch/setup"
)

// cutOptions are what the command line of "recording cut" says.
type cutOptions struct {
	from, to  string
	output    string
	overwrite bool
}

func newRecordingCut(stderr io.Writer) *cobra.Command {
	var o cutOptions
	command := &cobra.Command{
		Use:   "cut FILE|DIR --from MOMENT --to MOMENT -o FILE",
		Short: "Write a span of a recording into a recording of its own",
		Long: `cut writes a recording that begins with the complete state at --from, and holds
all that happened up to --to.

A moment is 1m20s (from the recording's beginning), 14:02:31 (local time),
2006-01-02T15:04:05Z, begin or end.`,
		Args: cobra.ArbitraryArgs,
		RunE: func(command *cobra.Command, args []string) error {
			switch {
			case len(args) != 1:
				return setup.Usage(fmt.Errorf("cut needs one recording, %d are given", len(args)))
			case o.output == "":
				return setup.Usage(errors.New("cut needs a file to write: -o FILE"))
			}
			return setup.Local(runCut(command.Context(), args[0], o, stderr))
		},
	}
	flags := command.Flags()
	flags.StringVar(&o.from, "from", "begin", "the first moment")
	flags.StringVar(&o.to, "to", "end", "the last moment")
	flags.StringVarP(&o.output, "output", "o", "", "the file to write, readable by you alone")
	flags.BoolVar(&o.overwrite, "force", false, "replace the file if it exists")
	return command
}

func runCut(ctx context.Context, path string, o cutOptions, stderr io.Writer) error {
	var moments [2]playback.Moment
	for i, flag := range []struct{ name, moment string }{{"--from", o.from}, {"--to", o.to}} {
		var err error
		if moments[i], err = playback.ParseMoment(flag.moment); err != nil {
			return setup.Usage(fmt.Errorf("%s: %w", flag.name, err))
		}
	}
	ctx, _, stopSignals := catchSignals(ctx)
	defer stopSignals()
	rec, err := recording.OpenPath(path)
	if err != nil {
		return err
	}
	defer func() { _ = rec.Close() }()
	tellProblems(stderr, path, rec)
	begin, end := rec.Span()
	from, err := momentIn("--from", moments[0], begin, end)
	if err != nil {
		return err
	}
	to, err := momentIn("--to", moments[1], begin, end)
	if err != nil {
		return err
	}
	err = writePrivate(o.output, o.overwrite, func(file *os.File) error {
		writer, err := recording.NewWriter(file)
		if err != nil {
			return err
		}
		return excerpt.Cut(ctx, rec, from, to, writer)
	})
	if err != nil {
		return fmt.Errorf("cutting %s: %w", path, orForce(err))
	}
	fmt.Fprintf(stderr, "%s: %s to %s\n", o.output, clockTime(from), clockTime(to))
	return nil
}

// momentIn is a moment of a recording that goes from begin to end. An error says that the recording has none such.
func momentIn(flag string, moment playback.Moment, begin, end time.Time) (time.Time, error) {
	at := moment.In(playback.State{Begin: begin, Now: begin, End: end}, time.Local)
	if at.Before(begin) || at.After(end) {
		return at, fmt.Errorf("%s: %s is not in the recording, which goes from %s to %s", flag, clockTime(at), clockTime(begin), clockTime(end))
	}
	return at, nil
}
