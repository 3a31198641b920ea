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
	"sync"
	"syscall"

	"github.com/spf13/cobra"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"

	"github.com/dogwatch/dogwatch/setup"
)

// signalsProgram is the part of dogwatch that knows rules, tells others what changes, and answers assistants. It is not in this one since what that needs takes its
// time before main, which every start would have to wait for.
const signalsProgram = "dogwatch-signals"

// newHandedOver makes a command that the other program of dogwatch runs. code is set to that one's exit code.
func newHandedOver(name, short string, code *int, stdout, stderr io.Writer) *cobra.Command {
	return &cobra.Command{
		Use:   name,
		Short: short,
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
	in := "" // which folder
	if self, err := os.Executable(); err == nil {
		folder := filepath.Dir(self)
		if beside := filepath.Join(folder, name); isFile(beside) {
			return beside, nil
		}
		in = ", in " + folder + ","
	}
	path, err := exec.LookPath(name)
	if err != nil {
		return "", fmt.Errorf("this is done by the program %s, which is neither beside this one%s nor in PATH: put it there", signalsProgram, in)
	}
	return path, nil
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// handOver runs a program in place of this one, and gives its exit code. Where the system can this process becomes that program, so that
// signals and who waits for it find no other.
func handOver(program string, args []string, stdout, stderr io.Writer) (int, error) {
	if stdout == os.Stdout && stderr == os.Stderr {
		if err := become(program, args); !errors.Is(err, errors.ErrUnsupported) {
			return setup.ExitError, fmt.Errorf("running %s: %w", signalsProgram, err)
		}
	}
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	command := exec.Command(program, args...)
	command.Stdin, command.Stdout, command.Stderr = os.Stdin, stdout, stderr
	err := command.Start()
	var passing sync.WaitGroup
	if err == nil {
		passing.Go(func() {
			defer utilruntime.HandleCrash()
			passOn(signals, command.Process)
		})
		err = command.Wait()
	}
	signal.Stop(signals)
	close(signals)
	passing.Wait()
	var failed *exec.ExitError
	if errors.As(err, &failed) {
		return max(failed.ExitCode(), setup.ExitError), nil
	}
	if err != nil {
		return setup.ExitError, fmt.Errorf("running %s: %w", signalsProgram, err)
	}
	return setup.ExitOK, nil
}

// passOn passes signals on to a process. The terminal itself tells all of ctrl+c.
func passOn(signals <-chan os.Signal, to *os.Process) {
	for s := range signals {
		if s != os.Interrupt {
			_ = to.Signal(s) // it may have ended
		}
	}
}
