package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/dogwatch/dogwatch/config"
	"github.com/dogwatch/dogwatch/model/signal"
	"github.com/dogwatch/dogwatch/setup"
	"github.com/dogwatch/dogwatch/signals"
	"github.com/dogwatch/dogwatch/ui/text"
)

// newCheckConfig makes the command by which "dogwatch config check" has looked into what only this program knows.
func newCheckConfig(stdout io.Writer) *cobra.Command {
	o := &streamOptions{}
	var ofConfigMap bool
	command := &cobra.Command{
		Use:    "check-config FILE",
		Short:  "Print what is wrong with what a configuration names, each thing on a line",
		Hidden: true,
		Args:   cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			o.ConfigFrom = args[0]
			if ofConfigMap {
				o.ConfigFrom = setup.ConfigMapPrefix + args[0]
			}
			return setup.Local(printProblems(stdout, o.problemsOf(args[0])))
		},
	}
	command.Flags().BoolVar(&ofConfigMap, "configmap", false, "it is to stand in a ConfigMap")
	command.Flags().StringVar(&o.configFiles, "config-files", "", "the folder whose files it may name then")
	return command
}

// newCheckRules makes the command by which the dashboard has the rules of a configuration read before it takes an edit.
func newCheckRules(stdin io.Reader, stdout io.Writer) *cobra.Command {
	return &cobra.Command{
		Use:    "check-rules [FILE...]",
		Short:  "Print what is wrong with the rules of a configuration that standard input brings, beside those of files, each thing on a line",
		Hidden: true,
		RunE: func(_ *cobra.Command, names []string) error {
			fixed, _, err := read(names, true)
			if err != nil {
				return setup.Local(err)
			}
			var rules signal.Rules
			if err := json.NewDecoder(stdin).Decode(&rules); err != nil {
				return setup.Local(fmt.Errorf("reading the rules of the configuration: %w", err))
			}
			_, wrong := loadRules(filesOf(rules), slices.Concat(fixed.Own, fixed.Builtin))
			return setup.Local(printProblems(stdout, wrong))
		},
	}
}

func printProblems(stdout io.Writer, problems []error) error {
	for _, problem := range problems {
		if _, err := fmt.Fprintln(stdout, text.Clean(problem.Error())); err != nil {
			return fmt.Errorf("printing: %w", err)
		}
	}
	return nil
}

// problemsOf are those that config.Read does not find.
func (o *streamOptions) problemsOf(path string) []error {
	read, _ := config.Read(path)
	for i := range read.Rules {
		read.Rules[i].Name = config.Beside(path, read.Rules[i].Name)
	}
	known, err := signals.Builtin()
	if err != nil {
		return []error{err}
	}
	_, wrong := loadRules(read.Rules, known)
	for i := range read.Sinks {
		s := &read.Sinks[i]
		for _, err := range o.wrongWith(s, read.Sinks[:i]) {
			wrong = append(wrong, config.Problem{File: path, Line: s.Line, What: "sinks: " + err.Error()})
		}
	}
	return wrong
}
