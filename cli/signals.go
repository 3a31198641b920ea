package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/dogwatch/dogwatch/setup"
)

// signalsProgram is the part of dogwatch that knows rules. It is not in this one since what evaluates them takes its time before main,
// which every start would have to wait for.
const signalsProgram = "dogwatch-signals"

// newRulesCommand makes the command that another program of dogwatch runs. code is set to that one's exit code.
func newRulesCommand(code *int, stdout, stderr io.Writer) *cobra.Command {
	return &cobra.Command{
		Use:   "rules",
		Short: "List and try the rules that say what changes of a cluster mean",
		// All is for the other program to read.
		DisableFlagParsing: true,
		RunE: func(command *cobra.Command, args []string) error {
			program, err := findSignalsProgram()
			if err != nil {
				return setup.Local(err)
			}
			*code, err = handOver(program, append([]string{command.Name()}, args...), stdout, stderr)
			return setup.Local(err)
		},
	}
}

// findSignalsProgram looks beside this program, as both are installed together, and then where the shell looks.
func findSignalsProgram() (string, error) {
	name := signalsProgram
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	if self, err := os.Executable(); err == nil {
		if beside := filepath.Join(filepath.Dir(self), name); isFile(beside) {
			return beside, nil
		}
	}
	path, err := exec.LookPath(name)
	if err != nil {
		return "", fmt.Errorf("rules are applied by the program %s, which is neither beside this one nor in PATH: %w", signalsProgram, err)
	}
	return path, nil
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// handOver runs a program in place of this one, and gives its exit code. The terminal tells both of ctrl+c, which is for the other one
// to obey.
func handOver(program string, args []string, stdout, stderr io.Writer) (int, error) {
	signal.Ignore(os.Interrupt)
	defer signal.Reset(os.Interrupt)
	command := exec.Command(program, args...)
	command.Stdin, command.Stdout, command.Stderr = os.Stdin, stdout, stderr
	err := command.Run()
	var failed *exec.ExitError
	if errors.As(err, &failed) {
		return max(failed.ExitCode(), setup.ExitError), nil
	}
	if err != nil {
		return setup.ExitError, fmt.Errorf("running %s: %w", signalsProgram, err)
	}
	return setup.ExitOK, nil
}
