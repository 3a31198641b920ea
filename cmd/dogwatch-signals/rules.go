package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/dogwatch/dogwatch/config"
	"github.com/dogwatch/dogwatch/replay/recording"
	"github.com/dogwatch/dogwatch/setup"
	"github.com/dogwatch/dogwatch/signals"
	"github.com/dogwatch/dogwatch/signals/recorded"
	"github.com/dogwatch/dogwatch/ui/text"
)

func newRules(stdout, stderr io.Writer) *cobra.Command {
	command := &cobra.Command{
		Use:   "rules",
		Short: "List and try the rules that say what changes of a cluster mean",
		Args:  cobra.ArbitraryArgs,
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return setup.Usage(fmt.Errorf("rules %s: there is no such command, give list or test", args[0]))
			}
			return setup.Usage(errors.New("what about rules? dogwatch rules list, or test FILE --recording REC"))
		},
	}
	command.AddCommand(&cobra.Command{
		Use:   "list [FILE...]",
		Short: "List the rules of files, or those that dogwatch comes with",
		RunE: func(_ *cobra.Command, files []string) error {
			rules, wrong, err := read(files, len(files) == 0)
			if err != nil {
				return setup.Local(err)
			}
			if err := list(stdout, slices.Concat(rules.Own, rules.Builtin)); err != nil {
				return setup.Local(err)
			}
			return setup.Local(say(wrong, stderr))
		},
	})
	command.AddCommand(newTest(stdout, stderr))
	return command
}

func newTest(stdout, stderr io.Writer) *cobra.Command {
	var path string
	var builtin, policies bool
	command := &cobra.Command{
		Use:   "test [FILE...] --recording FILE|DIR",
		Short: "Print what rules would have told of a recording",
		Long: `test applies the rules of files, or those that dogwatch comes with, to a
recording. Each line is something that opened, ended or happened, at local time.
It ends with exit code 1 where a rule is wrong, or cannot be applied to an object.`,
		Example: `  dogwatch record -A pods,deployments,nodes -o monday.jsonl.zst
  dogwatch rules test mine.yaml --recording monday.jsonl.zst`,
		RunE: func(command *cobra.Command, files []string) error {
			if path == "" {
				return setup.Usage(errors.New("test needs a recording: --recording FILE"))
			}
			rules, wrong, err := read(files, builtin || len(files) == 0 && !policies)
			if err != nil {
				return setup.Local(err)
			}
			failed := say(wrong, stderr)
			rules.ClusterPolicies = policies
			if err := test(command.Context(), path, rules, stdout, stderr); err != nil {
				return setup.Local(err)
			}
			return setup.Local(failed)
		},
	}
	command.Flags().StringVar(&path, "recording", "", "the recording to apply them to")
	command.Flags().BoolVar(&builtin, "builtin", false, "apply the rules that dogwatch comes with, too")
	command.Flags().BoolVar(&policies, "cluster-policies", false, "tell what the ValidatingAdmissionPolicies in the recording would not have admitted")
	return command
}

// ruleOptions say which rules are applied beside those that dogwatch comes with.
type ruleOptions struct {
	rules []string // files
	// clusterPolicies has the cluster's own policies judge what there is, too.
	clusterPolicies bool
}

// read says what is wrong with some rules, and leaves them out: the others go on.
func (o *ruleOptions) read(stderr io.Writer) (recorded.Rules, error) {
	rules, wrong, err := read(o.rules, true)
	_ = say(wrong, stderr) // which is no reason to end
	rules.ClusterPolicies = o.clusterPolicies
	return rules, err
}

// read reads the rules of files, and those that dogwatch comes with where they are wanted. Those that are wrong are left out, and said.
func read(names []string, builtin bool) (rules recorded.Rules, wrong []error, err error) {
	files, err := config.ReadRuleFiles(names)
	if err != nil {
		return rules, nil, err
	}
	known, err := signals.Builtin()
	if err != nil {
		return rules, nil, err
	}
	rules.Own, wrong = loadRules(files, known)
	if builtin {
		rules.Builtin = known
	}
	return rules, wrong, nil
}

