package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"
	"k8s.io/klog/v2"

	"github.com/dogwatch/dogwatch/config"
	"github.com/dogwatch/dogwatch/keymap"
	"github.com/dogwatch/dogwatch/setup"
	"github.com/dogwatch/dogwatch/ui/text"
)

// configure takes in the user's configuration. What the command line says wins over it.
func (o *options) configure() {
	path, err := config.Path()
	if o.ConfigFrom != "" && !o.ConfigInCluster() {
		path, err = o.ConfigFrom, nil
	}
	if err != nil {
		klog.Warningf("there is no configuration: %v", err)
		return
	}
	read, problems := config.Read(path)
	o.Config = read
	if o.ConfigInCluster() {
		o.Config.Types = nil // which are those that it names there
	}
	for _, name := range read.RuleNames() {
		o.named = append(o.named, config.Beside(path, name))
	}
	for _, problem := range problems {
		klog.Warning(problem)
	}
	o.warning = warningOf(problems)
	if o.past == nil && !o.namespaceGiven {
		o.AllNamespaces = o.AllNamespaces || read.AllNamespaces
	}
}

// warningOf is one line for the screen on what is wrong with the configuration; empty where nothing is. The log names the
// whole path, for which the line has no room.
func warningOf(problems []config.Problem) string {
	if len(problems) == 0 {
		return ""
	}
	first := problems[0]
	first.File = filepath.Base(first.File)
	if len(problems) > 1 {
		return fmt.Sprintf("%s (and %d more: dogwatch config check)", first, len(problems)-1)
	}
	return first.Error()
}

func newConfigCommand(stdout, stderr io.Writer) *cobra.Command {
	command := &cobra.Command{
		Use:   "config",
		Short: "Check the configuration file, and say where it is and what it may hold",
		Long: `The file may hold, each of them or none:

  types: [pods, "deploy,sts", "*.gateway.networking.k8s.io", "crd:team=shop"]
                               # the tabs of a start without arguments; * is all that match.
                               # One may have selectors of its own, as
                               # {types: "deploy,sts", selector: team=shop}
  selector: app=shop           # limits what is watched of the others; also fieldSelector
  allNamespaces: true          # unless -A or -n is given
  historyMemory: 64Mi          # what the history of changes may take
  noise: noise.yaml            # more rules of which changes mean nothing, beside this file
  rules: [shop.yaml]           # more rules of signals, beside this file
  sinks:                       # where "dogwatch stream" goes, as its flags say it
  - {to: "https://events.shop/in", format: json, headers: ["@token.txt"]}
  heat: rows                   # graphs of the last minutes on tabs and rows; or tabs, off
  theme: dark                  # or light, 16 (the terminal's own colours), none
  keys:                        # "dogwatch config keys" lists all actions
    drop tab: ctrl+w           # a key, or a list of them
    quit: [Q, ctrl+c]
    picker:                    # for this part of the screen alone
      mark: [space, insert]

Flags win over it. What is wrong is said when dogwatch starts, and left out.
Types, selectors and allNamespaces are followed while it runs, by stream and mcp
rules, too, and sinks by stream; an edit with an error changes nothing, and is said.
docs/config.md tells more.`,
		Args: cobra.ArbitraryArgs,
		RunE: func(command *cobra.Command, args []string) error {
			if len(args) > 0 {
				return setup.Usage(fmt.Errorf("config %s: there is no such command, give check, path or keys", args[0]))
			}
			return setup.Usage(fmt.Errorf("what about the configuration? %s check, path or keys", command.CommandPath()))
		},
	}
	command.AddCommand(
		newConfigCheck(stdout, stderr),
		&cobra.Command{
			Use: "path", Short: "Say where the file is, whether there is one or not", Args: atMost("path", 0),
			RunE: func(*cobra.Command, []string) error { return setup.Local(printConfigPath(stdout)) },
		},
		&cobra.Command{
			Use: "keys", Short: "List all actions with their keys, as the file takes them", Args: atMost("keys", 0),
			RunE: func(*cobra.Command, []string) error { return setup.Local(printKeys(stdout)) },
		},
	)
	return command
}

