package controlplane

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
)

// Kubectl runs kubectl as [Admin] and returns what it printed on standard output.
// Its error holds what kubectl printed on standard error.
func (c *ControlPlane) Kubectl(ctx context.Context, args ...string) (string, error) {
	return c.kubectl(ctx, "", args...)
}

// Apply creates or changes the objects in a manifest (YAML documents) through kubectl.
func (c *ControlPlane) Apply(ctx context.Context, manifest string) error {
	_, err := c.kubectl(ctx, manifest, "apply", "--filename=-")
	return err
}

// KubectlPath is the program kubectl, of the control plane's version.
func (c *ControlPlane) KubectlPath() string { return filepath.Join(c.options.Binaries, "kubectl") }

func (c *ControlPlane) kubectl(ctx context.Context, stdin string, args ...string) (string, error) {
	kubeconfig, err := c.Kubeconfig(Admin, "")
	if err != nil {
		return "", err
	}
	cmd := exec.CommandContext(ctx, c.KubectlPath(), args...)
	cmd.Env = []string{"KUBECONFIG=" + kubeconfig, "HOME=" + c.dir}
	cmd.Stdin = strings.NewReader(stdin)
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return stdout.String(), fmt.Errorf("kubectl %s: %w\n%s", strings.Join(args, " "), err, stderr.String())
	}
	return stdout.String(), nil
}
