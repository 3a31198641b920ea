package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// target is a cluster to read, as a kubeconfig names it.
type target struct {
	kubeconfig string
	config     *rest.Config
	authority  string // the file with which curl checks the server
}

// newTarget reads a kubeconfig whose user has a token. The folder is for what curl reads.
func newTarget(kubeconfig, dir string) (*target, error) {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", kubeconfig, err)
	}
	if config.BearerToken == "" {
		return nil, fmt.Errorf("%s has no token to log in with", kubeconfig)
	}
	if err := rest.LoadTLSFiles(config); err != nil {
		return nil, fmt.Errorf("reading what %s names: %w", kubeconfig, err)
	}
	t := &target{kubeconfig: kubeconfig, config: config, authority: filepath.Join(dir, "bench-ca.crt")}
	return t, os.WriteFile(t.authority, config.CAData, 0o600)
}

// curl asks the API server for a path. What it sends besides its own comes by its input: everybody can read a command line, and
// with it the token.
func (t *target) curl(ctx context.Context, path, accept string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "curl", "--silent", "--show-error", "--fail", "--no-buffer", "-A", "probe",
		"--cacert", t.authority, "--header", "@-", t.config.Host+path)
	cmd.Stdin = strings.NewReader("Authorization: Bearer " + t.config.BearerToken + "\nAccept: " + accept + "\n")
	return cmd
}
