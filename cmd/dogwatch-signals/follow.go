package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/dogwatch/dogwatch/config"
	"github.com/dogwatch/dogwatch/demo"
	"github.com/dogwatch/dogwatch/model/signal"
	"github.com/dogwatch/dogwatch/replay/recording"
	"github.com/dogwatch/dogwatch/setup"
	"github.com/dogwatch/dogwatch/signals"
	"github.com/dogwatch/dogwatch/signals/recorded"
)

// newFollow makes the command by which the dashboard has rules applied.
func newFollow(stdin io.Reader, stdout io.Writer) *cobra.Command {
	var path string
	var ofDemo, policies, configured bool
	command := &cobra.Command{
		Use:    "follow [FILE...]",
		Short:  "Apply rules to a recording that is written to standard input, and print what they tell as lines of JSON",
		Hidden: true, // it is for the dashboard
		RunE: func(command *cobra.Command, files []string) error {
			rules, wrong, err := read(files, true)
			if err != nil {
				return setup.Local(err)
			}
			rules.ClusterPolicies = policies
			out := bufio.NewWriter(stdout)
			tell := func(m signal.Message) error { return writeLine(out, m) }
			if err := tellWrong(wrong, tell); err != nil {
				return setup.Local(err)
			}
			if path == "" && !ofDemo {
				var named recorded.Configured
				if configured {
					named = (&ofConfiguration{fixed: rules}).read
				}
				err = recorded.Follow(command.Context(), stdin, rules, named, func(m signal.Message) error { return errors.Join(tell(m), out.Flush()) })
			} else {
				err = errors.Join(tellAll(command.Context(), path, rules, tell), out.Flush())
			}
			return setup.Local(err)
		},
	}
	command.Flags().StringVar(&path, "recording", "", "apply them to all of this recording instead")
	command.Flags().BoolVar(&ofDemo, "demo", false, "apply them to all of the demo's instead")
	command.Flags().BoolVar(&configured, "configured", false, "rules of a configuration come with what is watched, too")
	command.Flags().BoolVar(&policies, "cluster-policies", false, "have the cluster's own policies judge what there is, too")
	return command
}

// ofConfiguration reads the rules of a configuration that the dashboard follows, beside those that are fixed.
type ofConfiguration struct {
	fixed recorded.Rules
	begun bool
}

// read is a recorded.Configured. Of the first configuration rules that are wrong are left out; later they make an edit wrong.
func (c *ofConfiguration) read(rules signal.Rules) (own []*signals.Rule, wrong []error, err error) {
	named, wrong := loadRules(filesOf(rules), slices.Concat(c.fixed.Own, c.fixed.Builtin))
	if c.begun && len(wrong) > 0 {
		return nil, nil, firstOf(wrong)
	}
	c.begun = true
	return slices.Concat(c.fixed.Own, named), wrong, nil
}

// filesOf are the files that a line brings.
func filesOf(rules signal.Rules) []config.File {
	files := make([]config.File, len(rules.Files))
	for i, file := range rules.Files {
		files[i] = config.File{Name: file.Name, Content: file.Content}
	}
	return files
}

// firstOf says what is wrong first, and how much more is.
func firstOf(wrong []error) error {
	if len(wrong) > 1 {
		return fmt.Errorf("%w (and %d more: dogwatch config check)", wrong[0], len(wrong)-1)
	}
	return wrong[0]
}

// tellWrong tells which rules are left out.
func tellWrong(wrong []error, tell func(signal.Message) error) error {
	for _, err := range wrong {
		if err := tell(signal.Message{Fault: &signal.Fault{Error: err.Error()}}); err != nil {
			return err
		}
	}
	return nil
}

// tellAll tells what rules find in all of a recording, that of the demo where there is no path.
func tellAll(ctx context.Context, path string, rules recorded.Rules, tell func(signal.Message) error) error {
	open := demo.Recording
	if path != "" {
		open = func() (*recording.Recording, error) { return recording.OpenPath(path) }
	}
	rec, err := open()
	if err != nil {
		return err
	}
	defer func() { _ = rec.Close() }()
	var failed error
	_, err = recorded.Run(ctx, rec, rules, func(s signals.Signal) {
		if failed == nil {
			failed = tell(signal.Message{Signal: &s})
		}
	})
	return errors.Join(err, failed, tell(signal.Message{Ready: true}))
}

func writeLine(out io.Writer, m signal.Message) error {
	text, err := json.Marshal(m)
	if err != nil {
		return err
	}
	if _, err := out.Write(append(text, '\n')); err != nil {
		return fmt.Errorf("telling a signal: %w", err)
	}
	return nil
}