func newConfigCheck(stdout, stderr io.Writer) *cobra.Command {
	var ofConfigMap bool
	var files string
	command := &cobra.Command{
		Use: "check [FILE]", Short: "Say all that is wrong with the file, and end with 1 if anything is", Args: atMost("check", 1),
		RunE: func(_ *cobra.Command, args []string) error {
			var more []string
			switch {
			case ofConfigMap:
				more = []string{"--configmap", "--config-files", files}
			case files != "":
				return setup.Usage(errors.New("--config-files goes with --configmap"))
			}
			return setup.Local(checkConfig(stdout, stderr, args, more))
		},
	}
	command.Flags().BoolVar(&ofConfigMap, "configmap", false, "it is to stand in a ConfigMap, whose sinks may name no file of the machine but those of --config-files; its rules stand beside it, each in a file called as its key")
	command.Flags().StringVar(&files, "config-files", "", "the folder that --config-files of \"dogwatch stream\" will name")
	return command
}

// atMost refuses more arguments than a command takes.
func atMost(name string, most int) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) > most {
			return setup.Usage(fmt.Errorf("%s takes %d arguments at most, %d are given", name, most, len(args)))
		}
		return nil
	}
}

// checkConfig checks the file that args name, the user's without one. more are arguments of who checks its rules and sinks.
func checkConfig(stdout, stderr io.Writer, args, more []string) error {
	path, given := "", len(args) > 0
	if given {
		path = args[0]
	} else {
		var err error
		if path, err = config.Path(); err != nil {
			return err
		}
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		if (&setup.Options{ConfigFrom: path}).ConfigInCluster() {
			return fmt.Errorf(`%s: only files are checked: save what the ConfigMap has (kubectl get configmap NAME -n NAMESPACE -o jsonpath='{.data.config\.yaml}' >FILE), and its rules beside it, and check that (dogwatch config check --configmap FILE)`, path)
		}
		if given {
			return fmt.Errorf("%s: there is no such file", path)
		}
		fmt.Fprintf(stdout, "%s: there is no such file, so the defaults hold\n", path)
		return nil
	}
	read, problems := config.Read(path)
	found := make([]string, len(problems))
	for i, problem := range problems {
		found[i] = text.Clean(problem.Error())
	}
	if len(read.Rules)+len(read.Sinks) > 0 {
		wrong, err := checkNamed(path, more)
		if err != nil {
			fmt.Fprintf(stderr, "%s: whether its rules and sinks are right is not known: %s\n", path, text.Clean(err.Error()))
		}
		found = append(found, wrong...)
	}
	if len(found) == 0 {
		fmt.Fprintf(stdout, "%s: nothing is wrong\n", path)
		return nil
	}
	for _, problem := range found {
		fmt.Fprintln(stderr, problem)
	}
	return fmt.Errorf("%s found", count(len(found), "problem"))
}

// checkNamed has the program that knows rules look into what a configuration names, and gives what is wrong.
func checkNamed(path string, more []string) ([]string, error) {
	program, err := findSignalsProgram()
	if err != nil {
		return nil, err
	}
	return problemsSaid(exec.Command(program, slices.Concat([]string{"check-config"}, more, []string{"--", path})...))
}

// problemsSaid runs the program that knows rules, and gives the problems that it prints, each on a line.
func problemsSaid(command *exec.Cmd) ([]string, error) {
	said, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("running %s: %w", signalsProgram, err)
	}
	lines := strings.FieldsFunc(string(said), func(r rune) bool { return r == '\n' })
	for i, line := range lines {
		lines[i] = text.Clean(line)
	}
	return lines, nil
}

func printConfigPath(stdout io.Writer) error {
	path, err := config.Path()
	if err != nil {
		return err
	}
	fmt.Fprintln(stdout, path)
	return nil
}

// printKeys prints the keymap of the user as a part of a configuration, with what each action does.
func printKeys(stdout io.Writer) error {
	keys := keymap.Default()
	if path, err := config.Path(); err == nil {
		read, _ := config.Read(path)
		keys = read.Keys
	}
	w := tabwriter.NewWriter(stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "keys:")
	for _, scope := range keymap.Scopes() {
		fmt.Fprintf(w, "  %s:\n", scope)
		for _, b := range keys.Bindings(scope) {
			quoted := make([]string, len(b.Keys))
			for i, key := range b.Keys {
				quoted[i] = fmt.Sprintf("%q", key)
			}
			fmt.Fprintf(w, "    %s: [%s]\t# %s\n", b.Action, strings.Join(quoted, ", "), b.Help)
		}
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("printing: %w", err)
	}
	return nil
}
