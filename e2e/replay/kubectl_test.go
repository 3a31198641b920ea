package replay

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
)

// kubectl is the program of that name, that asks one server.
type kubectl struct{ program, kubeconfig, home string }

func (k kubectl) env() []string { return []string{"KUBECONFIG=" + k.kubeconfig, "HOME=" + k.home} }

// answer is what kubectl said.
type answer struct {
	stdout, stderr string
	code           int
}

func (a answer) String() string {
	return fmt.Sprintf("exit code %d\n%s%s", a.code, a.stderr, a.stdout)
}

func (k kubectl) ask(ctx context.Context, args ...string) (answer, error) {
	cmd := exec.CommandContext(ctx, k.program, args...)
	cmd.Env = k.env()
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || !exit.Exited()) {
		return answer{}, fmt.Errorf("kubectl %s: %w", strings.Join(args, " "), err)
	}
	return answer{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}, nil
}