// loadRules reads the rules of files. Those that are wrong, or are called as others, are left out, and said.
func loadRules(files []config.File, others []*signals.Rule) (all []*signals.Rule, wrong []error) {
	for _, file := range files {
		rules, errs := signals.Load(file.Name, file.Content)
		all, wrong = append(all, rules...), append(wrong, errs...)
	}
	all, twice := signals.Distinct(all, others)
	return all, append(wrong, twice...)
}

// say prints what is wrong with rules, and gives errSaid where anything is.
func say(wrong []error, stderr io.Writer) error {
	for _, err := range wrong {
		fmt.Fprintln(stderr, text.Clean(err.Error()))
	}
	if len(wrong) > 0 {
		return errSaid
	}
	return nil
}

func list(out io.Writer, rules []*signals.Rule) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprint(w, "NAME\tSEVERITY\tSIGNAL\tTYPES\n")
	for _, r := range rules {
		types := "*"
		if r.Types != nil {
			names := make([]string, len(r.Types))
			for i, t := range r.Types {
				names[i] = t.String()
			}
			types = strings.Join(names, ",")
		}
		kind := r.Type
		if r.Policy {
			kind += " (policy)"
		}
		fmt.Fprintln(w, text.Clean(r.Name)+"\t"+string(r.Severity)+"\t"+text.Clean(kind)+"\t"+text.Clean(types))
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("printing: %w", err)
	}
	return nil
}

// test prints what rules find in a recording.
func test(ctx context.Context, path string, rules recorded.Rules, stdout, stderr io.Writer) error {
	rec, err := recording.OpenPath(path)
	if err != nil {
		return err
	}
	defer func() { _ = rec.Close() }()
	for _, problem := range rec.Problems() {
		fmt.Fprintf(stderr, "%s: %s\n", path, text.Clean(problem))
	}
	var failed error
	judge, err := recorded.Run(ctx, rec, rules, func(s signals.Signal) {
		if _, err := fmt.Fprintln(stdout, line(&s)); err != nil && failed == nil {
			failed = fmt.Errorf("printing: %w", err)
		}
	})
	if err != nil {
		return err
	}
	for _, err := range judge.Broken() {
		fmt.Fprintf(stderr, "%s: %s\n", path, text.Clean(err.Error()))
	}
	for _, line := range lacking(judge, rules) {
		fmt.Fprintln(stderr, text.Clean(line))
	}
	for _, f := range judge.Faults() {
		failed = errors.Join(failed, errSaid)
		fmt.Fprintln(stderr, text.Clean(faulty(&f)))
	}
	return failed
}

// faulty says of a rule that it cannot be applied.
func faulty(f *signals.Fault) string {
	if f.Object() == "" {
		return fmt.Sprintf("policy %s is not judged: %v", f.Rule, f.Err)
	}
	return fmt.Sprintf("rule %s cannot be applied (%d times), as to %s: %v", f.Rule, f.Count, f.Object(), f.Err)
}

// line is what is told, on a line: when, what, how bad, which, of what, in words.
func line(s *signals.Signal) string {
	what, at, message := "opened", s.Opened, s.Title
	after := "after " + s.Resolved.Sub(s.Opened).Round(time.Second).String()
	switch {
	case s.Unknown:
		what, at, message = "unknown", s.Resolved, message+": not judged any more, "+after
	case !s.IsOpen() && !s.Moment:
		what, at, message = "resolved", s.Resolved, message+": "+after
	case s.Message != "":
		message += ": " + s.Message
	}
	if s.Moment {
		what = "happened"
	}
	return fmt.Sprintf("%s  %-8s  %-8s  %s  %s/%s  %s", at.Local().Format("2006-01-02 15:04:05.000"), s.Severity, what, text.Clean(s.Type),
		text.Clean(s.Subject.Type.String()), text.Clean(s.Subject.String()), text.Clean(message))
}
